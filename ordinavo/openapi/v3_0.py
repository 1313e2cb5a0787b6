"""Convert the OpenAPI 3.1 document to OpenAPI 3.0, for code generators that do not read 3.1.

Schemas differ: 3.0 knows no type "null", no list of types, no `const` and no numeric `exclusiveMinimum`
(OpenAPI 3.0.3, section 4.7.24).
"""

from typing import Any

from ordinavo.openapi.json_schema import Schema

VERSION = "3.0.3"
_DATA = ("example", "examples", "default", "enum", "x-extensible-enum")
"""Keys whose values are data, not schemas. They are left unchanged."""
_NULL = {"type": "null"}


def converted(document: dict[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI 3.1 document converted to OpenAPI 3.0.3. The given document is not changed."""
    return _Converter(document["components"]["schemas"]).node(document) | {"openapi": VERSION}


class _Converter:
    """Converts the parts of a document."""

    def __init__(self, components: dict[str, Schema]) -> None:
        """Store the type of each component schema, by the `$ref` that refers to it."""
        self.types = {f"#/components/schemas/{name}": schema["type"] for name, schema in components.items()}

    def node(self, node: Any) -> Any:
        """Return a copy of a part of a document that is not a schema, with the schemas in it converted.

        Examples and the other keys in _DATA are left unchanged.
        """
        if isinstance(node, list):
            return [self.node(member) for member in node]
        if not isinstance(node, dict):
            return node
        return {key: self._member(key, value) for key, value in node.items()}

    def _member(self, key: str, value: Any) -> Any:
        """Return the converted value of a key in a part of a document that is not a schema."""
        if key in _DATA:
            return value
        if key == "schema":
            return self._schema(value)
        return self._schemas(value) if key == "schemas" else self.node(value)

    def _schemas(self, schemas: dict[str, Schema]) -> dict[str, Schema]:
        """Return schemas converted to OpenAPI 3.0, under the same names."""
        return {name: self._schema(schema) for name, schema in schemas.items()}

    def _schema(self, schema: Any) -> Any:
        """Return a copy of a schema converted to OpenAPI 3.0, with the schemas in it.

        Anything but a dict, such as a boolean, is returned unchanged. Raises ValueError for a list of types that does
        not have exactly one besides "null", and KeyError if a lone reference in an `anyOf` refers to no component.
        """
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
        """Return the keys that replace an `anyOf`. They include `nullable` if it allows null.

        OpenAPI 3.0 requires a `type` beside `nullable`, so a reference moves into an `allOf` beside its type.
        """
        others = [self._schema(member) for member in members if member != _NULL]
        nullable = {"nullable": True} if _NULL in members else {}
        if len(others) > 1:
            return {"anyOf": [member | nullable for member in others]}
        if "$ref" in others[0]:
            return {"type": self.types[others[0]["$ref"]], "allOf": others} | nullable
        return others[0] | nullable


def _with_flags(schema: Schema) -> Schema:
    """Return a copy of a schema with exclusive limits and `const` written as OpenAPI 3.0 requires.

    `exclusiveMinimum: 0` becomes `minimum: 0, exclusiveMinimum: true`, and likewise for the maximum. `const: "a"`
    becomes `enum: ["a"]`. The schemas in it are not changed.
    """
    copy = dict(schema)
    for exclusive, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if exclusive in copy:
            copy |= {limit: copy[exclusive], exclusive: True}
    if "const" in copy:
        copy["enum"] = [copy.pop("const")]
    return copy


def _without_list_of_types(schema: Schema) -> Schema:
    """Return a schema with `type: string, nullable: true` instead of `type: [string, "null"]`, or unchanged.

    It is unchanged if `type` is absent or not a list. A list of one type becomes nullable even without "null". Raises
    ValueError if the list does not have exactly one type besides "null".
    """
    types = schema.get("type")
    if not isinstance(types, list):
        return schema
    [only] = [name for name in types if name != "null"]
    return schema | {"type": only, "nullable": True}
