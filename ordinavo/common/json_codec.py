"""Read and write JSON without losing digits. Ambiguous input is refused.

Use `parse` for what a client or staff sent: it reads RFC 8259, and refuses what RFC 7493 warns of, such as a key twice.
Use `loads` for what this service or PostgreSQL wrote. `dumps` writes.
"""

import json
import re
from decimal import Decimal
from typing import Any

import jiter
import orjson

from ordinavo.common.limits import MAX_JSON_DEPTH, MAX_NUMBER_EXPONENT, MAX_NUMBER_LENGTH

TOO_DEEP = f"The JSON is nested deeper than {MAX_JSON_DEPTH} levels."
NULL_CHARACTER = "The JSON has a null character (\\u0000), which no field can hold."


class MalformedJSON(ValueError):
    """The text is not JSON that `parse` accepts. `str(error)` is a sentence for the sender."""


def dumps(value: Any, *, indent: bool = False) -> bytes:
    """Return a value as JSON in UTF-8, on one line or, with `indent`, indented by two spaces.

    A Decimal keeps every digit. orjson's own forms are used for dates, times, UUIDs, enums and dataclasses; date-times
    in UTC end in Z. Raises TypeError for a value that JSON cannot express, such as a lone surrogate, Decimal("NaN") or
    a key that is not text, and for an int of more than 64 bits. A float that is NaN or infinite becomes null, but no
    float comes from `parse` or `loads`.
    """
    options = orjson.OPT_UTC_Z | (orjson.OPT_INDENT_2 if indent else 0)
    return orjson.dumps(value, default=_exact_number, option=options)


def loads(text: str | bytes) -> Any:
    """Return the value of trusted JSON text, of any JSON type. Numbers with a fraction or exponent are Decimal.

    Integers of 19 digits or more are Decimal as well, and perhaps a negative one of 18 digits; other integers are int.
    Raises ValueError if the text is not JSON.
    """
    data = text.encode() if isinstance(text, str) else text
    if b"0" * 19 in data.translate(_RUNS):
        return _WIDE_DECODER.decode(data.decode())
    return jiter.from_json(data, float_mode="decimal", allow_inf_nan=False)


