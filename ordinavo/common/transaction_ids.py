"""A model field for the ids of PostgreSQL's transactions."""

from typing import Any

from django.db import models


class TransactionIdField(models.Field):
    """A column of the type xid8: the id of a transaction, a number that never wraps around. An int in Python."""

    def db_type(self, connection: Any) -> str:
        """Return the column's type in PostgreSQL: xid8."""
        return "xid8"

    def to_python(self, value: Any) -> int | None:
        """Return the id as an int, or None for None. Raises ValueError if it is no number."""
        return None if value is None else int(value)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> int | None:
        """Return the id as an int. psycopg does not know the type and reads it as text."""
        return self.to_python(value)

    def get_prep_value(self, value: Any) -> Any:
        """Return the id as text, because PostgreSQL does not convert numbers to xid8. None and SQL stay as they are."""
        value = super().get_prep_value(value)
        return str(value) if isinstance(value, int) else value
