"""The fields of a target document that are numbers, dates and times."""

from decimal import Decimal
from typing import Any, cast

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from rest_framework import serializers

from ordinavo.common import scalars
from targets.api.document_field import DocumentField, Schema
from templates.field_types import DATE_TEXT, DATE_TIME_TEXT, DECIMAL_LIMITS, DECIMAL_TEXT


class ParsedField(DocumentField):
    """A field whose value a function reads."""

    is_emptied_by_spaces = True
    """Whether a text of white space only empties the field, as an empty text does."""

    def to_internal_value(self, data: Any) -> Any:
        """Return the sent value as a Python value, or None for an empty text, which empties the field as null does.

        A text of white space only is empty too, unless the kind of field says otherwise.

        Raises the REST framework's ValidationError ("must be ...") if `parse` raises ValueError. Its second detail, if
        there is one, says what to send.
        """
        try:
            return self.parse(data)
        except ValueError as error:
            if data == "" or (self.is_emptied_by_spaces and isinstance(data, str) and not data.strip()):
                return None
            if isinstance(error, scalars.Refused):
                raise serializers.ValidationError([f"must {error.must}", error.hint]) from error
            raise serializers.ValidationError([f"must be {self.accepts}", ""]) from error

    @property
    def accepts(self) -> str:
        """What the field accepts, as the end of a sentence that begins with "must be".

        Each kind of field overrides this; here it raises NotImplementedError.
        """
        raise NotImplementedError

    def parse(self, sent: Any) -> Any:
        """Return the value in Python. Raises ValueError if the sent value is refused.

        Each kind of field overrides this; here it raises NotImplementedError.
        """
        raise NotImplementedError


class WholeNumber(ParsedField):
    """A whole number between two limits, both included. 8.0, "8" and "8.0" are whole numbers, too."""

    type_name = "whole number"

    def __init__(self, column: str = "", *, unit: str = "", maximum: int | None = None, **options: Any) -> None:
        """Declare the field. The limits are 0 and `maximum`, or the maximum of the column if none is given.

        `unit` is a plural, such as "minutes".
        """
        super().__init__(column, **options)
        self.unit = unit
        self.minimum, self.maximum = (0, maximum) if maximum is not None else _limits_of(self.column)

    @property
    def accepts(self) -> str:
        """The limits in words, such as "a whole number of minutes from 0 to 10,080"."""
        of_unit = f" of {self.unit}" if self.unit else ""
        return f"a whole number{of_unit} from {self.minimum:,} to {self.maximum:,}"

    def parse(self, sent: Any) -> int:
        """Return the number as an int; 8.0, "8" and "8.0" are 8.

        Raises ValueError if it is true or false, not a whole number, or outside the limits.
        """
        number = sent if type(sent) is int else scalars.parse_integer(sent, self.maximum)
        if not self.minimum <= number <= self.maximum:
            raise ValueError
        return number

    def request_schema(self) -> Schema:
        """Return the JSON Schema of an integer between the limits, of a text with its digits, or of null."""
        digits = rf"\+?0*({digits_up_to(self.maximum)})|-0+"
        return _or_text(self._value_schema(), rf"^\s*(({digits})(\.0+)?\s*)?$")

    def _accepted_values(self) -> str:
        """Return the limits with the unit, such as "0 to 100 percent"."""
        return f"{self.minimum:,} to {self.maximum:,} {self.unit}".rstrip()

    def _value_schema(self) -> Schema:
        """Return the JSON Schema of an integer between the limits."""
        return {"type": "integer", "minimum": self.minimum, "maximum": self.maximum}


class Degrees(ParsedField):
    """A latitude or a longitude in degrees, between the limits of the column."""

    type_name = "number"

    def __init__(self, column: str, **options: Any) -> None:
        """Declare the field. The limits are those that the column's validators allow."""
        super().__init__(column, **options)
        self.minimum, self.maximum = _limits_of(self.column)

    @property
    def accepts(self) -> str:
        """The limits in words, such as "a number from -90 to 90"."""
        return f"a number {self._accepted_values()}"

    def parse(self, sent: Any) -> float:
        """Return the degrees of a number or of a text such as "51.4513".

        Raises ValueError if it is neither or outside the limits, which are included.
        """
        degrees = sent if type(sent) is Decimal else scalars.parse_number(sent)
        if not self.minimum <= degrees <= self.maximum:
            raise ValueError
        return float(degrees)

    def request_schema(self) -> Schema:
        """Return the JSON Schema of a number within the limits, of a text with its digits, a blank one, or null."""
        digits = rf"({digits_up_to(self.maximum - 1)})(\.[0-9]+)?|{self.maximum}(\.0+)?"
        return _or_text(self._value_schema(), rf"^\s*([+-]?0*({digits})\s*)?$")

    def _accepted_values(self) -> str:
        """Return the limits in words, such as "from -90 to 90"."""
        return f"from {self.minimum} to {self.maximum}"

    def _value_schema(self) -> Schema:
        """Return the JSON Schema of a number between the limits."""
        return {"type": "number", "minimum": self.minimum, "maximum": self.maximum}


