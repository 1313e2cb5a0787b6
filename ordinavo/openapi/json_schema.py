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


def ref_or_null(name: str) -> Schema:
    """Return the schema of a value that is null or has a schema of the document's components."""
    return {"anyOf": [ref(name), {"type": "null"}]}


def answered(required: Schema, optional: Schema | None = None, **more: Any) -> Schema:
    """Return the schema of an answered object that has these properties, given as schemas by name.

    It is open: a later version may answer more properties, and clients that were generated before must accept them.
    `more` are further keywords of the schema, such as `description`.
    """
    properties = required | (optional or {})
    return more | {"type": "object", "properties": properties, "required": list(required)}


def text(max_length: int | None = None, **more: Any) -> Schema:
    """Return the schema of a string of at most `max_length` characters, or of any length if it is None.

    `more` are further keywords of the schema.
    """
    limit = {} if max_length is None else {"maxLength": max_length}
    return {"type": "string"} | limit | more


def one_of(values: Iterable[str], **more: Any) -> Schema:
    """Return the schema of a string in a request that is one of these. `more` are further keywords."""
    return more | {"type": "string", "enum": list(values)}


def known_values(values: Iterable[str], description: str = "") -> Schema:
    """Return the schema of a string in an answer that is one of these today.

    It is no `enum`, because a client that was generated from one would fail at the first new value.
    """
    described = f"{description} A later version may add values.".strip()
    return {"type": "string", "description": described, "x-extensible-enum": list(values)}


def list_of(items: Schema, **more: Any) -> Schema:
    """Return the schema of an array whose items have this schema. `more` are further keywords, such as `minItems`."""
    return more | {"type": "array", "items": items}
