"""Tell formulas from phone numbers and other harmless text in the cells of a CSV file.

A program that opens a CSV file evaluates a cell as a formula if its text begins with one of a few characters (OWASP,
"CSV Injection"). An apostrophe before the text prevents it, but changes the text for every other reader. So only text
that could be a formula gets one.
"""

import re
from typing import Any

_FORMULA = re.compile(r"\s*[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001  OWASP names the full-width characters as well
_NUMBER = re.compile(r"[+-]?[0-9]+([.,][0-9]+)*")
_PHONE = re.compile(r" *\+[0-9 \u00a0()/.\u2010-\u2013-]+")

MIN_PHONE_DIGITS, MAX_PHONE_DIGITS = 6, 20
"""Of a phone number with its country code. E.164 allows 15; a "(0)" and an extension come on top."""


def escape_formula(value: Any) -> Any:
    """Return text that a spreadsheet would run as a formula with an apostrophe before it.

    Such text begins, perhaps after white space, with =, +, - or @ (also full-width), a tab or a line break. A signed
    number such as "-1.5" or "-1,5", a phone number, all other text, and values that are no text are returned unchanged.
    """
    if not isinstance(value, str) or not _FORMULA.match(value):
        return value
    return value if _NUMBER.fullmatch(value) or is_phone_number(value) else f"'{value}"


def escape_cell(value: Any) -> Any:
    """Return a value as `escape_formula` does, and text that looks escaped already with one more apostrophe."""
    return f"'{value}" if isinstance(value, str) and _is_risky(value) else value


def unescape_cell(cell: Any) -> Any:
    """Return the text that `escape_cell` was given, if a cell is its result. Other cells are returned unchanged."""
    return cell[1:] if isinstance(cell, str) and cell.startswith("'") and _is_risky(cell) else cell


def _is_risky(text: str) -> bool:
    """Return whether text is a formula once the apostrophes before it are removed."""
    bare = text.lstrip("'")
    return escape_formula(bare) != bare


def is_phone_number(text: str) -> bool:
    """Return whether text is a phone number with a country code, such as "+49 (30) 123-45".

    That is one + at the beginning, then only digits, spaces, hyphens and ( ) / . with MIN_PHONE_DIGITS to
    MAX_PHONE_DIGITS digits. A spreadsheet that evaluates such text can compute no more than a number: without letters,
    ! and |, it names no cell, function or program. So to leave it is safe, and the file keeps what was sent.
    """
    digits = sum(character.isdigit() for character in text)
    return _PHONE.fullmatch(text) is not None and MIN_PHONE_DIGITS <= digits <= MAX_PHONE_DIGITS
