"""JSON, read strictly (RFC 8259, RFC 7493): what two readers could understand differently is refused."""

import json
from collections import Counter
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any

MAX_DEPTH = 32
MAX_NUMBER_LENGTH = 100
MAX_EXPONENT = 300


class MalformedJSON(ValueError):
    """With a sentence that says what and, where it can, at which place."""


def loads(text: bytes | str) -> Any:
    """Decimals are Decimal. Raises MalformedJSON."""
    if not text or text.isspace():
        raise MalformedJSON("The JSON is empty; send one object, with its Content-Length.")
    try:
        value = _decoder.decode(text if isinstance(text, str) else text.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise MalformedJSON(f"This is not JSON: {error.msg} at {place}.") from error
    except UnicodeDecodeError as error:
        raise MalformedJSON(f"The JSON is not UTF-8 at byte {error.start}.") from error
    except RecursionError as error:
        raise MalformedJSON(_TOO_DEEP) from error
    _check_depth(value)
    if isinstance(text, str) or b"\\u" in text:  # what is UTF-8 has neither but as an escape
        _check_texts(value)
    return value


_CONTAINERS = (dict, list)
_TOO_DEEP = f"The JSON is nested deeper than {MAX_DEPTH} levels."


def _check_depth(value: Any) -> None:
    """Without recursion, of which a document could ask for too much."""
    level = [value] if isinstance(value, _CONTAINERS) else []
    for _ in range(MAX_DEPTH + 1):
        if not level:
            return
        level = [
            child
            for parent in level
            for child in (parent.values() if isinstance(parent, dict) else parent)
            if isinstance(child, _CONTAINERS)
        ]
    raise MalformedJSON(_TOO_DEEP)


def _check_texts(value: Any) -> None:
    """Refuses what PostgreSQL cannot store, and only an escape can say. What is nested too deep was refused before."""
    if isinstance(value, dict):
        for key, child in value.items():
            _check_text(key)
            _check_texts(child)
    elif isinstance(value, list):
        for child in value:
            _check_texts(child)
    elif isinstance(value, str):
        _check_text(value)


def _check_text(text: str) -> None:
    if "\0" in text:
        raise MalformedJSON("The JSON has a null character (\\u0000), which no field can hold.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise MalformedJSON("The JSON has half of a surrogate pair (\\ud800-\\udfff).") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        [(twice, _)] = Counter(key for key, _ in pairs).most_common(1)
        shown = twice[:80].encode(errors="backslashreplace").decode()  # it may have half of a surrogate pair
        raise MalformedJSON(f'The JSON has the key "{shown}" twice in one object.')
    return members


def _constant(name: str) -> Any:
    raise MalformedJSON(f"The JSON has {name}, which is not JSON.")


def _number(digits: str) -> Decimal:
    if len(digits) <= MAX_NUMBER_LENGTH:
        with suppress(InvalidOperation):  # an exponent beyond what even Decimal has
            number = Decimal(digits)
            if abs(number.adjusted()) <= MAX_EXPONENT:
                return number
    raise MalformedJSON(
        f"The JSON has a number of more than {MAX_NUMBER_LENGTH} characters or with an exponent over {MAX_EXPONENT}."
    )


def _integer(digits: str) -> int | Decimal:
    return int(digits) if len(digits) <= 18 else _number(digits)


_decoder = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_float=_number,
    parse_int=_integer,
    parse_constant=_constant,
)
