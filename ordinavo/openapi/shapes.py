"""The few forms of JSON Schema that everything here is made of."""

from collections.abc import Iterable
from typing import Any

Schema = dict[str, Any]

DATE_TIME: Schema = {"type": "string", "format": "date-time"}
COUNT: Schema = {"type": "integer", "minimum": 0}
ID: Schema = {"type": "integer", "minimum": 1}


def ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def closed(required: Schema, optional: Schema | None = None, **more: Any) -> Schema:
    """An object with these properties and no others."""
    properties = required | (optional or {})
    return more | {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
    }


def text(max_length: int | None = None, **more: Any) -> Schema:
    limit = {} if max_length is None else {"maxLength": max_length}
    return {"type": "string"} | limit | more


def nullable(schema: Schema) -> Schema:
    if "enum" in schema:
        return schema | {"enum": [*schema["enum"], None]}
    return schema | {"type": [schema["type"], "null"]}


def one_of(values: Iterable[str | None], **more: Any) -> Schema:
    return more | {"enum": list(values)}


def list_of(items: Schema, **more: Any) -> Schema:
    return more | {"type": "array", "items": items}


def narrowed(schema: Schema, **properties: Schema) -> Schema:
    """The same, of which some properties can have only some of their values."""
    return {"allOf": [schema, {"properties": properties}]}
