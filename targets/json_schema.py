"""The JSON Schema (2020-12) of the body of an import, for one template. What it accepts, the API accepts."""

from typing import Any

from ordinavo.common import identifiers
from ordinavo.common.limits import MAX_CUSTOM_FIELDS, MAX_MEMBERS
from targets.api.target_document import TargetDocumentSerializer, paths_read_by_cancel, request_schemas
from templates.models import CustomField, TargetTemplate

UNSAID = [
    "Whether a target exists: an upsert that creates one needs what a create needs.",
    "A time window must end after it starts; latitude and longitude go together, with what is stored.",
    "Two names of one field, such as address.city and location.city, must not have different values.",
    "Days must be in the calendar, decimals have at most 10 digits after the point.",
    "The years 1970 to 2200 of a date-time are those in UTC: near their ends, an offset leads into another year.",
    "Spaces around a text do not count to its length. The length of an id is that of its Unicode form NFC.",
    "A number may also be sent as a text with an exponent or with more zeros; "
    "a choice that reads like a number or a boolean may be sent as one.",
    "Without a templateKey a new target has the default template of its source system. "
    "With null or the key of another template, this schema does not apply.",
]
"""The rules that a schema cannot express, or not well. The OpenAPI document lists them too."""


def import_body(template: TargetTemplate) -> dict[str, Any]:
    """Return the schema of the body of `POST /inbound/targets`, and of each item of a batch.

    The template's active custom fields are in it. Other fields are allowed, as the API ignores them with a warning.
    Only externalId is always required; a create requires more, and for a cancel the fields of a write are not checked.
    A valid body may still be rejected: `$comment` says what a schema cannot express.
    """
    of_template = {
        "templateKey": {"type": "string", "pattern": identifiers.key_pattern(template.key)},
        "customFields": {
            "type": ["object", "null", "string"],
            "maxLength": 0,
            "maxProperties": MAX_CUSTOM_FIELDS,
            "properties": {field.key: _custom_field(field) for field in template.active_fields},
        },
    }
    is_cancel = {"properties": {"operation": {"const": "cancel"}}, "required": ["operation"]}
    is_create = {"properties": {"operation": {"const": "create"}}, "required": ["operation"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": template.name,
        "$comment": " ".join(UNSAID),
        "type": "object",
        "maxProperties": MAX_MEMBERS,
        "properties": properties_of_all(),
        "required": ["externalId"],
        "allOf": [
            {"if": is_cancel, "else": {"properties": properties_of_writes() | of_template}},
            {"if": is_create, "then": _required_to_create(template)},
        ],
    }


def properties_of_all() -> dict[str, Any]:
    """Return by name the JSON Schemas of the fields that every operation reads, also a cancel.

    They are sourceSystem, externalId, sourceVersion, sourceUpdatedAtUtc, operation and title. The title has no greatest
    length, because a cancel keeps the beginning of a longer one as its note.
    """
    read_by_cancel = paths_read_by_cancel()
    schemas = {name: schema for name, schema in request_schemas().items() if name in read_by_cancel}
    title = {keyword: value for keyword, value in schemas["title"].items() if keyword != "maxLength"}
    return schemas | {"title": title}


def properties_of_writes() -> dict[str, Any]:
    """Return by name the JSON Schemas of the fields and sections that only create, update and upsert read.

    They hold for any template. The title is among them, because a cancel reads it less strictly: there it is a note,
    which may be empty.
    """
    schemas = request_schemas()
    read_by_cancel = paths_read_by_cancel()
    # In a cancel it is a note, which may be empty.
    title = schemas["title"] | {"type": "string", "pattern": identifiers.visible_pattern()}
    return {name: schema for name, schema in schemas.items() if name not in read_by_cancel} | {"title": title}


def _required_to_create(template: TargetTemplate) -> dict[str, Any]:
    """Return the JSON Schema of what a create must have: the title and the required custom fields of the template.

    Those for which the template has a default are left out.
    """
    defaults = TargetDocumentSerializer.read(template.defaults)
    custom_defaults = defaults.custom_fields or {}
    required = [field.key for field in template.active_fields if field.required and field.key not in custom_defaults]
    schema: dict[str, Any] = {"required": [] if defaults.values.get("title") else ["title"]}
    if required:
        schema["required"] = [*schema["required"], "customFields"]
        schema["properties"] = {"customFields": {"type": "object", "required": required}}
    return schema


def _custom_field(field: CustomField) -> dict[str, Any]:
    """Return the JSON Schema of a custom field's value, titled with its label.

    Null and a blank text, which both empty the field, are allowed only if the field is not required.
    """
    accepted = field.field_type.json_schema | {"title": field.label}
    if field.required:
        blank = r"^\s*$" if field.field_type.is_emptied_by_spaces else "^$"
        return accepted | {"not": {"type": "string", "pattern": blank}}
    return {"anyOf": [{"enum": [None, ""]}, accepted]}
