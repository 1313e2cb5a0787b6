"""Write documents as the rows of a table that an import of the file reads as the same documents: columns and cells.

The reverse of importjobs/files/conversion.py. What has no cell of its own, such as null, is left out.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError

from importjobs.files import time_cells
from importjobs.files.number_cells import MAX_EXACT_NUMBER
from ordinavo.common import scalars
from ordinavo.common.json_codec import dumps
from ordinavo.common.local_numbers import number_text, parse_number
from targets.api.target_document import field_descriptions
from targets.documents import operation_of
from targets.paths import CUSTOM_PREFIX
from templates.models import CustomField

CellOf = Callable[[Any, tzinfo, str], Any]
"""Returns the cell of a document. The other arguments are the zone of local times and the key of the template."""

_NUMBERS = {"number", "number ≥ 0", "whole number", CustomField.Type.INTEGER, CustomField.Type.DECIMAL}
_MOMENTS = {"date-time", CustomField.Type.DATETIME}
_DAYS = {"date", CustomField.Type.DATE}
_BOOLEANS = {"boolean", CustomField.Type.BOOLEAN}
_DEGREES = "number"
"""The only fields of this type are the latitude and the longitude, which have no thousands."""
_MAX_DIGITS = 100
"""Of a number. A larger one, such as 1E+999, is written as it was sent."""


def paths() -> list[str]:
    """Return the paths of the fields that have a column in every table, in the order of the contract."""
    return [field.path for field in field_descriptions()]


def moment_paths() -> set[str]:
    """Return those of `paths` whose cells are local times."""
    return {field.path for field in field_descriptions() if field.type_name in _MOMENTS}


def declared_cells(*, is_native: bool) -> dict[str, CellOf]:
    """Return the function that returns the cell of a document for each of `paths`.

    With `is_native` cells are numbers, dates and booleans for a workbook; else text in the active language for CSV.
    """
    return {
        field.path: partial(_declared, field.names, field.type_name, is_native=is_native)
        for field in field_descriptions()
    }


def custom_cell(key: str, types: Mapping[str, str], *, is_native: bool) -> CellOf:
    """Return the function that returns the cell of a custom field. `types` are its types by the key of the template."""

    def cell(document: Any, zone: tzinfo, template_key: str) -> Any:
        """Return the cell of a document, by the type of the field in the template that the document names."""
        named = _value(document, "templateKey")
        kind = types.get(named if isinstance(named, str) and named else template_key, "")
        return _cell(_value(document, f"{CUSTOM_PREFIX}{key}"), kind, zone, is_native=is_native)

    return cell


def _declared(names: Iterable[str], kind: str, document: Any, zone: tzinfo, _template: str, *, is_native: bool) -> Any:
    """Return the cell of a declared field: its value under the first of its names that the document has."""
    for name in names:
        value = _value(document, name)
        if value is not None:
            return _cell(value, kind, zone, is_native=is_native)
    return operation_of(document) if "operation" in names else ""


def _value(document: Any, path: str) -> Any:
    """Return what a document has at a path, or None if that is null, or absent, or if the document is no object."""
    section, _, name = path.partition(".")
    value = document.get(section) if isinstance(document, dict) else None
    if not name:
        return value
    return value.get(name) if isinstance(value, dict) else None


def _cell(value: Any, kind: str, zone: tzinfo, *, is_native: bool) -> Any:
    """Return the cell of a value in a field of a type. A value that does not fit the type is written as it was sent."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return dumps(value).decode()
    if isinstance(value, bool):
        return value if is_native and kind in _BOOLEANS else _boolean(value, kind)
    number = _number(value, kind)
    if number is not None:
        return _number_cell(number, is_native=is_native, has_thousands=kind != _DEGREES)
    if kind in _MOMENTS and (moment := _moment(value)):
        return _moment_cell(moment, zone, is_native=is_native)
    if kind in _DAYS and is_native and (day := _day(value)):
        return day
    return _marked_if_ambiguous(str(value), kind)


def _boolean(value: bool, kind: str) -> str:
    """Return a boolean as text: 1 or 0, or as JSON has it in a field of another type."""
    return str(int(value)) if kind in _BOOLEANS else dumps(value).decode()


def _number(value: Any, kind: str) -> Decimal | None:
    """Return the number of a field for numbers as an import reads it, or None if it is none, or has too many digits."""
    if kind not in _NUMBERS:
        return None
    try:
        number = scalars.parse_number(value)
    except ValueError:
        return None
    return number if abs(number.adjusted()) < _MAX_DIGITS else None


def _marked_if_ambiguous(text: str, kind: str) -> str:
    """Return the text, with a question mark behind it if it is a number that can be read in two ways, such as "1,234".

    The API refuses it, but the import of a file would read it in the way of the file's other numbers. With the mark,
    the row is rejected again until staff have corrected the cell.
    """
    if kind not in _NUMBERS:
        return text
    try:
        parse_number(text, has_thousands=kind != _DEGREES)
    except ValidationError:
        return f"{text} ?"
    except ValueError:
        pass
    return text


def _number_cell(number: Decimal, *, is_native: bool, has_thousands: bool) -> Any:
    """Return a number as a cell. One with more digits than Excel keeps is text also in a workbook."""
    exact = scalars.without_trailing_zeros(number)
    if is_native and len(exact.as_tuple().digits) <= 15 and abs(exact) < MAX_EXACT_NUMBER:
        return exact
    return format(exact, "f") if is_native else number_text(exact, has_thousands=has_thousands)


def _moment(value: Any) -> datetime | None:
    """Return a moment that is written by RFC 3339, or None. Without an offset it is in UTC, as in an import."""
    try:
        return scalars.parse_datetime(value).astimezone(UTC)
    except ValueError:
        return None


def _moment_cell(moment: datetime, zone: tzinfo, *, is_native: bool) -> Any:
    """Return a moment as a local time, or as text in UTC if an import would not read the same moment from that.

    That is a time that the clocks show twice, or one with a fraction of a second.
    """
    local = moment.astimezone(zone).replace(tzinfo=None, fold=0)
    if moment.microsecond or datetime.fromisoformat(time_cells.local_moment(local, zone)) != moment:
        return moment.isoformat()
    return local if is_native else f"{local:%Y-%m-%d %H:%M:%S}"


def _day(value: Any) -> date | None:
    """Return a day that is written as YYYY-MM-DD, or None."""
    try:
        return scalars.parse_date(value)
    except ValueError:
        return None
