"""Convert cells with dates, times of day and durations. A cell that is not certain is returned as it is, as text."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache
from typing import Any

from importjobs.files.layout import Cell
from importjobs.files.number_cells import exact, plain_number, to_text
from ordinavo.common.limits import EARLIEST_YEAR

_EXCEL_EPOCH = date(1899, 12, 30)
_FIRST_SERIAL = (date(2013, 1, 1) - _EXCEL_EPOCH).days
_LAST_SERIAL = (date(2036, 12, 31) - _EXCEL_EPOCH).days
"""Numbers between these are serial dates for certain. Others may be days such as 41226 or 101226 (DDMMYY)."""
_NO_DAYS = frozenset({"00.00.0000", "00.00.00", "00000000", "0000-00-00", "0000-00-00 00:00:00"})
"""How SAP and MySQL write that there is no day."""
_DAY = timedelta(days=1)
_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            "januar january jan jänner", "februar february feb feber", "märz march mär mrz mar maerz", "april apr",
            "mai may", "juni june jun", "juli july jul", "august aug", "september sept sep", "oktober october okt oct",
            "november nov", "dezember december dez dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_WEEKDAY = re.compile(r"^[A-Za-z]{2,10}\.?,?\s*(?=\d)")
_DOTS = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4}|\d{2})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_SLASHES = re.compile(r"(\d{1,2})([/-])(\d{1,2})\2(\d{4})")
_COMPACT = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_MONTH_NAME = re.compile(r"(\d{1,2})\.?\s*([^\W\d_]{3,9})\.?\s*(\d{4}|\d{2})")
_SERIAL = re.compile(r"\d{5}")
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d{1,9})?)?\s*(uhr|h|am|pm)?", re.IGNORECASE)
_TIME_IN_WORDS = re.compile(r"(\d{1,2})(?:[.:](\d{2}))?\s*uhr", re.IGNORECASE)
_TIME_COMPACT = re.compile(r"(\d{2})(\d{2})(\d{2})")
_OFFSET = re.compile(r"\s*(Z|[+-]\d{2}:?\d{2}|[+-]\d{2})$", re.IGNORECASE)
_DATE_THEN_TIME = re.compile(r"(.*\d)(?:\s*,\s*|\s+um\s+|T|\s+)(\d{1,2}[:.]\d{2}.*|\d{1,2}\s*uhr)", re.IGNORECASE)
_MINUTES = re.compile(r"(.+?)\s*(?:minuten|minutes|minute|mins|min|m)\.?", re.IGNORECASE)
_HOURS = re.compile(r"(.+?)\s*(?:stunden|stunde|std|hours|hour|hrs|h)\.?", re.IGNORECASE)
_HOURS_AND_MINUTES = re.compile(r"(\d{1,3})\s*(?:std|h)\.?\s*(\d{1,2})\s*(?:min|m)\.?", re.IGNORECASE)
_CLOCK = re.compile(r"(\d{1,3}):(\d{2})(?::00)?\s*(?:h|std)?\.?", re.IGNORECASE)


def day_of_text(text: str) -> date | None:
    """Return the day of a text such as "31.12.2026", "31.12.26", "31. Dezember 2026" or "2026-12-31", else None.

    A weekday in front is ignored. "05/06/2026" is None, because it may be May or June; "31/12/2026" is certain. A
    number of five digits is a serial date of Excel if it is of the years 2013 to 2036, and one of eight digits is
    YYYYMMDD. A year of two digits is 2000 to 2069 or 1970 to 1999.
    """
    text = _WEEKDAY.sub("", text.strip(), count=1)
    if match := _DOTS.fullmatch(text):
        return _day(match[3], match[2], match[1])
    if match := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return _day(*match.groups())
    if match := _SLASHES.fullmatch(text):
        first, _separator, second, year = match.groups()
        if int(first) > 12 or first == second:
            return _day(year, second, first)
        return _day(year, first, second) if int(second) > 12 else None
    if (match := _MONTH_NAME.fullmatch(text)) and (month := _MONTHS.get(match[2].lower())):
        return _day(match[3], str(month), match[1])
    if _SERIAL.fullmatch(text) and (moment := _moment_of_serial(float(text))):
        return moment.date()
    return None


def time_of_text(text: str) -> timedelta | None:
    """Return a time of day as the time since midnight, or None if the text is none.

    Read are "8:30", "08:30:00", "8:30 Uhr", "8.30 Uhr", "8 Uhr", "8:30 PM", "083000" and "24:00", the end of the day.
    """
    text = text.strip()
    if match := _TIME.fullmatch(text):
        hours, minutes, seconds = int(match[1]), int(match[2]), int(match[3] or 0)
        if (half := (match[4] or "").lower()) in ("am", "pm"):
            if not 1 <= hours <= 12:
                return None
            hours = hours % 12 + (12 if half == "pm" else 0)
    elif match := _TIME_IN_WORDS.fullmatch(text):
        hours, minutes, seconds = int(match[1]), int(match[2] or 0), 0
    elif match := _TIME_COMPACT.fullmatch(text):
        hours, minutes, seconds = (int(part) for part in match.groups())
    else:
        return None
    since_midnight = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return since_midnight if minutes < 60 and seconds < 60 and since_midnight <= _DAY else None


def to_date(cell: Cell, zone: tzinfo) -> Any:
    """Return a day as YYYY-MM-DD, also that of a date-time. Anything that is no certain day is returned as text.

    A number is a serial date of Excel, or YYYYMMDD. The day of a date-time with an offset is that in the time zone. The
    text by which SAP says that there is no day, 00.00.0000, becomes empty.
    """
    if isinstance(cell, str):
        if cell.strip() in _NO_DAYS:
            return ""
        day = day_of_text(cell)
        if day is None and (moment := _moment_of_text(cell)):
            day = (moment.astimezone(zone) if moment.tzinfo else moment).date()
        return day.isoformat() if day else cell
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        moment = _moment_of_serial(cell)
        day = moment.date() if moment else day_of_text(exact(cell)) if abs(cell) < 10**9 else None
        return day.isoformat() if day else to_text(cell)
    return to_text(cell)


def to_moment(cell: Cell, zone: tzinfo) -> Any:
    """Return a date-time by RFC 3339, or a timedelta since midnight for a time of day without a date.

    A date-time without an offset is a local time in the zone. A cell that is neither is returned as text, for example a
    day without a time. 00.00.0000 becomes empty.
    """
    if isinstance(cell, str):
        if cell.strip() in _NO_DAYS:
            return ""
        since_midnight = time_of_text(cell)
        if since_midnight is not None:
            return since_midnight
        moment = _moment_of_text(cell)
        return cell if moment is None else local_moment(moment, zone)
    if isinstance(cell, datetime):
        if cell.year < 1905:  # how some programs store a time of day
            return cell - datetime.combine(cell.date(), time())
        return local_moment(cell, zone)
    if isinstance(cell, time):
        return timedelta(hours=cell.hour, minutes=cell.minute, seconds=cell.second)
    if isinstance(cell, timedelta):
        return cell if timedelta(0) <= cell <= _DAY else to_text(cell)
    if isinstance(cell, (int, float)) and not isinstance(cell, bool):
        if 0 <= cell < 1:
            return timedelta(seconds=round(cell * 86_400))
        return local_moment(moment, zone) if (moment := _moment_of_serial(cell)) else to_text(cell)
    return to_text(cell)


def local_moment(moment: datetime, zone: tzinfo) -> str:
    """Return a date-time by RFC 3339; one without an offset is a local time in the zone.

    Where clocks go forward, a time that does not exist has the offset from before the change, so 02:30 becomes 03:30.
    Where they go back, a time that exists twice is the first one (RFC 5545, section 3.3.5).
    """
    aware = moment if moment.tzinfo else moment.replace(tzinfo=zone)
    return aware.isoformat() if aware.tzinfo is not UTC else aware.isoformat().replace("+00:00", "Z")


@lru_cache(maxsize=4096)
def at_time(day: str, since_midnight: timedelta, zone: tzinfo) -> str | None:
    """Return the moment of a local time on a day, by RFC 3339. None if the day is no date as YYYY-MM-DD."""
    try:
        midnight = datetime.combine(date.fromisoformat(day), time())
        return local_moment(midnight + since_midnight, zone)
    except (TypeError, ValueError, OverflowError):
        return None


def to_minutes(cell: Cell, style: str) -> Any:
    """Return a duration as whole minutes: 45, "45 min", "0:45" or "0:45:00", "1,5 h", "1 h 15 min", or a time of Excel.

    Anything that is no whole number of minutes is returned as it is.
    """
    if isinstance(cell, str):
        minutes = _minutes_of_text(cell.strip(), style)
        return cell if minutes is None else minutes
    if isinstance(cell, (time, timedelta, datetime)):
        duration = to_moment(cell, UTC) if not isinstance(cell, timedelta) else cell
        if isinstance(duration, timedelta) and duration % timedelta(minutes=1) == timedelta(0):
            return duration // timedelta(minutes=1)
        return to_text(cell)
    if isinstance(cell, float):
        return int(cell) if cell.is_integer() else exact(cell) if cell - cell == 0 else str(cell)
    return to_text(cell) if isinstance(cell, date) else cell


def _minutes_of_text(text: str, style: str) -> int | str | None:
    """Return the minutes of a text with a duration, or None if it is none. A number without a unit is minutes."""
    if match := _CLOCK.fullmatch(text) or _HOURS_AND_MINUTES.fullmatch(text):
        return int(match[1]) * 60 + int(match[2]) if int(match[2]) < 60 else None
    if (match := _MINUTES.fullmatch(text)) and (number := plain_number(match[1], style)):
        return number
    if (match := _HOURS.fullmatch(text)) and (number := plain_number(match[1], style)):
        minutes = float(number) * 60
        return int(minutes) if minutes.is_integer() else None
    return _whole(text) or plain_number(text, style)


def _whole(text: str) -> str | None:
    """Return the whole number of a text such as "45,0", or None."""
    match = re.fullmatch(r"(\d+)(?:[.,]0{1,2})?", text)
    return match[1] if match else None


def _day(year: str, month: str, day: str) -> date | None:
    """Return a day of the calendar, or None if there is no such day. A year may have two digits."""
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < EARLIEST_YEAR % 100 else 1900
    try:
        return date(number, int(month), int(day))
    except ValueError:
        return None


def _moment_of_serial(number: float) -> datetime | None:
    """Return the date-time of a serial number of Excel, to the second, or None if it is not certain that it is one."""
    if not _FIRST_SERIAL <= number < _LAST_SERIAL + 1:
        return None
    return datetime.combine(_EXCEL_EPOCH, time()) + timedelta(seconds=round(number * 86_400))


def _moment_of_text(text: str) -> datetime | None:
    """Return the date-time of a text with a date and a time, with its offset if it has one, or None."""
    text = text.strip()
    zone: tzinfo | None = None
    match = _DATE_THEN_TIME.fullmatch(text)
    if not match:
        return None
    day_text, time_text = match[1], match[2]
    if offset := _OFFSET.search(time_text):
        sign = offset[1].upper()
        try:
            zone = UTC if sign == "Z" else datetime.strptime(f"{sign}00" if len(sign) == 3 else sign, "%z").tzinfo
        except ValueError:
            return None
        time_text = time_text[: offset.start()]
    day, since_midnight = day_of_text(day_text), time_of_text(time_text)
    if day is None or since_midnight is None or not date.min.year < day.year < date.max.year:
        return None
    return (datetime.combine(day, time()) + since_midnight).replace(tzinfo=zone)
