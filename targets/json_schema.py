"""The body of an import as JSON Schema 2020-12, for a template: what it accepts, the API accepts."""

from typing import Any

from targets import documents
from targets.api.serializers import MAX_VERSION, OPERATIONS
from targets.countries import COUNTRY_CODES
from targets.models import MAX_WORK_MINUTES, Target
from templates.field_types import DATE_TIME_TEXT, DECIMAL_LIMITS, DECIMAL_TEXT
from templates.models import CustomField, TargetTemplate

# What a schema cannot say, or cannot say well; the documentation has the same list.
UNSAID = [
    "Whether a target exists: an upsert that creates one needs what a create needs.",
    "A time window must end after it starts; latitude and longitude go together, with what is stored.",
    "Days must be in the calendar, emails must be addresses, decimals have at most 10 digits after the point.",
    "Spaces around a text do not count to its length, and do not make another id or country.",
    "A decimal may also be sent as a text with an exponent or with more zeros; "
    "a choice that reads like a number or a boolean may be sent as one.",
    "Without a templateKey a new target has the default template of its source system.",
]


def import_body(template: TargetTemplate) -> dict[str, Any]:
    """Of `POST /inbound/targets`, and of each item of a batch. The template brings its active fields."""
    is_cancel = {"properties": {"operation": {"const": "cancel"}}, "required": ["operation"]}
    is_create = {"properties": {"operation": {"const": "create"}}, "required": ["operation"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": template.name,
        "$comment": " ".join(UNSAID),
        "type": "object",
        "properties": {
            "sourceSystem": _text(),
            "externalId": {
                "type": "string",
                "maxLength": 128,
                "pattern": r"^(?=[\s\S]*\S)[^\u0000-\u001f\u007f-\u009f]*$",
            },
            "operation": {"enum": [*OPERATIONS, None]},
            "sourceVersion": _nullable({"type": "integer", "minimum": 0, "maximum": MAX_VERSION}),
            "sourceUpdatedAtUtc": _date_time(),
            "title": _text(),
        },
        "required": ["externalId"],
        "allOf": [
            {"if": is_cancel, "else": {"properties": _fields(template)}},
            {"if": is_create, "then": _creating(template)},
        ],
    }


def _fields(template: TargetTemplate) -> dict[str, Any]:
    return {
        "templateKey": {"const": template.key},
        "externalType": _text(64),
        "title": {"type": "string", "maxLength": 255, "pattern": r"\S"},
        "description": _text(10_000),
        "customer": _section(
            {
                "name": _text(),
                "contactName": _text(),
                "phone": _text(),
                "email": _text(254) | {"format": "email"},
            }
        ),
        "address": _section(
            {
                "street": _text(),
                "postalCode": _text(),
                "city": _text(),
                "country": {"enum": [*sorted(COUNTRY_CODES), "", None]},
                "latitude": _nullable({"type": "number", "minimum": -90, "maximum": 90}),
                "longitude": _nullable({"type": "number", "minimum": -180, "maximum": 180}),
            }
        ),
        "planning": _section(_planning()),
        "businessValue": _section(
            {
                "expectedRevenue": {
                    "anyOf": [
                        {"type": "null"},
                        {"type": "number", "minimum": 0, "exclusiveMaximum": DECIMAL_LIMITS["exclusiveMaximum"]},
                        {"type": "string", "pattern": DECIMAL_TEXT.replace("[+-]?", r"\+?")},
                    ]
                },
                "customerTier": _text(16),
                "closeProbability": _nullable({"type": "integer", "minimum": 0, "maximum": 100}),
            }
        ),
        "customFields": _section({field.key: _custom(field) for field in template.active_fields}),
    }


def _planning() -> dict[str, Any]:
    minutes = {"type": "integer", "minimum": 0, "maximum": MAX_WORK_MINUTES}
    return {
        "routeDate": {
            "type": ["string", "null"], "format": "date", "pattern": r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$"
        },
        "dueAtUtc": _date_time(),
        "timeWindowStartUtc": _date_time(),
        "timeWindowEndUtc": _date_time(),
        "estimatedWorkMinutes": _nullable(minutes),
        "priority": {"enum": [*Target.Priority.values, None]},
        "fixedTime": {"type": ["boolean", "null"]},
    }  # fmt: skip


def _creating(template: TargetTemplate) -> dict[str, Any]:
    """What must be there, unless the template's defaults bring it."""
    defaults = documents.parse(template.defaults)
    given = defaults.custom_fields or {}
    required = [field.key for field in template.active_fields if field.required and field.key not in given]
    schema: dict[str, Any] = {"required": [] if defaults.values.get("title") else ["title"]}
    if required:
        schema["required"] = [*schema["required"], "customFields"]
        schema["properties"] = {"customFields": {"type": "object", "required": required}}
    return schema


def _custom(field: CustomField) -> dict[str, Any]:
    accepted = field.field_type.json_schema | {"title": field.label}
    if field.required:
        return accepted | {"not": {"const": ""}}
    return {"anyOf": [{"type": "null"}, accepted]}


def _section(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": ["object", "null"], "properties": properties}


def _text(max_length: int = 255) -> dict[str, Any]:
    return {"type": ["string", "null"], "maxLength": max_length}


def _date_time() -> dict[str, Any]:
    return {"type": ["string", "null"], "pattern": DATE_TIME_TEXT}


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    return schema | {"type": [schema["type"], "null"]}
