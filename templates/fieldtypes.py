"""The types of a custom field: how each reads a sent value, says what it accepts, and shows itself."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from . import scalars

type_registry: dict[str, type["FieldType"]] = {}

MAX_TEXT_LENGTH = 10_000


class FieldType:
    name: ClassVar[str]
    accepts: str
    example: str
    """As a system would send it."""

    def __init__(self, choices: Sequence[str] = ()) -> None:
        self.choices = choices

    def __init_subclass__(cls) -> None:
        type_registry[cls.name] = cls

    def parse(self, sent: Any) -> Any:
        """The typed value as it is stored in jsonb. Raises ValueError for what it cannot read."""
        raise NotImplementedError

    def show(self, value: Any) -> str:
        """A stored value as staff read it."""
        return str(value)


class Text(FieldType):
    name = "text"
    example = "Ring twice."
    accepts = f"a text of at most {MAX_TEXT_LENGTH:,} characters"

    def parse(self, sent: Any) -> str:
        text = scalars.parse_text(sent)
        if len(text) > MAX_TEXT_LENGTH:
            raise ValueError
        return text


class Integer(FieldType):
    name = "integer"
    example = "8"
    accepts = f"a whole number of at most {scalars.MAX_INTEGER_DIGITS} digits, such as 8"

    def parse(self, sent: Any) -> int:
        return scalars.parse_integer(sent)


class DecimalNumber(FieldType):
    name = "decimal"
    example = "12.5"
    accepts = (
        f"a number with a point, at most {scalars.MAX_WHOLE_DIGITS} digits before "
        f"and {scalars.MAX_DECIMAL_PLACES} after it, such as 12.5"
    )

    def parse(self, sent: Any) -> Decimal:
        return scalars.parse_decimal(sent)


class Boolean(FieldType):
    name = "boolean"
    example = "true"
    accepts = "true or false (also 1 or 0, yes or no, ja or nein)"

    def parse(self, sent: Any) -> bool:
        return scalars.parse_boolean(sent)

    def show(self, value: Any) -> str:
        return "yes" if value else "no"


class Date(FieldType):
    name = "date"
    example = "2026-06-25"
    accepts = "a date as YYYY-MM-DD, such as 2026-06-25"

    def parse(self, sent: Any) -> str:
        return scalars.parse_date(sent).isoformat()


class DateTime(FieldType):
    name = "datetime"
    example = "2026-06-25T08:00:00Z"
    accepts = "a date and time by RFC 3339, such as 2026-06-25T08:00:00Z"

    def parse(self, sent: Any) -> str:
        return scalars.parse_datetime(sent).isoformat().replace("+00:00", "Z")

    def show(self, value: Any) -> str:
        return f"{datetime.fromisoformat(value):%Y-%m-%d %H:%M} UTC"


class Choice(FieldType):
    name = "choice"

    @property
    def accepts(self) -> str:  # type: ignore[override]
        return "one of " + ", ".join(self.choices)

    @property
    def example(self) -> str:  # type: ignore[override]
        return self.choices[0]

    def parse(self, sent: Any) -> str:
        text = scalars.parse_text(sent)
        if text not in self.choices:
            raise ValueError
        return text
