"""What all fields of a target document have in common.

Each kind of field knows how a sent value is read, and describes itself for everything that is derived from the
declaration: the JSON Schema of a request, the schema of an answer, the admin form and the guide. Limits, choices and
lengths come from the model's column, so that they are declared once.
"""

from enum import Enum
from typing import Any, ClassVar, cast

from django.db import models
from rest_framework import serializers

from ordinavo.common.codes import Code
from targets.models import Target

Schema = dict[str, Any]


class Answered(Enum):
    """Whether GET /targets/{id} answers a field."""

    ALWAYS = "always"
    """Never null."""
    NULLABLE = "nullable"
    """Always there, null if the target has no value."""
    IF_SET = "if set"
    """Absent if the target has no value."""
    NEVER = "never"


class DocumentField(serializers.Field):
    """One field of a target document. It may be absent, and it may be null, which empties it."""

    type_name: ClassVar[str]
    """The type, as the guide names it."""
    column: "models.Field[Any, Any] | None"
    """The column of Target that holds the value, or None if merging does not copy the value to a column."""
    form_field: str
    """The name of the input, or of the read-only value, in the admin form; empty if the form does not show it."""

    def __init__(
        self,
        column: str = "",
        *,
        example: Any = None,
        guide: str = "",
        form_field: str = "",
        beside: str = "",
        below: str = "",
        read_by_cancel: bool = False,
        answered: Answered = Answered.NULLABLE,
        answer_note: str = "",
        error_code: Code = Code.INVALID_FIELD,
    ) -> None:
        """Declare the field.

        `example` is a value as a sender sends it. `guide` is prose for the table of fields. `beside` and `below` name
        a field of the same section: the admin form shows this one in the same row, or in a row of its own below it.
        `answer_note` is the description in the schema of an answer. `column` is the name of a column of Target;
        `form_field` is that too unless given. `error_code` is the code of the error if the value cannot be read. An
        error in the field stops a cancel only if `read_by_cancel`.
        """
        super().__init__(required=False, allow_null=True)
        self.column = cast("models.Field[Any, Any]", Target._meta.get_field(column)) if column else None
        self.form_field = form_field or column
        self.example, self.guide, self.beside, self.below = example, guide, beside, below
        self.read_by_cancel, self.answered, self.answer_note = read_by_cancel, answered, answer_note
        self.error_code = error_code

    def to_internal_value(self, data: Any) -> Any:
        """Return the sent value as a Python value. Each kind of field overrides this: here it is not implemented.

        Raises the REST framework's ValidationError, with the end of a sentence such as "must be a string", if the value
        cannot be read.
        """
        raise NotImplementedError

    def to_representation(self, value: Any) -> Any:
        """Return the stored value unchanged, as it is answered."""
        return value

    def request_schema(self) -> Schema:
        """Return the JSON Schema (2020-12) of what may be sent, null included."""
        return nullable(self._value_schema())

    def client_schema(self) -> Schema:
        """Return the JSON Schema (2020-12) of what a client should send: one type, or null.

        The API accepts more than that, as `request_schema` says, but code generators need one type.
        """
        return nullable(self._value_schema())

    def answer_schema(self) -> Schema:
        """Return the JSON Schema (2020-12) of what is answered, with `answer_note` as its description if there is one.

        Null is allowed only if the field is declared as Answered.NULLABLE.
        """
        schema = self._answered_value_schema()
        if self.answered is Answered.NULLABLE:
            schema = nullable(schema)
        return schema | ({"description": self.answer_note} if self.answer_note else {})

    def guide_type(self) -> str:
        """Return the name of the type for the guide's table of fields. Text adds the greatest length."""
        return self.type_name

    def guide_text(self) -> str:
        """Return the accepted values and the declared prose for the guide, in Markdown; empty if there are neither."""
        return "; ".join(part for part in (self._accepted_values(), self.guide) if part)

    def _accepted_values(self) -> str:
        """Return the accepted values in words, as Markdown, for the guide; empty if the type says enough."""
        return ""

    def _value_schema(self) -> Schema:
        """Return the JSON Schema of a value other than null.

        Each kind of field overrides this; here it raises NotImplementedError.
        """
        raise NotImplementedError

    def _answered_value_schema(self) -> Schema:
        """Return the JSON Schema of an answered value other than null: that of a sent value, unless overridden."""
        return self._value_schema()


def nullable(schema: Schema) -> Schema:
    """Return a copy of a JSON Schema that also accepts null.

    The schema must have an `enum`, a single `type`, or both.
    """
    values = {"enum": [*schema["enum"], None]} if "enum" in schema else {}
    types = {"type": [schema["type"], "null"]} if "type" in schema else {}
    return schema | values | types
