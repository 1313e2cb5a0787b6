"""Convert cells with text and numbers. A cell that cannot be converted with certainty is returned as it is."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from importjobs.files.layout import Cell, Percent

MAX_EXACT_NUMBER = 10**15
"""Excel keeps 15 digits of a number. The digits after these are lost when an id of more digits is typed as a number."""

_SPACES = re.compile(r"[\s\u00a0\u202f\u2009]+")
_GERMAN = re.compile(r"([+-]?)([1-9]\d{0,2}(?:\.\d{3})+|[1-9]\d{0,2}(?:['’ ]\d{3})+|\d+)(?:,(\d+))?")
_ENGLISH = re.compile(r"([+-]?)([1-9]\d{0,2}(?:,\d{3})+|[1-9]\d{0,2}(?:['’ ]\d{3})+|\d+)(?:\.(\d+))?")
_SWISS = re.compile(r"([+-]?)([1-9]\d{0,2}(?:['’]\d{3})+)\.(\d+)")
_WHOLE_WITH_ZEROS = re.compile(r"([+-]?\d+)[.,]0{1,2}")
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?[Ee]\+\d{2,3}")
_DEGREES = re.compile(r"([+-]?)(\d{1,3})(?:[.,](\d+))?\s*°?\s*([NSEWO]?)", re.IGNORECASE)
_WHOLE_FLOAT = re.compile(r"\d+\.0")
_FAULT = re.compile(
    r"#(?:N/A|NV|REF!|BEZUG!|VALUE!|WERT!|NAME\?|DIV/0!|NUM!|ZAHL!|NULL!|SPILL!|ÜBERLAUF!|CALC!|KALK!)|#{3,}|Err:\d{3}"
)
_EURO = ("€", "eur", "euro")


def unit_words(unit: str) -> tuple[str, ...]:
    """Return how a unit such as "kg" may stand behind a number, in lower case; empty for no unit."""
    word = unit.strip().lower()
    return _EURO if word in _EURO else ((word,) if word else ())


def exact(number: float) -> str:
    """Return a number with the up to 15 digits that Excel keeps, without exponent and without zeros at its end.

    0.1 becomes "0.1", and 0.30000000000000004, the result of a formula, "0.3". `number` must be finite.
    """
    text = format(Decimal(format(number, ".15g")), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def plain_number(text: str, style: str) -> str | None:
    """Return the number of a text as digits with a point, or None if the text does not say for certain which it is.

    `style` is "german" (1.234,5) or "english" (1,234.5). Spaces and apostrophes may separate thousands in both. A minus
    may stand behind the number. In the German style, "12.50" is 12.50, because no thousands are written so.
    """
    text = _SPACES.sub(" ", text).strip().replace("−", "-").replace("–", "-")
    if text.endswith("-") and not text.startswith(("-", "+")):
        text = "-" + text[:-1].strip()
    pattern = _ENGLISH if style == "english" else _GERMAN
    if match := (pattern.fullmatch(text) or _SWISS.fullmatch(text)):
        sign, whole, fraction = match.groups()
        digits = "".join(character for character in whole if character.isdigit())
        return f"{sign}{digits}.{fraction}" if fraction else sign + digits
    return None


def without_unit(text: str, units: tuple[str, ...]) -> str:
    """Return the text without one of the units before or behind it, in upper or lower case."""
    stripped = text.strip()
    lower = stripped.lower()
    for unit in units:
        for ending in (unit, f"{unit}."):
            if lower.endswith(ending) and lower != ending:
                return stripped[: -len(ending)].rstrip()
        if lower.startswith(unit) and lower != unit and not stripped[len(unit)].isalpha():
            return stripped[len(unit) :].lstrip()
    return stripped


def is_fault(text: str) -> bool:
    """Return whether a text is what an office program shows instead of a value.

    It is the error of a formula, in English or German, such as #N/A or #NV, or ##### for a column that is too narrow.
    """
    return _FAULT.fullmatch(text.strip()) is not None


def to_decimal(cell: Cell, style: str, units: tuple[str, ...] = ()) -> Any:
    """Return a number as text with a point, or as an int; text that is no certain number as it is."""
    if isinstance(cell, str):
        text = without_unit(cell, units)
        number = plain_number(text, style)
        return number if number is not None else text if text != cell.strip() and _is_plain(text) else cell
    if isinstance(cell, Percent) and "%" in units:
        return exact(cell.shown())
    if isinstance(cell, float):
        return exact(cell) if _is_finite(cell) else str(cell)
    return to_text(cell) if isinstance(cell, (date, time, timedelta)) else cell


def to_integer(cell: Cell, style: str, units: tuple[str, ...] = ()) -> Any:
    """Return a whole number as an int or as text with a point; 8.0, "8,0" and "8.0" are 8. Anything else as it is."""
    if isinstance(cell, str):
        if match := _WHOLE_WITH_ZEROS.fullmatch(without_unit(cell, units)):
            return match[1]
        return to_decimal(cell, style, units)
    if isinstance(cell, Percent):
        return to_decimal(cell, style, units) if "%" in units else str(cell)
    if isinstance(cell, float) and cell.is_integer():
        return int(cell)
    return to_decimal(cell, style, units)


def to_degrees(cell: Cell, style: str) -> Any:
    """Return degrees as text with a point. A comma and a point both separate decimals, as degrees have no thousands.

    "51,4508° N" is 51.4508; S and W make a negative number. Anything else is returned as it is.
    """
    if isinstance(cell, str):
        match = _DEGREES.fullmatch(_SPACES.sub(" ", cell).strip().replace("−", "-"))
        if not match:
            return cell
        sign, whole, fraction, side = match.groups()
        if side.upper() in ("S", "W") and side:
            sign = "" if sign == "-" else "-"
        return f"{sign}{whole}.{fraction}" if fraction else sign + whole
    return to_decimal(cell, style)


def to_text(cell: Cell) -> Any:
    """Return a cell as text: 4711.0 is "4711", 12.5 is "12.5", a date is YYYY-MM-DD, and true is "true"."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return exact(cell) if _is_finite(cell) else str(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
    if isinstance(cell, time):
        return cell.isoformat("minutes" if not cell.second else "seconds")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def to_identifier(cell: Cell) -> Any:
    """Return an id, a postal code or a phone number as text: 4711.0 is "4711" and 1.5E+11 is "150000000000".

    If digits were lost, the number itself is returned, which the import rejects: a text such as "4,00639E+12", to which
    Excel shortens long numbers in CSV files, and a number of more than 15 digits.
    """
    if isinstance(cell, str):
        if "+" in cell and _SCIENTIFIC.fullmatch(cell.strip()):
            return Decimal(cell.strip().replace(",", "."))
        return cell
    if isinstance(cell, float) and _is_finite(cell) and abs(cell) >= MAX_EXACT_NUMBER:
        return Decimal(repr(cell))
    return to_text(cell)


def to_number_of_digits(cell: Cell) -> Any:
    """Return a postal code or a phone number as `to_identifier` does, and also "1067.0" as "1067".

    Programs such as pandas write whole numbers so. In other ids, ".0" may be meant.
    """
    if isinstance(cell, str) and _WHOLE_FLOAT.fullmatch(cell.strip()):
        return cell.strip()[:-2]
    return to_identifier(cell)


def _is_plain(text: str) -> bool:
    """Return whether a text is a number in the form that the API reads, such as 12.50."""
    return re.fullmatch(r"[+-]?\d+(\.\d+)?", text) is not None


def _is_finite(number: float) -> bool:
    """Return whether a number is neither infinite nor NaN."""
    return number - number == 0
