"""The fields of a target document that are choices, booleans and objects."""

from typing import Any

from rest_framework import serializers

from ordinavo.common import scalars
from targets.api.document_field import Schema
from targets.api.scalar_fields import ParsedField
from templates.field_types import BOOLEAN_TEXT, BOOLEAN_WORDS

_SYNONYMS = {"normal": "medium"}
"""Words for a choice that senders use and that are refused, in lower case."""


class Choice(ParsedField):
    """One of a few texts: the choices of the column, unless others are given."""

    type_name = "text"
    is_emptied_by_spaces = False

    def __init__(self, column: str = "", *, choices: tuple[str, ...] = (), **options: Any) -> None:
        """Declare the field. Without `choices`, those of the column are accepted, except an empty one."""
        super().__init__(column, **options)
        self.choices = choices or tuple(value for value, _label in (self.column.choices or []) if value)  # type: ignore

    @property
    def accepts(self) -> str:
        """The choices in words, such as "one of Low, Medium, High, Urgent"."""
        return f"one of {', '.join(self.choices)}"

    def parse(self, sent: Any) -> str:
        """Return the sent text unchanged.

        Raises ValueError if it is not exactly one of the choices, and Refused if another word is meant by it.
        """
        if not isinstance(sent, str) or sent not in self.choices:
            raise self._refusal(sent)
        return sent

    def request_schema(self) -> Schema:
        """Return the JSON Schema that lists the choices, an empty text and null."""
        return {"enum": [*self.choices, "", None]}

    def _refusal(self, sent: Any) -> ValueError:
        """Return the error about a value that is not one of the choices. It names the choice that is probably meant."""
        word = sent.strip().lower() if isinstance(sent, str) else ""
        meant = {choice.lower(): choice for choice in self.choices}
        choice = meant.get(_SYNONYMS.get(word, word))
        return scalars.Refused(f"be {self.accepts}", f"write {choice}") if choice else ValueError()

    def _accepted_values(self) -> str:
        """Return the choices as Markdown code, separated by commas."""
        return ", ".join(f"`{choice}`" for choice in self.choices)

    def _value_schema(self) -> Schema:
        """Return the JSON Schema that lists the choices."""
        return {"type": "string", "enum": list(self.choices)}

    def _answered_value_schema(self) -> Schema:
        """Return the JSON Schema of a text. It does not list the choices, because a later version may have more."""
        return {"type": "string", "x-extensible-enum": list(self.choices)}


class Operation(Choice):
    """What to do with the target. An empty text is refused, because it is not a value that could be emptied."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the sent text unchanged. Raises the REST framework's ValidationError if it is not an operation."""
        if data == "":
            raise serializers.ValidationError([f"must be {self.accepts}"])
        return super().to_internal_value(data)

    def request_schema(self) -> Schema:
        """Return the JSON Schema that lists the operations and null."""
        return {"enum": [*self.choices, None]}


class Boolean(ParsedField):
    """True or false, or a word or a number for one of them."""

    type_name = "boolean"
    accepts = BOOLEAN_WORDS

    def parse(self, sent: Any) -> bool:
        """Return the boolean of true, false, 1, 0, or of a word such as "WAHR". Raises ValueError for other values."""
        return sent if type(sent) is bool else scalars.parse_boolean(sent)

    def request_schema(self) -> Schema:
        """Return the JSON Schema of a boolean, of a word or a number for one, of an empty text, or of null."""
        types = ["boolean", "number", "string", "null"]
        return {"type": types, "minimum": 0, "maximum": 1, "multipleOf": 1, "pattern": BOOLEAN_TEXT}

    def _value_schema(self) -> Schema:
        """Return the JSON Schema of a boolean."""
        return {"type": "boolean"}


class Object(ParsedField):
    """An object whose members are not declared here, of at most `max_members`."""

    type_name = "object"
    is_emptied_by_spaces = False
    accepts = "an object"

    def __init__(self, *, max_members: int, **options: Any) -> None:
        """Declare the field. It has no column."""
        super().__init__(**options)
        self.max_members = max_members

    def parse(self, sent: Any) -> dict[str, Any]:
        """Return the object as it was sent, without a check of its members.

        Raises ValueError if it is not an object, and Refused if it has too many members.
        """
        if not isinstance(sent, dict):
            raise ValueError
        if len(sent) > self.max_members:
            raise scalars.Refused(f"have at most {self.max_members:,} members, not {len(sent):,}")
        return sent

    def request_schema(self) -> Schema:
        """Return the JSON Schema of an object with at most so many members, of an empty text, or of null."""
        return super().request_schema() | {"maxProperties": self.max_members}

    def _value_schema(self) -> Schema:
        """Return the JSON Schema of any object."""
        return {"type": "object"}
