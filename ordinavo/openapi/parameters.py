"""What a request may carry beside its body."""

from typing import Any

import django_filters

from inbound import idempotency
from ordinavo.api.pagination import NewestFirstCursor
from ordinavo.openapi.shapes import DATE_TIME, Schema, one_of, text
from targets.api.filters import DateFilter, DateTimeFilter

CORRELATION_ID = {"$ref": "#/components/parameters/X-Correlation-Id"}
OF_IMPORTS = [{"$ref": f"#/components/parameters/{name}"} for name in ("Idempotency-Key", "validateOnly")]
_DESCRIPTIONS = {
    "sourceSystem": "The key of one of the token's source systems; another is a 400.",
    "externalId": "Exactly this one.",
    "templateKey": "The key of a template; one that does not exist is a 400.",
    "batchId": "Exactly this one.",
    "routeDateFrom": "This day or a later one.",
    "routeDateTo": "This day or an earlier one.",
    "updatedAfter": "At this moment or later.",
    "createdAfter": "At this moment or later.",
    "createdBefore": "Before this moment.",
}


def components() -> dict[str, Any]:
    return {
        "X-Correlation-Id": {
            "name": "X-Correlation-Id",
            "in": "header",
            "description": "Yours for this request: up to 128 letters, digits and ._:@/+=-. Another is replaced.",
            "schema": text(),
            "example": "erp-push-2026-06-25/17",
        },
        "Idempotency-Key": {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "The same key with the same body is one import; its answer is kept for a day at least.",
            "schema": text(minLength=1, maxLength=257, pattern=f"^({idempotency.KEY.pattern})$"),
            "example": "6f1c2e0a-0b7e-4f7e-9d5a-0c9a6f0a7f11",
        },
        "validateOnly": {
            "name": "validateOnly",
            "in": "query",
            "description": "true only rehearses: the same checks, status and answer, but nothing is written.",
            "schema": {"type": "boolean", "default": False},
        },
    }


def of_list(filterset: type[django_filters.FilterSet]) -> list[dict[str, Any]]:
    filters = [_query(name, _schema(known)) for name, known in filterset.base_filters.items()]
    cursor = _query("cursor", text(minLength=1), "From `next` or `previous`, for that page.")
    size = {
        "type": "integer",
        "minimum": 1,
        "maximum": NewestFirstCursor.max_page_size,
        "default": NewestFirstCursor.page_size,
    }
    return [*filters, cursor, _query("pageSize", size)]


def _query(name: str, schema: Schema, description: str = "") -> dict[str, Any]:
    said = description or _DESCRIPTIONS.get(name, "")
    return {"name": name, "in": "query", "schema": schema} | ({"description": said} if said else {})


def _schema(known: django_filters.Filter) -> Schema:
    if choices := known.extra.get("choices"):
        return one_of(value for value, _label in choices)
    if isinstance(known, DateFilter):
        return text(format="date")
    return DATE_TIME if isinstance(known, DateTimeFilter) else text(pattern=r"^[^\u0000]+$")
