"""Build SQL that sends any number of a model's rows as one parameter, a JSON text.

One statement then writes all rows, and it is the same text for one row and for a thousand, so it can be prepared.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from operator import attrgetter
from typing import Any

from django.db import connection, models

from ordinavo.common.json_codec import dumps


@cache
def columns_of(model: type[models.Model], *without: str) -> "list[models.Field[Any, Any]]":
    """Return the fields of a model that have a column, in the order of their declaration, but not those in `without`.

    `without` has names of fields; a name that the model lacks has no effect. The list is cached and shared by all
    callers, so they must not change it.
    """
    return [field for field in model._meta.concrete_fields if field.name not in without]


def column_list(fields: "Sequence[models.Field[Any, Any]]", prefix: str = "") -> str:
    """Return the names of the columns for SQL, separated by commas, each with a prefix such as "sent."."""
    return ",".join(f"{prefix}{field.column}" for field in fields)


def recordset_sql(fields: "Sequence[models.Field[Any, Any]]", parameter: str) -> str:
    """Return a table expression named `sent` for a FROM clause: the rows of a parameter made by `rows_as_json`.

    Its columns are those of `fields`, with their names and types. `parameter` is the name of the parameter, without
    `%(…)s`. It is read as json if a column has that type, because jsonb would sort the keys of its objects.
    """
    types = [_short_type(str(field.rel_db_type(connection))) for field in fields]
    columns = ",".join(f"{field.column} {kind}" for field, kind in zip(fields, types, strict=True))
    kind = "json" if "json" in types else "jsonb"
    return f"{kind}_to_recordset(%({parameter})s::{kind}) AS sent ({columns})"


# psycopg keeps how it reads a statement only if the text has at most 4,096 characters, so the names are short.
_SHORT_NAMES = {"timestamp with time zone": "timestamptz", "double precision": "float8"}


def _short_type(name: str) -> str:
    """Return a shorter name of a column's type. A varchar loses its length, which the column itself checks."""
    return _SHORT_NAMES.get(name) or re.sub(r"varchar\(\d+\)", "varchar", name)


def rows_as_json(objects: Iterable[models.Model], fields: "Sequence[models.Field[Any, Any]]") -> str:
    """Return the values of the fields as the text of a JSON array with an object for each row, keyed by column name.

    The array is empty if there are no objects. Raises TypeError if a field holds a value that JSON cannot express.
    """
    columns, values_of = [field.column for field in fields], attrgetter(*(field.attname for field in fields))
    return dumps([dict(zip(columns, values_of(one), strict=True)) for one in objects]).decode()
