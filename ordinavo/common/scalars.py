"""Parse one value of a JSON document: numbers, booleans, dates and text, in the spellings that ERPs send.

Every `parse_*` function takes a value as `json_codec.parse` returns it, in which a JSON number is an int or a Decimal.
It returns the typed value, or raises ValueError if the value, such as a float, is not in one of the spellings that its
docstring lists. Spaces around text are ignored, except by `parse_text`. The functions check no column's limits.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ordinavo.common.limits import MAX_DECIMAL_PLACES, MAX_INTEGER_DIGITS, MAX_WHOLE_DIGITS

TRUE_WORDS = ("true", "1", "yes", "ja")
FALSE_WORDS = ("false", "0", "no", "nein")

# The lengths are bounded, because Decimal and int take long for a number of a million digits.
_INTEGER = re.compile(r"[+-]?[0-9]{1,100}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,100}(\.[0-9]{1,100})?([eE][+-]?[0-9]{1,3})?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ]"
    r"[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
# Python's calendar ends in the years 1 and 9999. One day less on either side leaves room for every time zone.
_EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
_LATEST = datetime(9999, 12, 30, 23, 59, 59, tzinfo=UTC)


def is_number(sent: Any) -> bool:
    """Return whether a value is a JSON number: an int or a Decimal. A bool is not one, nor is a float."""
    return type(sent) in (int, Decimal)


def parse_integer(sent: Any) -> int:
    """Return a whole number of at most MAX_INTEGER_DIGITS digits: 8, "8", " +8 " or Decimal("8.0").

    Raises ValueError for any other value, such as 8.5, true, the text "8.0", a float, or a number that is too large.
    """
    if isinstance(sent, str):
        if not _INTEGER.fullmatch(sent.strip()):
            raise ValueError
        sent = int(sent)
    number = sent if type(sent) is int else parse_decimal(sent)
    if number != int(number) or abs(number) >= 10**MAX_INTEGER_DIGITS:
        raise ValueError
    return int(number)


def parse_decimal(sent: Any) -> Decimal:
    """Return an int, a Decimal or text as a Decimal, unrounded and without trailing zeros.

    The text may be " 12.5 ", "+12.50" or "1.25e1". Raises ValueError for any other value, such as a float, true,
    "12,5", "NaN", or a number with more than MAX_WHOLE_DIGITS digits before or MAX_DECIMAL_PLACES digits after its
    point.
    """
    if isinstance(sent, str) and _DECIMAL.fullmatch(sent.strip()):
        number = Decimal(sent.strip())
    elif is_number(sent):
        number = Decimal(sent)
    else:
        raise ValueError
    return _check_digits(number)


def _check_digits(number: Decimal) -> Decimal:
    """Return a number without trailing zeros, and any zero as 0.

    Raises ValueError if it has more than MAX_WHOLE_DIGITS digits before or MAX_DECIMAL_PLACES digits after its point.
    """
    if number and number.adjusted() >= MAX_WHOLE_DIGITS:
        raise ValueError
    if number.is_zero():
        return Decimal(0)
    plain = without_trailing_zeros(number)
    if -int(plain.as_tuple().exponent) > MAX_DECIMAL_PLACES:
        raise ValueError
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

    Raises ValueError for any other value, such as "25.06.2026", "20260625", "2026-02-30" or a date-time.
    """
    if not isinstance(sent, str) or not _DATE.fullmatch(sent.strip()):
        raise ValueError
    return date.fromisoformat(sent.strip())


def parse_datetime(sent: Any) -> datetime:
    """Return a date-time (RFC 3339) in UTC: "2026-06-25T10:00:00+02:00" is 08:00 UTC.

    A space may stand for the T. A fraction has at most 9 digits; those after the sixth are cut off. Without an offset
    the time is UTC. Spaces around it are ignored. Raises ValueError for any other value, such as a date, an hour 25, or
    a moment before the day 0001-01-02 or after 9999-12-30T23:59:59 UTC.
    """
    if not isinstance(sent, str) or not _DATETIME.fullmatch(sent.strip()):
        raise ValueError
    moment = datetime.fromisoformat(sent.strip().upper())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    if not _EARLIEST <= moment <= _LATEST:
        raise ValueError
    return moment.astimezone(UTC)


def parse_text(sent: Any) -> str:
    """Return text unchanged, an int or Decimal with the digits it was sent with, and true or false as a word.

    Raises ValueError for null, objects, lists and floats.
    """
    if isinstance(sent, bool):
        return "true" if sent else "false"
    if isinstance(sent, str) or is_number(sent):
        return str(sent)
    raise ValueError
