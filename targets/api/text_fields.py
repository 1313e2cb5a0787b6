"""The fields of a target document that are text."""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from rest_framework import serializers

from ordinavo.common import identifiers
from ordinavo.common.codes import Code
from ordinavo.common.limits import MAX_DEFAULT_TEXT_LENGTH, MAX_EXTERNAL_ID_LENGTH
from targets.api.document_field import DocumentField, Schema
from targets.countries import COUNTRY_CODES, validate_country


class Text(DocumentField):
    """Text. A number is refused, because an id that was sent as a number may have lost its leading zeros."""

    type_name = "text"
    default_error_messages = {
        "invalid": "must be a string",
        "max_length": "must have at most {max_length} characters",
    }
    validator: Callable[[str], None] | None = None
    """Called with a text that is not empty. Raises Django's ValidationError."""

    def __init__(self, column: str = "", *, max_length: int | None = None, strip: bool = True, **options: Any) -> None:
        """Declare the field. `strip` removes spaces around a sent text.

        The greatest length is `max_length`, else that of the column, else MAX_DEFAULT_TEXT_LENGTH.
        """
        super().__init__(column, **options)
        of_column = self.column.max_length if self.column else None
        self.max_length = max_length or of_column or MAX_DEFAULT_TEXT_LENGTH
        self.strip = strip

    def to_internal_value(self, data: Any) -> str:
        """Return the text, which may be empty. Spaces around it are removed first if the field is declared so.

        Raises the REST framework's ValidationError if the value is not a string (numbers are refused), is too long, or
        is refused by the validator. An empty text is not given to the validator.
        """
        if not isinstance(data, str):
            self.fail("invalid")
        text = data.strip() if self.strip else data
        if len(text) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        if text and self.validator:
            try:
                self.validator(text)
            except DjangoValidationError as error:
                raise serializers.ValidationError(error.messages) from error
        return text

    def guide_type(self) -> str:
        """Return the type with the greatest length, such as "text, 255"."""
        return f"{self.type_name}, {self.max_length:,}"

    def _value_schema(self) -> Schema:
        """Return the JSON Schema of a string up to the greatest length."""
        return {"type": "string", "maxLength": self.max_length}


class Title(Text):
    """The title of a target, or the note of a cancel. A text that nobody could see is empty."""

    def to_internal_value(self, data: Any) -> str:
        """Return the text without spaces around it, or an empty text if it has no visible character.

        Raises the REST framework's ValidationError if it is not a string, or too long.
        """
        text = super().to_internal_value(data)
        return "" if identifiers.is_blank(text) else text


class Identifier(Text):
    """An id or a key of the sender, read by `ordinavo.common.identifiers`. It may be empty."""

    type_name = "id"

    def __init__(self, column: str = "", *, invisible_code: Code | None = None, **options: Any) -> None:
        """Declare the field. `invisible_code` is the code of an invisible character, `error_code` unless given."""
        super().__init__(column, **options)
        self.invisible_code = invisible_code or self.error_code

    def to_internal_value(self, data: Any) -> str:
        """Return the id in the form NFC, without white space around it. It may be empty.

        Raises the REST framework's ValidationError if the value is not a string (numbers are refused), is too long, or
        has an invisible character. The last one has the declared code.
        """
        if not isinstance(data, str):
            self.fail("invalid")
        try:
            text = identifiers.parse(data)
        except identifiers.InvisibleCharacter as error:
            raise serializers.ValidationError([str(error)], code=self.invisible_code) from error
        if len(text) > self.max_length:
            self.fail("max_length", max_length=self.max_length)
        return text

    def request_schema(self) -> Schema:
        """Return the JSON Schema of a text without an invisible character, which may be empty, or of null."""
        return {"type": ["string", "null"], "pattern": identifiers.pattern(self.max_length, blank=True)}


class ExternalId(Identifier):
    """The id of the target in its source system: 1 to 128 characters, none of them invisible."""

    def __init__(self, **options: Any) -> None:
        """Declare the field."""
        super().__init__(max_length=MAX_EXTERNAL_ID_LENGTH, error_code=Code.INVALID_EXTERNAL_ID, **options)

    def request_schema(self) -> Schema:
        """Return the JSON Schema of a text that is neither blank nor has an invisible character. Null is refused."""
        return {"type": "string", "pattern": identifiers.pattern(self.max_length, blank=False)}

    def client_schema(self) -> Schema:
        """Return the JSON Schema of a text. An id is required, so null is refused."""
        return self._value_schema()

    def guide_type(self) -> str:
        """Return the type with the smallest and the greatest length, such as "id, 1–128"."""
        return f"{self.type_name}, 1–{self.max_length}"

    def _answered_value_schema(self) -> Schema:
        """Return the JSON Schema of an answered id, which is never empty."""
        return self._value_schema() | {"minLength": 1}


class Country(Text):
    """A country code of ISO 3166-1 alpha-2."""

    validator = staticmethod(validate_country)

    def request_schema(self) -> Schema:
        """Return the JSON Schema of all codes, with or without spaces around them, of a blank text, and of null."""
        return {"type": ["string", "null"], "pattern": rf"^\s*({'|'.join(sorted(COUNTRY_CODES))})?\s*$"}

    def _answered_value_schema(self) -> Schema:
        """Return the JSON Schema of two capital letters."""
        return {"type": "string", "pattern": "^[A-Z]{2}$"}