def parse(text: str | bytes, *, levels: int = MAX_JSON_DEPTH) -> Any:
    """Return the value of JSON text that a client or staff sent, of any JSON type, in time linear in its length.

    Numbers with a fraction or exponent, and integers of 19 digits or more, are Decimal; other integers are int. A byte
    order mark at the start is ignored.

    Raises MalformedJSON if the text is empty, not UTF-8 or not JSON, has a key twice in one object or a null character,
    is nested deeper than `levels`, or has a number of more than MAX_NUMBER_LENGTH characters or with an exponent
    over MAX_NUMBER_EXPONENT.
    """
    if not text or text.isspace():
        raise MalformedJSON("The JSON is empty. Send one object, with its Content-Length.")
    data = _as_utf8(text).removeprefix(b"\xef\xbb\xbf")
    try:
        value = jiter.from_json(data, float_mode="decimal", catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError as error:
        raise MalformedJSON(_explain(str(error), data)) from None
    if data.count(b"{") + data.count(b"[") > levels:
        _check_depth(value, levels)
    if _needs_walk(data):
        _check_number_lengths(data)
        return _storable(value)
    return value


def duplicate_key(key: str) -> str:
    """Return the sentence for the sender that a key is twice in one object."""
    return f'The JSON has the key "{key[:80]}" twice in one object.'


def _exact_number(value: Any) -> orjson.Fragment:
    """Return a Decimal as JSON text with all its digits, because orjson does not know Decimal.

    Raises TypeError for NaN, for an infinite Decimal and for every other type.
    """
    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(str(value).encode())
    raise TypeError(f"{type(value).__name__} is not JSON")


def _narrow_integer(digits: str) -> int | Decimal:
    """Return an integer of at most 18 characters, its sign included, as int, and a longer one as Decimal.

    orjson writes an int of 64 bits at most, and PostgreSQL writes 1e300 as an integer of 301 digits.
    """
    return int(digits) if len(digits) <= 18 else Decimal(digits)


_WIDE_DECODER = json.JSONDecoder(parse_float=Decimal, parse_int=_narrow_integer)

# Digits and points become 0, signs -, so that the longest runs can be found by three quick searches.
_RUNS = bytes.maketrans(b"123456789.E+", b"0000000000e-")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"')
_LONG_NUMBER = re.compile(rb"[0-9.eE+-]{%d}" % (MAX_NUMBER_LENGTH + 1))
_DUPLICATE_KEY = re.compile(r'Detected duplicate key "(.*)" at line \d+ column \d+\Z', re.DOTALL)
_BAD_NUMBER = (
    f"The JSON has a number of more than {MAX_NUMBER_LENGTH} characters or with an exponent over {MAX_NUMBER_EXPONENT}."
)


def _needs_walk(data: bytes) -> bool:
    """Return whether JSON text may hold an int that must be Decimal, a number over a limit, or a null character.

    Text that merely looks so is walked for nothing. All other text is spared the walk through its values.
    """
    runs = data.translate(_RUNS)
    return b"0" * 19 in runs or b"e000" in runs or b"e-000" in runs or b"\\u0000" in data


def _as_utf8(text: str | bytes) -> bytes:
    """Return text in UTF-8. Bytes are returned unchanged, without a check.

    Raises MalformedJSON if the text has half of a surrogate pair, which UTF-8 cannot express.
    """
    if isinstance(text, bytes):
        return text
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise MalformedJSON("The JSON has half of a surrogate pair (\\ud800-\\udfff).") from error


def _explain(fault: str, data: bytes) -> str:
    """Return a sentence for the sender that explains `fault`, the message with which jiter refused `data`."""
    if duplicate := _DUPLICATE_KEY.match(fault):
        return duplicate_key(duplicate[1])
    if fault.startswith("recursion limit"):
        return TOO_DEEP
    if fault.startswith("number out of range") or "InvalidOperation" in fault:  # not even Decimal has such exponents
        return _BAD_NUMBER
    if "hex escape" in fault:
        return f"The JSON has a broken \\u escape, such as half of a surrogate pair (\\ud800-\\udfff): {fault}."
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return f"The JSON is not UTF-8 at byte {error.start}."
    return f"This is not JSON: {fault}."


def _check_depth(value: Any, levels: int) -> None:
    """Raise MalformedJSON if lists and objects are nested deeper than `levels`. Uses no recursion."""
    level = [value]
    for _ in range(levels):
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, dict | list)
        ]
        if not level:
            return
    raise MalformedJSON(TOO_DEEP)


def _check_number_lengths(data: bytes) -> None:
    """Raise MalformedJSON if JSON text has a number of more than MAX_NUMBER_LENGTH characters outside its strings."""
    if _LONG_NUMBER.search(data) and _LONG_NUMBER.search(_STRING.sub(b"", data)):
        raise MalformedJSON(_BAD_NUMBER)


def _storable(value: Any) -> Any:
    """Return a parsed value in which integers of 19 digits or more are Decimal. Lists and objects are changed in place.

    Raises MalformedJSON for text with a null character, and for a number with an exponent over MAX_NUMBER_EXPONENT.
    """
    match value:
        case dict():
            for key, child in value.items():
                value[_storable(key)] = _storable(child)
            return value
        case list():
            for position, child in enumerate(value):
                value[position] = _storable(child)
            return value
        case str() if "\0" in value:
            raise MalformedJSON(NULL_CHARACTER)
        case bool() | None | str():
            return value
    number = Decimal(value)
    if abs(number.adjusted()) > MAX_NUMBER_EXPONENT:
        raise MalformedJSON(_BAD_NUMBER)
    return number if isinstance(value, Decimal) or abs(value) >= 10**18 else value
