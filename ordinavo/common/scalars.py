"""How one sent value is read. Every function raises ValueError for what it cannot read."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

MAX_INTEGER_DIGITS = 18  # what a 64-bit integer holds without a thought
MAX_WHOLE_DIGITS = 20
MAX_DECIMAL_PLACES = 10
TRUE, FALSE = ("true", "1", "yes", "ja"), ("false", "0", "no", "nein")

_INTEGER = re.compile(r"[+-]?[0-9]{1,100}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,100}(\.[0-9]{1,100})?([eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]"
    r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
# A day from either end of the calendar, so that no time zone can push a date-time over it.
_EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
_LATEST = datetime(9999, 12, 30, 23, 59, 59, tzinfo=UTC)


def is_number(sent: Any) -> bool:
    return type(sent) in (int, Decimal)  # a bool is an int, too, to isinstance


def parse_integer(sent: Any) -> int:
    """8, "8" and 8.0 are the same integer, as they are in JSON Schema."""
    if isinstance(sent, str):
        if not _INTEGER.fullmatch(sent.strip()):
            raise ValueError
        sent = int(sent)
    number = sent if type(sent) is int else parse_decimal(sent)
    if number != int(number) or abs(number) >= 10**MAX_INTEGER_DIGITS:
        raise ValueError
    return int(number)


def parse_decimal(sent: Any) -> Decimal:
    """At most 20 digits before and 10 after the decimal point; never rounded."""
    if isinstance(sent, str) and _DECIMAL.fullmatch(sent.strip()):
        number = Decimal(sent.strip())
    elif is_number(sent):
        number = Decimal(sent)
    else:
        raise ValueError
    return _bounded(number)


def _bounded(number: Decimal) -> Decimal:
    if number and number.adjusted() >= MAX_WHOLE_DIGITS:
        raise ValueError
    if number.is_zero():
        return Decimal(0)
    plain = without_trailing_zeros(number)
    if -int(plain.as_tuple().exponent) > MAX_DECIMAL_PLACES:
        raise ValueError
    return plain


def without_trailing_zeros(number: Decimal) -> Decimal:
    """The same number without trailing zeros and without an exponent: 2500.00 and 2.5E3 are 2500."""
    digits = format(number, "f")
    return Decimal(digits.rstrip("0").rstrip(".") if "." in digits else digits)


def parse_boolean(sent: Any) -> bool:
    """The spellings that ERPs send: true/false, 1/0, yes/no, ja/nein, in any case."""
    if isinstance(sent, bool):
        return sent
    if is_number(sent):  # 1 and 1.0 are one number, as they are in JSON Schema
        sent = {0: "0", 1: "1"}.get(sent)
    word = sent.strip().lower() if isinstance(sent, str) else ""
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ValueError


def parse_date(sent: Any) -> date:
    """An ISO 8601 calendar date."""
    if not isinstance(sent, str) or not _DATE.fullmatch(sent.strip()):
        raise ValueError
    return date.fromisoformat(sent.strip())


def parse_datetime(sent: Any) -> datetime:
    """An RFC 3339 date-time, converted to UTC; without an offset it is UTC already."""
    if not isinstance(sent, str) or not _DATETIME.fullmatch(sent.strip()):
        raise ValueError
    moment = datetime.fromisoformat(sent.strip().upper())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if not _EARLIEST <= moment <= _LATEST:
        raise ValueError
    return moment.astimezone(UTC)


def parse_text(sent: Any) -> str:
    if isinstance(sent, bool):
        return "true" if sent else "false"
    if isinstance(sent, str) or is_number(sent):
        return str(sent)
    raise ValueError
