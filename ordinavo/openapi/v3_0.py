"""Write the OpenAPI 3.1 document in OpenAPI 3.0, for code generators that do not read 3.1.

Schemas differ: 3.0 knows no type "null", no list of types, no `const` and no numeric `exclusiveMinimum`
(OpenAPI 3.0.3, section 4.7.24).
"""

from typing import Any

from ordinavo.openapi.json_schema import Schema

VERSION = "3.0.3"
_DATA = ("example", "examples", "default", "enum", "x-extensible-enum")
"""Keys whose value is data, in which nothing may be replaced."""
_NULL = {"type": "null"}


def converted(document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of an OpenAPI 3.1 document as an OpenAPI 3.0.3 document."""
    return _Converter(document["components"]["schemas"]).node(document) | {"openapi": VERSION}


class _Converter:
    """Converts the parts of a document."""

    def __init__(self, components: dict[str, Schema]) -> None:
        """Remember the type of each component, by the reference to it."""
        self.types = {f"#/components/schemas/{name}": schema["type"] for name, schema in components.items()}

    def node(self, node: Any) -> Any:
        """Return a copy of any part of a document that is no schema. Schemas in it are converted, examples are not."""
        if isinstance(node, list):
            return [self.node(member) for member in node]
        if not isinstance(node, dict):
            return node
        return {key: self._member(key, value) for key, value in node.items()}

    def _member(self, key: str, value: Any) -> Any:
        """Return a copy of the value of a key in a part of a document that is no schema."""
        if key in _DATA:
            return value
        if key == "schema":
            return self._schema(value)
        return self._schemas(value) if key == "schemas" else self.node(value)

    def _schemas(self, schemas: dict[str, Schema]) -> dict[str, Schema]:
        """Return a copy of schemas by name."""
        return {name: self._schema(schema) for name, schema in schemas.items()}

    def _schema(self, schema: Any) -> Any:
        """Return a copy of a schema, and of the schemas in it. A boolean is returned unchanged."""
        if not isinstance(schema, dict):
            return schema
        copy = dict(schema)
        for key in ("items", "additionalProperties"):
            if key in copy:
                copy[key] = self._schema(copy[key])
        if "properties" in copy:
            copy["properties"] = self._schemas(copy["properties"])
        if "anyOf" in copy:
            copy |= self._any_of(copy.pop("anyOf"))
        return _without_list_of_types(_with_flags(copy))

    def _any_of(self, members: list[Schema]) -> Schema:
        """Return what replaces an `anyOf`: `nullable` if it allows null.

        `nullable` needs a `type` beside it, also beside a reference.
        """
        others = [self._schema(member) for member in members if member != _NULL]
        nullable = {"nullable": True} if _NULL in members else {}
        if len(others) > 1:
            return {"anyOf": [member | nullable for member in others]}
        if "$ref" in others[0]:
            return {"type": self.types[others[0]["$ref"]], "allOf": others} | nullable
        return others[0] | nullable


def _with_flags(schema: Schema) -> Schema:
    """Return a schema in which an exclusive limit is a flag beside the limit, and a constant is the only choice."""
    copy = dict(schema)
    for exclusive, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if exclusive in copy:
            copy |= {limit: copy[exclusive], exclusive: True}
    if "const" in copy:
        copy["enum"] = [copy.pop("const")]
    return copy


def _without_list_of_types(schema: Schema) -> Schema:
    """Return a schema with one type instead of a type and "null". Raises ValueError if there are several types."""
    types = schema.get("type")
    if not isinstance(types, list):
        return schema
    [only] = [name for name in types if name != "null"]
    return schema | {"type": only, "nullable": True}