class Money(ParsedField):
    """An amount of 0 or more as an exact decimal. It is never rounded."""

    type_name = "number ≥ 0"

    @property
    def accepts(self) -> str:
        """The limits in words: 0 or more, and the greatest numbers of digits before and after the point."""
        column = cast("models.DecimalField[Any, Any]", self.column)
        return (
            f"a number of 0 or more, at most {column.max_digits - column.decimal_places} digits before "
            f"and {column.decimal_places} after the decimal point"
        )

    def parse(self, sent: Any) -> Any:
        """Return the amount of a number or of a text such as " 12.50 ", as an exact Decimal without trailing zeros.

        Raises ValueError if it is neither or negative, or has more than MAX_WHOLE_DIGITS digits before or
        MAX_DECIMAL_PLACES digits after the point.
        """
        number = scalars.parse_decimal(sent)
        if number < 0:
            raise ValueError
        return number

    def request_schema(self) -> Schema:
        """Return the JSON Schema of a number of 0 or more, of a text with the digits of one, or of null."""
        number = {"type": "number", "minimum": 0, "exclusiveMaximum": DECIMAL_LIMITS["exclusiveMaximum"]}
        amount = DECIMAL_TEXT.replace("[+-]?", r"\+?")
        return _or_text(number, rf"{amount}|^\s*-0{{1,100}}(\.0{{1,100}})?\s*$")

    def client_schema(self) -> Schema:
        """Return the JSON Schema of a number, of a text, which keeps all digits in every language, or of null."""
        return {"anyOf": [self._value_schema(), {"type": "string"}, {"type": "null"}]}

    def _value_schema(self) -> Schema:
        """Return the JSON Schema of a number of 0 or more."""
        return {"type": "number", "minimum": 0}


class Date(ParsedField):
    """A calendar date (ISO 8601)."""

    type_name = "date"
    accepts = "a date as YYYY-MM-DD, such as 2026-06-25"

    def parse(self, sent: Any) -> Any:
        """Return the date of a text such as "2026-06-25", with or without spaces around it.

        Raises ValueError for anything else, also for a date that is not in the calendar or whose year is out of range.
        """
        return scalars.parse_date(sent)

    def request_schema(self) -> Schema:
        """Return the JSON Schema of a date as YYYY-MM-DD, of a blank text, or of null. Spaces are ignored.

        It has no "format", because validators that check formats would refuse spaces and a blank text.
        """
        return {"type": ["string", "null"], "pattern": DATE_TEXT}

    def _value_schema(self) -> Schema:
        """Return the JSON Schema of a text in the format "date"."""
        return {"type": "string", "format": "date"}


class DateTime(ParsedField):
    """A moment (RFC 3339), stored in UTC. Without an offset it is read as UTC."""

    type_name = "date-time"
    accepts = "a date and time by RFC 3339, such as 2026-06-25T08:00:00Z"

    def parse(self, sent: Any) -> Any:
        """Return the moment in UTC. Without an offset, the text is read as UTC.

        Without an offset, its time zone is ASSUMED_UTC of `scalars`. Spaces around it are ignored. A fraction may have
        9 digits, of which 6 are kept. Raises ValueError if it is not a text with a date and a time of day by RFC 3339,
        for example a number, or if its year is out of range.
        """
        return scalars.parse_datetime(sent)

    def request_schema(self) -> Schema:
        """Return the JSON Schema of a date-time or null. It has a pattern, because "format" would require an offset."""
        return {"type": ["string", "null"], "pattern": DATE_TIME_TEXT}

    def _value_schema(self) -> Schema:
        """Return the JSON Schema of a text in the format "date-time"."""
        return {"type": "string", "format": "date-time"}


def digits_up_to(maximum: int) -> str:
    """Return a regular expression of the whole numbers from 0 to `maximum`, without leading zeros."""
    digits = str(maximum)
    same_length = [
        f"{digits[:place]}[0-{int(digit) - 1}][0-9]{{{len(digits) - place - 1}}}"
        for place, digit in enumerate(digits)
        if digit != "0"
    ]
    shorter = [f"[0-9]{{1,{len(digits) - 1}}}"] if len(digits) > 1 else []
    return "|".join([*shorter, *same_length, digits])


def _or_text(number: Schema, pattern: str) -> Schema:
    """Return the JSON Schema of a number as JSON Schema, of a text that matches a pattern, or of null.

    The keywords of numbers do not apply to a text, nor does the pattern apply to a number.
    """
    return number | {"type": [number["type"], "string", "null"], "pattern": pattern}


def _limits_of(column: Any) -> tuple[int, int]:
    """Return the smallest and the largest value that the validators of a column allow.

    Raises ValueError if the column has no such validator on one side.
    """
    lowest = [v.limit_value for v in column.validators if isinstance(v, MinValueValidator)]
    highest = [v.limit_value for v in column.validators if isinstance(v, MaxValueValidator)]
    return max(lowest), min(highest)
