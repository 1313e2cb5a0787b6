"""The fields of a target document that are choices, booleans and objects."""

from typing import Any

from rest_framework import serializers

from ordinavo.common import scalars
from targets.api.document_field import Schema
from targets.api.scalar_fields import ParsedField
from templates.field_types import BOOLEAN_TEXT, BOOLEAN_WORDS

_SYNONYMS = {"normal": "medium"}
"""Words, in lower case, that senders use instead of a choice. They are refused, and the error names the choice."""


class Choice(ParsedField):
    """A text that must be one of a few choices: those of the column, unless others are given."""

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
        """Return the sent text unchanged if it is exactly one of the choices.

        Raises Refused, which names the choice, if the text differs from it only by case or by spaces around it, or is
        one of _SYNONYMS. Raises ValueError for any other value.
        """
        if not isinstance(sent, str) or sent not in self.choices:
            raise self._refusal(sent)
        return sent

    def request_schema(self) -> Schema:
        """Return the JSON Schema that lists the choices, an empty text and null."""
        return {"enum": [*self.choices, "", None]}

    def _refusal(self, sent: Any) -> ValueError:
        """Return the error for a value that is not one of the choices. It names the probable choice, if any."""
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
        """Return the JSON Schema of a text, with the choices as `x-extensible-enum` instead of `enum`.

        A later version may have more choices, and clients must not refuse them.
        """
        return {"type": "string", "x-extensible-enum": list(self.choices)}


class Operation(Choice):
    """What to do with the target. An empty text is refused, because an operation cannot be emptied."""

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
        """Return the boolean that true, false, 1, 0 or a word such as "WAHR" means. Raises ValueError for others."""
        return sent if type(sent) is bool else scalars.parse_boolean(sent)

    def request_schema(self) -> Schema:
        """Return the JSON Schema that accepts a boolean, a word or a number for one, an empty text, and null."""
        types = ["boolean", "number", "string", "null"]
        return {"type": types, "minimum": 0, "maximum": 1, "multipleOf": 1, "pattern": BOOLEAN_TEXT}

    def _value_schema(self) -> Schema:
        """Return the JSON Schema of a boolean."""
        return {"type": "boolean"}


class Object(ParsedField):
    """An object with at most `max_members` members, which are not declared here."""

    type_name = "object"
    is_emptied_by_spaces = False
    accepts = "an object"

    def __init__(self, *, max_members: int, **options: Any) -> None:
        """Declare the field. It has no column."""
        super().__init__(**options)
        self.max_members = max_members

    def parse(self, sent: Any) -> dict[str, Any]:
        """Return the object as it was sent. Its members are not checked.

        Raises ValueError if it is not an object, and Refused if it has more than `max_members` members.
        """
        if not isinstance(sent, dict):
            raise ValueError
        if len(sent) > self.max_members:
            raise scalars.Refused(f"have at most {self.max_members:,} members, not {len(sent):,}")
        return sent

    def request_schema(self) -> Schema:
        """Return the JSON Schema that accepts an object with at most `max_members` members, an empty text, and null."""
        return super().request_schema() | {"maxProperties": self.max_members}

    def _value_schema(self) -> Schema:
        """Return the JSON Schema of any object."""
        return {"type": "object"}
