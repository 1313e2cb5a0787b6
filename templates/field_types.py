"""The types of a custom field: what each one accepts, as a sentence, as a parser and as JSON Schema."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from ordinavo.common import scalars
from ordinavo.common.limits import MAX_CUSTOM_TEXT_LENGTH, MAX_DECIMAL_PLACES, MAX_INTEGER_DIGITS, MAX_WHOLE_DIGITS

DECIMAL_LIMITS = {
    "exclusiveMinimum": -(10.0**MAX_WHOLE_DIGITS),
    "exclusiveMaximum": 10.0**MAX_WHOLE_DIGITS,
}
"""The bounds of a decimal number, as keywords of JSON Schema."""
DECIMAL_TEXT = rf"^\s*([+-]?[0-9]{{1,{MAX_WHOLE_DIGITS}}}(\.[0-9]{{1,{MAX_DECIMAL_PLACES}}})?\s*)?$"
"""The pattern of a decimal number that is sent as text, or of a blank text."""
_DAY = r"(19[7-9][0-9]|2[01][0-9]{2}|2200)-[0-9]{2}-[0-9]{2}"
DATE_TEXT = rf"^\s*({_DAY}\s*)?$"
"""The pattern of a date from EARLIEST_YEAR to LATEST_YEAR, or of a blank text.

The calendar (30 February) is checked by the parser alone.
"""
DATE_TIME_TEXT = (
    rf"^\s*({_DAY}[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{{1,9}})?"
    r"([Zz]|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?\s*)?$"
)
"""The pattern of a date-time by RFC 3339, or of a blank text. The calendar is checked by the parser alone."""
BOOLEAN_WORDS = "true or false (also 1 or 0, yes or no, ja or nein, WAHR or FALSCH)"
_ANY_CASE = "|".join("".join(f"[{c.upper()}{c}]" for c in word) for word in scalars.TRUE_WORDS + scalars.FALSE_WORDS)
BOOLEAN_TEXT = rf"^\s*(({_ANY_CASE})\s*)?$"
"""The pattern of a word for true or false, or of a blank text."""


class FieldType:
    """How the values of one type of custom field are read. FIELD_TYPES has the subclass of each type."""

    accepts: str
    """What a sender may send, as the object of the sentence "The field must be …"."""
    example: str
    """A value as a system would send it."""
    is_emptied_by_spaces = True
    """Whether a text of white space only empties the field, as an empty text does."""

    def __init__(self, choices: Sequence[str] = ()) -> None:
        """Store the choices of the field, which only the class Choice uses."""
        self.choices = choices

    def parse(self, sent: Any) -> Any:
        """Return the value to store in jsonb. Raises ValueError if the sent value is None or not of this type.

        Each subclass implements it. This one raises NotImplementedError.
        """
        raise NotImplementedError

    @property
    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema (2020-12) that tells senders which values to send. Each subclass implements it.

        It is not exact: `parse` reads a few other spellings, and checks the calendar and the decimal places itself.
        This one raises NotImplementedError.
        """
        raise NotImplementedError


class Text(FieldType):
    """Text. Numbers and booleans are stored as the text they were sent as."""

    example = "Ring twice."
    accepts = f"a text of at most {MAX_CUSTOM_TEXT_LENGTH:,} characters"
    is_emptied_by_spaces = False

    @property
    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of text up to MAX_CUSTOM_TEXT_LENGTH characters, numbers and booleans."""
        return {"type": ["string", "number", "boolean"], "maxLength": MAX_CUSTOM_TEXT_LENGTH}

    def parse(self, sent: Any) -> str:
        """Return text unchanged, a number with the digits it was sent with, and a boolean as "true" or "false".

        Raises ValueError for null, objects, lists and text longer than MAX_CUSTOM_TEXT_LENGTH.
        """
        text = scalars.parse_text(sent)
        if len(text) > MAX_CUSTOM_TEXT_LENGTH:
            raise ValueError
        return text


class Integer(FieldType):
    """A whole number, sent as a number or as text."""

    example = "8"
    accepts = f"a whole number of at most {MAX_INTEGER_DIGITS} digits, such as 8"

    @property
    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of a whole number of at most MAX_INTEGER_DIGITS digits, or of text that holds one."""
        limit = 10**MAX_INTEGER_DIGITS
        number = {"type": "integer", "exclusiveMinimum": -limit, "exclusiveMaximum": limit}
        digits = rf"^\s*([+-]?0*[0-9]{{1,{MAX_INTEGER_DIGITS}}}(\.0+)?\s*)?$"
        return {"anyOf": [number, {"type": "string", "pattern": digits}]}

    def parse(self, sent: Any) -> int:
        """Return the number of 8, 8.0 or text such as " +8 " or "8.0".

        Raises ValueError if it is no whole number or has over MAX_INTEGER_DIGITS digits.
        """
        return scalars.parse_integer(sent)


