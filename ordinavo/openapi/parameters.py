"""The parameters of the operations: headers, the query of an import, and the filters of a list."""

from typing import Any

import django_filters

from inbound import idempotency
from ordinavo.common.limits import (
    DEFAULT_PAGE_SIZE,
    MAX_CORRELATION_ID_LENGTH,
    MAX_IDEMPOTENCY_KEY_LENGTH,
    MAX_PAGE_SIZE,
)
from ordinavo.openapi.json_schema import DATE_TIME, Schema, one_of, text
from targets.api.filters import DateFilter, DateTimeFilter

CORRELATION_ID = {"$ref": "#/components/parameters/X-Correlation-Id"}
IF_NONE_MATCH = {"$ref": "#/components/parameters/If-None-Match"}
OF_IMPORTS = [{"$ref": f"#/components/parameters/{name}"} for name in ("Idempotency-Key", "validateOnly")]
PREFER = {"$ref": "#/components/parameters/Prefer"}
_DESCRIPTIONS = {
    "sourceSystem": "The key of a source system of the token. Another key is a 400.",
    "externalId": "Exactly this id.",
    "templateKey": "The key of a template. A key that does not exist is a 400.",
    "batchId": "Exactly this id.",
    "payload": "With true each item has what was sent as `payload`.",
    "customer.externalId": "Exactly this id.",
    "customer.customerNumber": "Exactly this number.",
    "location.externalId": "Exactly this id.",
    "routeDateFrom": "On this day or later.",
    "routeDateTo": "On this day or earlier.",
    "updatedAfter": "At this moment or later.",
    "createdAfter": "At this moment or later.",
    "createdBefore": "Before this moment.",
}


def components() -> dict[str, Any]:
    """Return the Parameter Objects that several operations refer to, by the name of their component."""
    return {
        "X-Correlation-Id": {
            "name": "X-Correlation-Id",
            "in": "header",
            "description": f"Your id of this request: up to {MAX_CORRELATION_ID_LENGTH} letters, digits and ._:@/+=-. "
            "Any other value is replaced by a new id.",
            "schema": text(),
            "example": "erp-push-2026-06-25/17",
        },
        "Idempotency-Key": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "Requests with the same key and the same body are one import. "
            "The answer is stored for at least one day.",
            "schema": text(
                minLength=1,
                maxLength=MAX_IDEMPOTENCY_KEY_LENGTH + len('""'),
                pattern=f"^({idempotency.KEY.pattern})$",
            ),
            "example": "6f1c2e0a-0b7e-4f7e-9d5a-0c9a6f0a7f11",
        },
        "Prefer": {
            "name": "Prefer",
            "in": "header",
            "description": "With `respond-async` the batch is processed in the background (RFC 7240).",
            "schema": text(),
            "example": "respond-async",
        },
        "If-None-Match": {
            "name": "If-None-Match",
            "in": "header",
            "description": "The ETag of an answer that you have. If it is still the same, the answer is 304.",
            "schema": text(),
        },
        "validateOnly": {
            "name": "validateOnly",
            "in": "query",
            "description": "With true the import is only rehearsed: same checks, status and answer, nothing written.",
            "schema": {"type": "boolean", "default": False},
        },
    }


def of_list(filterset: type[django_filters.FilterSet]) -> list[dict[str, Any]]:
    """Return the Parameter Objects of a list's query: one for each filter of the set, then `cursor` and `pageSize`."""
    filters = [_query(name, _filter_schema(declared)) for name, declared in filterset.base_filters.items()]
    cursor = _query("cursor", text(minLength=1), "The cursor of a link in `next` or `previous`.")
    return [*filters, cursor, _query("pageSize", _PAGE_SIZE)]


def _query(name: str, schema: Schema, description: str = "") -> dict[str, Any]:
    """Return the Parameter Object of a query parameter.

    Without a description it has that of _DESCRIPTIONS, or none if that does not list the name.
    """
    description = description or _DESCRIPTIONS.get(name, "")
    described = {"description": description} if description else {}
    return {"name": name, "in": "query", "schema": schema} | described


def _filter_schema(declared: django_filters.Filter) -> Schema:
    """Return the schema of a filter's value: a boolean, one of its choices, a date, a date-time or text.

    The text must not be empty or have a null character.
    """
    if choices := declared.extra.get("choices"):
        values = [value for value, _label in choices]
        return {"type": "boolean"} if values == ["true", "false"] else one_of(values)
    if isinstance(declared, DateFilter):
        return text(format="date")
    return DATE_TIME if isinstance(declared, DateTimeFilter) else text(pattern=r"^[^\u0000]+$")


_PAGE_SIZE: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_SIZE, "default": DEFAULT_PAGE_SIZE}
OF_CHANGES = [
    _query("after", text(minLength=1), "The `cursor` of an earlier answer. Without it, all targets are answered."),
    _query("limit", _PAGE_SIZE, "At most so many targets."),
]
