"""A model field for the ids of PostgreSQL transactions."""

from typing import Any

from django.db import models


class TransactionIdField(models.Field):
    """The id of a transaction: a column of the type xid8, which never wraps around, and an int in Python."""

    def db_type(self, connection: Any) -> str:
        """Return the column's type in PostgreSQL: xid8."""
        return "xid8"

    def to_python(self, value: Any) -> int | None:
        """Return the id as an int, or None for None. Raises ValueError if it is not a number."""
        return None if value is None else int(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        """Return the id as an int, or None for None. psycopg does not know the type xid8 and returns text."""
        return self.to_python(value)

    def get_prep_value(self, value: Any) -> Any:
        """Return the id as text, because PostgreSQL does not convert numbers to xid8. None and SQL stay as they are."""
        value = super().get_prep_value(value)
        return str(value) if isinstance(value, int) else value
