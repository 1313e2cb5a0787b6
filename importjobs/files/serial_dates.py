"""Tell from the styles of an XLSX file which of its numbers are dates or percentages, and convert dates."""

import re
from datetime import date, datetime, time, timedelta
from enum import Enum
from functools import lru_cache
from typing import IO

from importjobs.files import xml_parts

_MS_A_DAY = 86_400_000


class Kind(Enum):
    """What a number format shows."""

    NUMBER = "number"
    DATE = "date"
    MOMENT = "date and time"
    TIME = "time of day"
    ELAPSED = "elapsed time"
    PERCENT = "percentage"


_BUILT_IN = {
    **dict.fromkeys([*range(14, 18), *range(27, 32), *range(34, 37), *range(50, 59)], Kind.DATE),
    **dict.fromkeys([*range(18, 22), 32, 33, 45, 47], Kind.TIME),
    22: Kind.MOMENT,
    46: Kind.ELAPSED,
    **dict.fromkeys([9, 10], Kind.PERCENT),
}
"""Formats by the ids that need no declaration: ECMA-376, 18.8.30."""
_NOT_CODES = re.compile(r'"[^"]*"?|\\.|_.|\*.|\[\$[^\]]*\]|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
"""Literal text, padding, locales, colours and conditions in a format."""
_ELAPSED = re.compile(r"\[(h+|m+|s+)\]", re.IGNORECASE)


def read_styles(stream: IO[bytes]) -> list[Kind | int]:
    """Return what each style of the cells shows, from the part of the workbook with its styles.

    A number is that of the digits to which the style fills up a number with zeros: 5 for 01067.
    """
    formats: dict[int, Kind | int] = dict(_BUILT_IN)
    kinds: list[Kind | int] = []
    is_of_cells = False

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal is_of_cells
        if name == "numFmt":
            formats[int(attributes["numFmtId"])] = kind_of(attributes.get("formatCode", ""))
        elif name == "cellXfs":
            is_of_cells = True
        elif name == "xf" and is_of_cells:
            kinds.append(formats.get(int(attributes.get("numFmtId", "0")), Kind.NUMBER))

    def end(name: str) -> None:
        nonlocal is_of_cells
        if name == "cellXfs":
            is_of_cells = False

    xml_parts.parse_whole(stream, start, end)
    return kinds


def kind_of(code: str) -> Kind | int:
    """Return what a number format such as `dd.mm.yyyy;@` shows. One such as `00000` is the number of its zeros."""
    codes = _NOT_CODES.sub("", code).split(";")[0].lower().strip()
    if codes == "general":
        return Kind.NUMBER
    if len(codes) > 1 and codes == "0" * len(codes):
        return len(codes)
    if "%" in codes:
        return Kind.PERCENT
    if _ELAPSED.search(codes):
        return Kind.ELAPSED
    has_time = "h" in codes or "s" in codes
    has_date = "d" in codes or "y" in codes or ("m" in codes and not has_time)
    if has_date:
        return Kind.MOMENT if has_time else Kind.DATE
    return Kind.TIME if has_time else Kind.NUMBER


@lru_cache(maxsize=4096)
def convert(serial: float, kind: Kind, *, counts_from_1904: bool) -> datetime | date | time | timedelta:
    """Return the date of a serial number, to the millisecond. Raises OverflowError beyond the calendar.

    A number below 1 is a time of day, and one with a fraction a date-time. A whole one is a date if its format shows no
    time, else a date-time.
    """
    milliseconds = round(serial * _MS_A_DAY)
    if kind is Kind.ELAPSED:
        return timedelta(milliseconds=milliseconds)
    if 0 <= milliseconds < _MS_A_DAY and not (counts_from_1904 and kind is Kind.DATE):
        return (_epoch(0, counts_from_1904) + timedelta(milliseconds=milliseconds)).time()
    moment = _epoch(serial, counts_from_1904) + timedelta(milliseconds=milliseconds)
    return moment.date() if kind is Kind.DATE and moment.time() == time() else moment


def _epoch(serial: float, counts_from_1904: bool) -> datetime:
    """Return the day 0. Excel believes that 1900 was a leap year, so days before March 1900 count from another one."""
    if counts_from_1904:
        return datetime(1904, 1, 1)  # noqa: DTZ001  the cells of a workbook have no time zone
    return datetime(1899, 12, 30 if serial >= 60 else 31)  # noqa: DTZ001
