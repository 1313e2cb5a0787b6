"""Parse one value of a JSON document: numbers, booleans, dates and text, in the spellings that ERPs send.

Every `parse_*` function takes a value as `json_codec.parse` returns it, in which a JSON number is an int or a Decimal.
It returns the typed value, or raises ValueError if the value, such as a float, is not in one of the spellings that its
docstring lists. The error is a Refused where more can be said than what is accepted. Spaces around text are ignored,
except by `parse_text`. The functions check no column's limits.
"""

import re
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from ordinavo.common.limits import (
    EARLIEST_YEAR,
    LATEST_YEAR,
    MAX_DECIMAL_PLACES,
    MAX_INTEGER_DIGITS,
    MAX_WHOLE_DIGITS,
)

TRUE_WORDS = ("true", "1", "yes", "ja", "wahr")
FALSE_WORDS = ("false", "0", "no", "nein", "falsch")

ASSUMED_UTC = timezone(timedelta(0), "assumed UTC")
"""The time zone of a moment that was written without an offset, and so is read as UTC."""

# The lengths are bounded, because Decimal and int take long for a number of a million digits.
_INTEGER = re.compile(r"([+-]?)0*([0-9]{1,100})(?:\.0+)?")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,100}(\.[0-9]{1,100})?([eE][+-]?[0-9]{1,3})?")
_SEPARATED = re.compile(r"[+-]?[0-9]+(?:[.,\s'\u2019_][0-9]+)+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]"
    r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?"
)
_RANGE = f"be from {EARLIEST_YEAR}-01-01 to {LATEST_YEAR}-12-31"


class Refused(ValueError):
    """A value is refused for a reason that the sender should know, beside what the field accepts."""

    def __init__(self, must: str, hint: str = "") -> None:
        """`must` is the end of a sentence "The field must …". `hint` says what to send, such as "write High"."""
        super().__init__(must)
        self.must, self.hint = must, hint


def is_number(sent: Any) -> bool:
    """Return whether a value is a JSON number: an int or a Decimal. A bool is not one, nor is a float."""
    return type(sent) in (int, Decimal)


def parse_integer(sent: Any, largest: int = 10**MAX_INTEGER_DIGITS - 1) -> int:
    """Return a whole number, at most `largest` above or below zero: 8, "8", " +8 ", "8.0" or Decimal("8.0").

    Raises ValueError for any other value, such as 8.5, true, a float, or a number that is too large, and Refused for
    text with a comma or a thousands separator.
    """
    if isinstance(sent, str) and (match := _INTEGER.fullmatch(sent.strip())):
        sent = int(match[1] + match[2])
    number: int | Decimal = sent if type(sent) is int else parse_number(sent)
    if not -largest <= number <= largest or number != int(number):
        raise ValueError
    return int(number)


def parse_decimal(sent: Any) -> Decimal:
    """Return an int, a Decimal or text as a Decimal, unrounded and without trailing zeros.

    The text may be " 12.5 ", "+12.50" or "1.25e1". Raises ValueError for any other value, such as a float, true,
    "12,5", "NaN", or a number with more than MAX_WHOLE_DIGITS digits before or MAX_DECIMAL_PLACES digits after its
    point.
    """
    return _check_digits(parse_number(sent))


def parse_number(sent: Any) -> Decimal:
    """Return an int, a Decimal or text such as " 12.5 " as a Decimal, with as many digits as were sent.

    Raises ValueError for any other value, and Refused for text with a comma or a thousands separator.
    """
    if is_number(sent):
        return Decimal(sent)
    if not isinstance(sent, str):
        raise ValueError
    text = sent.strip()
    if _DECIMAL.fullmatch(text):
        return Decimal(text)
    if len(text) <= 100 and _SEPARATED.fullmatch(text):
        if "," in text:
            raise Refused(
                "be a number without a comma: a comma could be a decimal or a thousands separator; send 1234.5"
            )
        raise Refused("be a number without thousands separators; send 1234.5")
    raise ValueError


def _check_digits(number: Decimal) -> Decimal:
    """Return a number without trailing zeros, and any zero as 0.

    Raises Refused if it has more than MAX_WHOLE_DIGITS digits before or MAX_DECIMAL_PLACES digits after its point.
    """
    if number and number.adjusted() >= MAX_WHOLE_DIGITS:
        raise Refused(f"have at most {MAX_WHOLE_DIGITS} digits before the decimal point")
    if number.is_zero():
        return Decimal(0)
    plain = without_trailing_zeros(number)
    if -int(plain.as_tuple().exponent) > MAX_DECIMAL_PLACES:
        raise Refused(f"be rounded to at most {MAX_DECIMAL_PLACES} digits after the decimal point")
    return plain


def without_trailing_zeros(number: Decimal) -> Decimal:
    """Return the same number without trailing zeros after the point and without an exponent.

    2500.00 and 2.5E3 become 2500. `Decimal.normalize` would return 2.5E+3.
    """
    digits = format(number, "f")
    return Decimal(digits.rstrip("0").rstrip(".") if "." in digits else digits)


def parse_boolean(sent: Any) -> bool:
    """Return a boolean: true, false, 1, 0, 1.0, 0.0, or one of TRUE_WORDS and FALSE_WORDS in upper or lower case.

    A number must be an int or a Decimal. Spaces around a word are ignored. Raises ValueError for any other value, such
    as 2, a float or "maybe".
    """
    if isinstance(sent, bool):
        return sent
    if is_number(sent):
        sent = {0: "0", 1: "1"}.get(sent)
    word = sent.strip().lower() if isinstance(sent, str) else ""
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS:
        return False
    raise ValueError


def parse_date(sent: Any) -> date:
    """Return a calendar date written as YYYY-MM-DD (ISO 8601), with or without spaces around it.

    Raises ValueError for any other value, such as "25.06.2026", "20260625", "2026-02-30" or a date-time, and Refused
    for a year before EARLIEST_YEAR or after LATEST_YEAR.
    """
    if not isinstance(sent, str) or not _DATE.fullmatch(sent.strip()):
        raise ValueError
    day = date.fromisoformat(sent.strip())
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise Refused(_RANGE)
    return day


def parse_datetime(sent: Any) -> datetime:
    """Return a date-time (RFC 3339) in UTC: "2026-06-25T10:00:00+02:00" is 08:00 UTC.

    A space may stand for the T, and the offset may be +0200 or +02. A fraction has at most 9 digits; those after the
    sixth are cut off. Without an offset the time is UTC, and the result has the time zone ASSUMED_UTC. Spaces around it
    are ignored. Raises ValueError for any other value, such as a date, an hour 25 or an offset +02:60, and Refused if
    the year in UTC is before EARLIEST_YEAR or after LATEST_YEAR.
    """
    if not isinstance(sent, str) or not _DATETIME.fullmatch(sent.strip()):
        raise ValueError
    moment = datetime.fromisoformat(sent.strip().upper())
    try:
        utc = moment.replace(tzinfo=ASSUMED_UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except OverflowError:  # before the year 1 or after the year 9999
        raise Refused(f"{_RANGE} in UTC") from None
    if not EARLIEST_YEAR <= utc.year <= LATEST_YEAR:
        raise Refused(f"{_RANGE} in UTC")
    return utc


def parse_text(sent: Any) -> str:
    """Return text unchanged, an int or Decimal with the digits it was sent with, and true or false as a word.

    Raises ValueError for null, objects, lists and floats.
    """
    if isinstance(sent, bool):
        return "true" if sent else "false"
    if isinstance(sent, str) or is_number(sent):
        return str(sent)
    raise ValueError