class DecimalNumber(FieldType):
    """An exact decimal number, sent as a number or as text."""

    example = "12.5"
    accepts = (
        f"a number with a point, at most {MAX_WHOLE_DIGITS} digits before "
        f"and {MAX_DECIMAL_PLACES} after it, such as 12.5"
    )

    @property
    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of a number within DECIMAL_LIMITS, or of text that matches DECIMAL_TEXT."""
        return {"anyOf": [{"type": "number"} | DECIMAL_LIMITS, {"type": "string", "pattern": DECIMAL_TEXT}]}

    def parse(self, sent: Any) -> Decimal:
        """Return the number without trailing zeros. Raises ValueError if it is no number or has too many digits.

        The limits are MAX_WHOLE_DIGITS digits before the point and MAX_DECIMAL_PLACES after it. Text such as " +12.50 "
        or "1.25e1" is read; a comma, true and false are refused.
        """
        return scalars.parse_decimal(sent)


class Boolean(FieldType):
    """True or false, or a word for one of them."""

    example = "true"
    accepts = BOOLEAN_WORDS

    @property
    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of a boolean, or of a word for one in upper or lower case."""
        return {"anyOf": [{"type": "boolean"}, {"enum": [0, 1]}, {"type": "string", "pattern": BOOLEAN_TEXT}]}

    def parse(self, sent: Any) -> bool:
        """Return the boolean of true, false, 1, 0, 1.0, 0.0, or of a word for them such as " Ja ".

        The words are TRUE_WORDS and FALSE_WORDS of `scalars`, in upper or lower case, with or without spaces around
        them. Raises ValueError for any other value.
        """
        return scalars.parse_boolean(sent)


class Date(FieldType):
    """A calendar date, stored as YYYY-MM-DD."""

    example = "2026-06-25"
    accepts = "a date as YYYY-MM-DD, such as 2026-06-25"

    @property
    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of a date as YYYY-MM-DD."""
        return {"type": "string", "pattern": DATE_TEXT}

    def parse(self, sent: Any) -> str:
        """Return the date as text, YYYY-MM-DD. Spaces around the sent text are ignored.

        Raises ValueError if it is not text, not written so, not in the calendar or not from EARLIEST_YEAR to
        LATEST_YEAR.
        """
        return scalars.parse_date(sent).isoformat()


class DateTime(FieldType):
    """A date-time, stored in UTC with a Z at its end."""

    example = "2026-06-25T08:00:00Z"
    accepts = "a date and time by RFC 3339, such as 2026-06-25T08:00:00Z"

    @property
    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema of text that is a date-time by RFC 3339, with or without an offset."""
        return {"type": "string", "pattern": DATE_TIME_TEXT}

    def parse(self, sent: Any) -> str:
        """Return the date-time in UTC as text, such as 2026-06-25T08:00:00Z. Without an offset, the time sent is UTC.

        A fraction may have 9 digits; it is cut off after the sixth, and left out of the text if these are all 0. Spaces
        around the sent text are ignored. Raises ValueError if it is not text (a number, null), not a date-time by RFC
        3339, or not from EARLIEST_YEAR to LATEST_YEAR.
        """
        return scalars.parse_datetime(sent).isoformat().replace("+00:00", "Z")


class Choice(FieldType):
    """One of the field's choices, compared exactly."""

    is_emptied_by_spaces = False

    @property
    def accepts(self) -> str:  # type: ignore[override]
        """The choices as part of a sentence: "one of A, B"."""
        return "one of " + ", ".join(self.choices)

    @property
    def example(self) -> str:  # type: ignore[override]
        """The first of the field's choices. Raises IndexError if the field has none."""
        return self.choices[0]

    @property
    def json_schema(self) -> dict[str, Any]:
        """The JSON Schema that accepts the choices, as text, and nothing else."""
        return {"enum": list(self.choices)}

    def parse(self, sent: Any) -> str:
        """Return the choice, which is compared exactly, with case and spaces. 5 counts as "5", and true as "true".

        Raises ValueError if that is no choice, and for null, an object, a list or a fraction.
        """
        text = scalars.parse_text(sent)
        if text not in self.choices:
            raise ValueError
        return text


FIELD_TYPES: dict[str, type[FieldType]] = {
    "text": Text,
    "integer": Integer,
    "decimal": DecimalNumber,
    "boolean": Boolean,
    "date": Date,
    "datetime": DateTime,
    "choice": Choice,
}
"""The class of each type of custom field, by the value of `CustomField.Type`."""
