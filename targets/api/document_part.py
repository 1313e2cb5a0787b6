"""An object of declared fields: the target document itself, and each of its sections."""

from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

from django.db import models
from rest_framework import serializers

from ordinavo.common.limits import MAX_MEMBERS
from targets.api.alias_fields import Alias
from targets.api.document_field import Answered, DocumentField, Schema


class GuideRow(NamedTuple):
    """A row of the guide's table of fields, in Markdown."""

    path: str
    type: str
    text: str


class DocumentPart(serializers.Serializer):
    """An object whose members are document fields or, in the whole document, sections.

    What is derived from the declaration is collected here, so that no other module handles single fields.
    """

    heading: ClassVar[Any] = None
    """The heading of the section in the admin form, translated; None for the whole document."""

    def __init__(self, **options: Any) -> None:
        """Make the object. It may be absent; null empties all of its fields."""
        super().__init__(required=False, allow_null=True, **options)

    def request_schemas(self) -> dict[str, Schema]:
        """Return the JSON Schema of what may be sent for each field and section of this object, by name."""
        return {name: member.request_schema() for name, member in self._members()}

    def request_schema(self) -> Schema:
        """Return the JSON Schema of the object, or null, as it may be sent.

        Names that are not declared are allowed, as such fields are ignored. An empty text is allowed as null is.
        """
        return {
            "type": ["object", "null", "string"],
            "maxLength": 0,
            "maxProperties": MAX_MEMBERS,
            "properties": self.request_schemas(),
        }

    def client_schema(self) -> Schema:
        """Return the JSON Schema of the object, or null, as a client should send it, with one type for each field."""
        return {"type": ["object", "null"], "maxProperties": MAX_MEMBERS, "properties": self.client_schemas()}

    def client_schemas(self) -> dict[str, Schema]:
        """Return the JSON Schema of what a client should send for each field and section of this object, by name."""
        return {name: member.client_schema() for name, member in self._members()}

    def answer_schema(self) -> Schema:
        """Return the JSON Schema of the object as it is answered. Later versions may answer more fields.

        Fields that are never answered are left out; those answered only if they have a value are not required.
        """
        answered = {name: member for name, member in self._members() if _answered(member) is not Answered.NEVER}
        return {
            "type": "object",
            "properties": {name: member.answer_schema() for name, member in answered.items()},
            "required": [name for name, member in answered.items() if _answered(member) is not Answered.IF_SET],
        }

    def example(self) -> dict[str, Any]:
        """Return the declared examples by name, those of a section as an object. The object is new with each call.

        A field without an example is left out.
        """
        examples = {
            name: member.example() if isinstance(member, DocumentPart) else member.example
            for name, member in self._members()
        }
        return {name: example for name, example in examples.items() if example is not None}

    def columns(self, prefix: str = "") -> "Iterator[tuple[str, models.Field[Any, Any]]]":
        """Yield the path and the column, as a model field, of each field that has one, in the order of the contract.

        `prefix` is put before the names, such as "address." in a section. Fields of sections are included.
        """
        for path, member in self.leaves(prefix):
            if member.column is not None:
                yield path, member.column

    def leaves(self, prefix: str = "") -> Iterator[tuple[str, DocumentField]]:
        """Yield the path and the declaration of each field, also of sections, in the order of the contract.

        `prefix` is put before the names, such as "address." in a section.
        """
        for name, member in self._members():
            if isinstance(member, DocumentPart):
                yield from member.leaves(f"{name}.")
            else:
                yield prefix + name, member

    def aliases(self) -> Iterator[tuple[str, Alias]]:
        """Yield the path and the declaration of each field that is another name of a field."""
        yield from ((path, member) for path, member in self.leaves() if isinstance(member, Alias))

    def paths(self) -> Iterator[str]:
        """Yield the path of every field and section in the order of the contract: a section, then its fields."""
        for name, member in self._members():
            yield name
            if isinstance(member, DocumentPart):
                yield from (f"{name}.{below}" for below in member.paths())

    def names_read_by_cancel(self) -> Iterator[str]:
        """Yield the names of the fields that a cancel reads. It reads no section, so none is among them."""
        yield from (name for name, m in self._members() if isinstance(m, DocumentField) and m.read_by_cancel)

    def form_rows(self) -> list[tuple[str, ...]]:
        """Return the rows of the admin form, each with the names of the inputs that are shown beside each other.

        Fields keep the order of the contract, except those declared with `beside` or `below`. Sections, and fields that
        the form does not show, are left out. Raises KeyError if a field is declared beside or below one that is not
        shown.
        """
        shown = {n: m for n, m in self._members() if isinstance(m, DocumentField) and m.form_field}
        rows = [[name] for name, member in shown.items() if not (member.beside or member.below)]

        def add(name: str) -> None:
            """Add a field to `rows` beside or below its neighbour, which is added first if needed.

            Do nothing if the field is in `rows` already.
            """
            if any(name in row for row in rows):
                return
            neighbour = shown[name].beside or shown[name].below
            add(neighbour)
            [number] = [number for number, row in enumerate(rows) if neighbour in row]
            if shown[name].beside:
                rows[number].append(name)
            else:
                rows.insert(number + 1, [name])

        for name in shown:
            add(name)
        return [tuple(shown[name].form_field for name in row) for row in rows]

    def guide_rows(self, prefix: str = "") -> Iterator[GuideRow]:
        """Yield a row of the guide's table for each field, also of sections, in the order of the contract.

        `prefix` is put before the names, such as "address." in a section.
        """
        for path, member in self.leaves(prefix):
            yield GuideRow(path, member.guide_type(), member.guide_text())

    def _members(self) -> "Iterator[tuple[str, DocumentField | DocumentPart]]":
        """Yield name and declaration of each field and section, in the order of the contract."""
        yield from self.fields.items()  # type: ignore[misc]


def _answered(member: DocumentField | DocumentPart) -> Answered:
    """Return the declared Answered of a field, which says when GET answers it; ALWAYS for a section."""
    return Answered.ALWAYS if isinstance(member, DocumentPart) else member.answered
