"""Find the custom fields that the export of a list of import items needs a column for."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from importjobs.models import ImportItem
from ordinavo.common.sql import long_statement
from templates.models import CustomField

MAX_CUSTOM_COLUMNS = 500
"""The most frequent custom fields that get a column. The others are in the column of the whole payload only."""

_KEYS = """
WITH item AS MATERIALIZED (
    SELECT payload->'customFields' AS custom_fields, errors FROM importjobs_importitem WHERE id IN ({rows})
), named AS (
    SELECT json_object_keys(custom_fields) AS key FROM item WHERE json_typeof(custom_fields) = 'object'
    UNION ALL
    SELECT substr(error->>'field', 14) FROM item, jsonb_array_elements(errors) AS error
    WHERE starts_with(error->>'field', 'customFields.')
)
SELECT key FROM named GROUP BY key ORDER BY count(*) DESC, key LIMIT {limit}
"""


def custom_fields_of(rows: QuerySet[ImportItem]) -> dict[str, dict[str, str]]:
    """Return the custom fields that the payloads or the errors of these items name.

    For each key it returns the types of the field, by the key of the template. Those that a template has come first, in
    its order. Makes two queries.
    """
    keys = _keys(rows)
    found = CustomField.objects.filter(key__in=keys).order_by("template__key", "position", "key")
    fields: dict[str, dict[str, str]] = {}
    for template, key, kind in found.values_list("template__key", "key", "type"):
        fields.setdefault(key, {})[template] = kind
    return fields | {key: {} for key in keys if key not in fields}


def _keys(rows: QuerySet[ImportItem]) -> list[str]:
    """Return the keys, the most frequent ones if they are more than MAX_CUSTOM_COLUMNS."""
    try:
        sql, parameters = rows.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return []
    with long_statement(), connection.cursor() as cursor:
        cursor.execute(_KEYS.format(rows=sql, limit=MAX_CUSTOM_COLUMNS), parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return [key for (key,) in found]
