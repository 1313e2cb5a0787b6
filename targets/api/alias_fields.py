"""Declare the second names of fields, such as "location.city" for "address.city".

A sender may use either of two dialects. In the first, the name of a field is its path, such as "address.city". The
second, which comes from the vendor's hosted API, has other names for some of these fields. They are declared here.
"""

from functools import cached_property
from typing import Any, cast

from targets.api.document_field import Answered, DocumentField, Schema


class Alias(DocumentField):
    """A second name of a field. It accepts the same values, and is never part of an answer or of the admin form."""

    type_name = "alias"

    def __init__(self, path: str, *, preferred: bool = False, guide: str = "") -> None:
        """Declare a second name of the field at `path`, such as "address.city".

        It is an error if both names are sent with different values. If `preferred` is true, the value of this name is
        stored instead, with a warning.
        """
        super().__init__(answered=Answered.NEVER, guide=guide or f"another name of `{path}`")
        self.path, self.preferred = path, preferred

    @cached_property
    def original(self) -> DocumentField:
        """The field that this second name stands for. Raises KeyError if no field is declared at its path."""
        section, _, name = self.path.partition(".")
        declaration = cast("Any", self.root)
        return cast("DocumentField", declaration.fields[section].fields[name])

    def to_internal_value(self, data: Any) -> Any:
        """Return the value as the original field parses it. Raises its ValidationError if the value is invalid."""
        return self.original.to_internal_value(data)

    def request_schema(self) -> Schema:
        """Return the JSON Schema of what may be sent in the original field."""
        return self.original.request_schema()

    def guide_type(self) -> str:
        """Return the type of the original field."""
        return self.original.guide_type()

    def _value_schema(self) -> Schema:
        """Return the JSON Schema of the values of the original field, without null."""
        return self.original._value_schema()


class NewTargetDefault(Alias):
    """A default for a field of a new target. It is used if the field itself is not sent. An update ignores it."""

    def __init__(self, path: str) -> None:
        """Declare a default for the field at `path`, such as "planning.priority"."""
        super().__init__(path, guide=f"`{path}` of a new target, if that is not sent")
