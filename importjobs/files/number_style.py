"""Tell how the text cells of a table write numbers: German (1.234,5) or English (1,234.5)."""

import re
from collections.abc import Iterable, Sequence

from importjobs.files.layout import Cell

_BEFORE = r"\s*(?:€|\$|EUR)?\s*"
_BEHIND = r"\s*(?:€|\$|%|[A-Za-z]{1,4}\.?)?\s*"
"""A unit or a currency."""
_COMMA = re.compile(rf"{_BEFORE}[+-]?(?:\d{{1,3}}(?:\.\d{{3}})+,\d+|\d+,(?:\d{{1,2}}|\d{{4,}})){_BEHIND}-?")
_POINT = re.compile(
    rf"{_BEFORE}[+-]?(?:\d{{1,3}}(?:,\d{{3}})+\.\d+|0\.\d+|(\d+)\.(\d{{1,2}})|\d{{1,3}}(?:,\d{{3}}){{2,}}){_BEHIND}"
)
_DAY = re.compile(r"\d{1,2}\.\d{1,2}\.(?:\d{2}|\d{4})(?!\d).*", re.DOTALL)


def number_style(rows: Iterable[Sequence[Cell]], *, default: str) -> str:
    """Return german or english: what cells show that are certain, else `default`.

    A decimal comma means German in any case. A decimal point means English unless there is a decimal comma. If there is
    neither, a day such as 31.12.2026 means German. "1.234", "1,234" and what may be a time, such as "8.30", say
    nothing.
    """
    has_point = has_day = False
    for cell in (cell for row in rows for cell in row):
        if not isinstance(cell, str):
            continue
        if _COMMA.fullmatch(cell):
            return "german"
        has_point = has_point or _has_point(cell)
        has_day = has_day or _DAY.fullmatch(cell) is not None
    return "english" if has_point else "german" if has_day else default


def _has_point(text: str) -> bool:
    """Return whether text is certainly a number as English writes it, such as "45.5", "0.125" or "1,234,567".

    A unit or a currency may stand beside it. False for any other text and for what is not certain: a time such as
    8.30, a day such as 31.12, and three or more decimals such as 1.234, except behind 0 or grouped thousands.
    """
    match = _POINT.fullmatch(text)
    if not match:
        return False
    whole, fraction = match.groups()
    return whole is None or int(whole[:9]) > 31 or len(fraction) == 1 or int(fraction) > 59
