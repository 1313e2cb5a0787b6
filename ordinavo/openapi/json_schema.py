"""Short functions that build the parts of a JSON Schema (2020-12)."""

from collections.abc import Iterable
from typing import Any

Schema = dict[str, Any]

DATE_TIME: Schema = {"type": "string", "format": "date-time"}
COUNT: Schema = {"type": "integer", "minimum": 0}
ID: Schema = {"type": "integer", "minimum": 1}


def ref(name: str) -> Schema:
    """Return a reference to a schema of the document's components. Whether it exists is not checked."""
    return {"$ref": f"#/components/schemas/{name}"}


def closed(required: Schema, optional: Schema | None = None, **more: Any) -> Schema:
    """Return the schema of an object that has these properties, given as schemas by name, and no others.

    `more` are further keywords of the schema, such as `description`.
    """
    return more | {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


def text(max_length: int | None = None, **more: Any) -> Schema:
    """Return the schema of a string of at most `max_length` characters, or of any length if it is None.

    `more` are further keywords of the schema.
    """
    limit = {} if max_length is None else {"maxLength": max_length}
    return {"type": "string"} | limit | more


def nullable(schema: Schema) -> Schema:
    """Return a copy of a schema that also accepts null.

    Raises KeyError if the schema has neither `enum` nor `type`. Its `type` must be a single name.
    """
    if "enum" in schema:
        return schema | {"enum": [*schema["enum"], None]}
    return schema | {"type": [schema["type"], "null"]}


def one_of(values: Iterable[str | None], **more: Any) -> Schema:
    """Return the schema of a value that is one of these, of which None stands for null. `more` are further keywords."""
    return more | {"enum": list(values)}


def list_of(items: Schema, **more: Any) -> Schema:
    """Return the schema of an array whose items have this schema. `more` are further keywords, such as `minItems`."""
    return more | {"type": "array", "items": items}


def narrowed(schema: Schema, **properties: Schema) -> Schema:
    """Return a schema that accepts a value if `schema` does and the named properties match these schemas as well.

    A named property that is absent is accepted, unless `schema` requires it.
    """
    return {"allOf": [schema, {"properties": properties}]}
