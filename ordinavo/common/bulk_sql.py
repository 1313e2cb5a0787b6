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
    """Return an SQL table expression, named sent, whose rows are the JSON objects of a parameter.

    The parameter is read as json if a column has that type, because jsonb would sort the keys of its objects.
    """
    types = [str(field.rel_db_type(connection)) for field in fields]
    columns = ", ".join(f"{field.column} {kind}" for field, kind in zip(fields, types, strict=True))
    kind = "json" if "json" in types else "jsonb"
    return f"{kind}_to_recordset(%({parameter})s::{kind}) AS sent ({columns})"


def rows_as_json(objects: Iterable[models.Model], fields: "Sequence[models.Field[Any, Any]]") -> str:
    return dumps([{field.column: getattr(one, field.attname) for field in fields} for one in objects]).decode()
