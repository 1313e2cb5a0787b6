"""The second names of fields: what the second dialect of senders calls a field that is declared elsewhere."""

from functools import cached_property
from typing import Any, cast

from targets.api.document_field import Answered, DocumentField, Schema


class Alias(DocumentField):
    """Another name of a field. It is read as that field, and never answered or shown in the admin form."""

    type_name = "alias"

    def __init__(self, path: str, *, preferred: bool = False, guide: str = "") -> None:
        """Declare the name. `path` is that of the field in its section, such as "address.city".

        If both names are sent with different values, that is an error, unless `preferred`: then the value of this name
        is stored, with a warning.
        """
        super().__init__(answered=Answered.NEVER, guide=guide or f"another name of `{path}`")
        self.path, self.preferred = path, preferred

    @cached_property
    def original(self) -> DocumentField:
        """The field that this is another name of. Raises KeyError if the declared path is unknown."""
        section, _, name = self.path.partition(".")
        declaration = cast("Any", self.root)
        return cast("DocumentField", declaration.fields[section].fields[name])

    def to_internal_value(self, data: Any) -> Any:
        """Return the value as the original field reads it. Raises its ValidationError if it cannot be read."""
        return self.original.to_internal_value(data)

    def request_schema(self) -> Schema:
        """Return the JSON Schema of what may be sent in the original field."""
        return self.original.request_schema()

    def guide_type(self) -> str:
        """Return the type of the original field."""
        return self.original.guide_type()

    def _value_schema(self) -> Schema:
        """Return the JSON Schema of a value other than null of the original field."""
        return self.original._value_schema()


class NewTargetDefault(Alias):
    """A value for a field of a new target, where the field itself is not sent. An update does not use it."""

    def __init__(self, path: str) -> None:
        """Declare the field. `path` is that of the field that it fills, such as "planning.priority"."""
        super().__init__(path, guide=f"`{path}` of a new target, if that is not sent")
