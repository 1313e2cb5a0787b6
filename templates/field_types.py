"""The types of a custom field: how each reads a sent value, says what it accepts, and shows itself."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from ordinavo.common import scalars

type_registry: dict[str, type["FieldType"]] = {}

MAX_TEXT_LENGTH = 10_000
DECIMAL_LIMITS = {
    "exclusiveMinimum": -(10.0**scalars.MAX_WHOLE_DIGITS),
    "exclusiveMaximum": 10.0**scalars.MAX_WHOLE_DIGITS,
}
DECIMAL_TEXT = r"^\s*[+-]?[0-9]{1,20}(\.[0-9]{1,10})?\s*$"
DATE_TIME_TEXT = (
    r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?"
    r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])?\s*$"
)


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

    @property
    def json_schema(self) -> dict[str, Any]:
        """What `parse` reads, by JSON Schema 2020-12."""
        raise NotImplementedError

    def show(self, value: Any) -> str:
        """A stored value as staff read it."""
        return str(value)


class Text(FieldType):
    name = "text"
    example = "Ring twice."
    accepts = f"a text of at most {MAX_TEXT_LENGTH:,} characters"

    @property
    def json_schema(self) -> dict[str, Any]:
        return {"type": ["string", "number", "boolean"], "maxLength": MAX_TEXT_LENGTH}

    def parse(self, sent: Any) -> str:
        text = scalars.parse_text(sent)
        if len(text) > MAX_TEXT_LENGTH:
            raise ValueError
        return text


class Integer(FieldType):
    name = "integer"
    example = "8"
    accepts = f"a whole number of at most {scalars.MAX_INTEGER_DIGITS} digits, such as 8"

    @property
    def json_schema(self) -> dict[str, Any]:
        limit = 10**scalars.MAX_INTEGER_DIGITS
        number = {"type": "integer", "exclusiveMinimum": -limit, "exclusiveMaximum": limit}
        return {"anyOf": [number, {"type": "string", "pattern": r"^\s*[+-]?0{0,82}[0-9]{1,18}\s*$"}]}

    def parse(self, sent: Any) -> int:
        return scalars.parse_integer(sent)


class DecimalNumber(FieldType):
    name = "decimal"
    example = "12.5"
    accepts = (
        f"a number with a point, at most {scalars.MAX_WHOLE_DIGITS} digits before "
        f"and {scalars.MAX_DECIMAL_PLACES} after it, such as 12.5"
    )

    @property
    def json_schema(self) -> dict[str, Any]:
        return {"anyOf": [{"type": "number"} | DECIMAL_LIMITS, {"type": "string", "pattern": DECIMAL_TEXT}]}

    def parse(self, sent: Any) -> Decimal:
        return scalars.parse_decimal(sent)


class Boolean(FieldType):
    name = "boolean"
    example = "true"
    accepts = "true or false (also 1 or 0, yes or no, ja or nein)"

    @property
    def json_schema(self) -> dict[str, Any]:
        words = "|".join("".join(f"[{c.upper()}{c}]" for c in word) for word in scalars.TRUE + scalars.FALSE)
        text = {"type": "string", "pattern": rf"^\s*({words})\s*$"}
        return {"anyOf": [{"type": "boolean"}, {"enum": [0, 1]}, text]}

    def parse(self, sent: Any) -> bool:
        return scalars.parse_boolean(sent)

    def show(self, value: Any) -> str:
        return "yes" if value else "no"


class Date(FieldType):
    name = "date"
    example = "2026-06-25"
    accepts = "a date as YYYY-MM-DD, such as 2026-06-25"

    @property
    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date", "pattern": r"^\s*[0-9]{4}-[0-9]{2}-[0-9]{2}\s*$"}

    def parse(self, sent: Any) -> str:
        return scalars.parse_date(sent).isoformat()


class DateTime(FieldType):
    name = "datetime"
    example = "2026-06-25T08:00:00Z"
    accepts = "a date and time by RFC 3339, such as 2026-06-25T08:00:00Z"

    @property
    def json_schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": DATE_TIME_TEXT}

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

    @property
    def json_schema(self) -> dict[str, Any]:
        return {"enum": list(self.choices)}

    def parse(self, sent: Any) -> str:
        text = scalars.parse_text(sent)
        if text not in self.choices:
            raise ValueError
        return text
