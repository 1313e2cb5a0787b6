"""Rows of a model sent to PostgreSQL as one JSON text, so that their number costs no round trips."""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connection, models

from ordinavo.common.json_codec import dumps


@cache
def columns_of(model: type[models.Model], *without: str) -> "list[models.Field[Any, Any]]":
    return [field for field in model._meta.concrete_fields if field.name not in without]


def column_list(fields: "Sequence[models.Field[Any, Any]]", prefix: str = "") -> str:
    return ", ".join(f"{prefix}{field.column}" for field in fields)


def recordset_sql(fields: "Sequence[models.Field[Any, Any]]", parameter: str) -> str:
    """An SQL table expression whose rows are the JSON objects of a parameter."""
    typed = ", ".join(f"{field.column} {field.rel_db_type(connection)}" for field in fields)
    return f"jsonb_to_recordset(%({parameter})s::jsonb) AS sent ({typed})"


def rows_as_json(objects: Iterable[models.Model], fields: "Sequence[models.Field[Any, Any]]") -> str:
    return dumps([{field.column: getattr(one, field.attname) for field in fields} for one in objects]).decode()
