"""Short functions that build the parts of a JSON Schema (2020-12)."""

from collections.abc import Iterable
from typing import Any

Schema = dict[str, Any]

DATE_TIME: Schema = {"type": "string", "format": "date-time"}
COUNT: Schema = {"type": "integer", "minimum": 0}
ID: Schema = {"type": "integer", "minimum": 1}


def ref(name: str) -> Schema:
    """Return a reference to a schema of the document's components."""
    return {"$ref": f"#/components/schemas/{name}"}


def closed(required: Schema, optional: Schema | None = None, **more: Any) -> Schema:
    """Return the schema of an object that has these properties and no others."""
    return more | {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


def text(max_length: int | None = None, **more: Any) -> Schema:
    """Return the schema of a string of at most `max_length` characters, or of any length if it is None."""
    limit = {} if max_length is None else {"maxLength": max_length}
    return {"type": "string"} | limit | more


def nullable(schema: Schema) -> Schema:
    """Return a schema that also accepts null. `schema` has a `type` or an `enum`."""
    if "enum" in schema:
        return schema | {"enum": [*schema["enum"], None]}
    return schema | {"type": [schema["type"], "null"]}


def one_of(values: Iterable[str | None], **more: Any) -> Schema:
    """Return the schema of a value that is one of these."""
    return more | {"enum": list(values)}


def list_of(items: Schema, **more: Any) -> Schema:
    """Return the schema of an array."""
    return more | {"type": "array", "items": items}


def narrowed(schema: Schema, **properties: Schema) -> Schema:
    """Return a schema that accepts what `schema` accepts if the named properties are also valid by these schemas."""
    return {"allOf": [schema, {"properties": properties}]}
