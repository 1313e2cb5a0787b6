"""Check answers more strictly than the open schemas of the OpenAPI document do."""

from collections.abc import Callable
from typing import Any

from jsonschema import Draft202012Validator


def validator(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """Return the validator of a schema that may refer to the components of its document."""
    return Draft202012Validator(schema | {"components": document["components"]})


def closed(node: Any) -> Any:
    """Return a copy of a schema or a document in which nothing may be answered that it does not name.

    An object has no other members, and a value of `x-extensible-enum` is one of those that are known today.
    """
    if isinstance(node, list):
        return [closed(member) for member in node]
    if not isinstance(node, dict):
        return node
    copy = {key: closed(value) for key, value in node.items() if key not in ("example", "examples")}
    if isinstance(copy.get("properties"), dict):
        copy.setdefault("additionalProperties", False)
    if "x-extensible-enum" in copy:
        nothing = [None] if "null" in copy["type"] else []
        copy["enum"] = copy["x-extensible-enum"] + nothing
    return copy


def walk(node: Any, visit: Callable[[dict[str, Any]], None]) -> None:
    """Call `visit` with each object in a document, the outer ones first."""
    if isinstance(node, dict):
        visit(node)
    for member in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        walk(member, visit)
