"""Convert the rows of a table to documents as the API reads them.

What is guessed here, such as a decimal comma, is guessed for tables only: documents in JSON are imported as they are.
An empty cell is left out of the document, so that it keeps what is stored.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta, tzinfo
from functools import lru_cache, partial
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from importjobs.files import number_cells, time_cells, word_cells
from importjobs.files.custom_columns import fields_of_others
from importjobs.files.field_names import HOUSE_NUMBER
from importjobs.files.layout import Cell, Layout, Row
from targets import geography
from targets.api.target_document import FieldDescription, field_descriptions
from targets.models import SourceSystem, Target
from targets.paths import CUSTOM_PREFIX
from templates.models import CustomField, TargetTemplate

Convert = Callable[[Cell], Any]

_REMEMBERED_CELLS = 4096
_GERMAN_ZONES = {"Europe/Berlin", "Europe/Busingen"}
_MONEY_UNITS = number_cells.unit_words("€")
_DAYS_OF_MOMENTS = {
    "planning.timeWindowStartUtc": ("routeDate",),
    "planning.timeWindowEndUtc": ("routeDate",),
    "planning.dueAtUtc": ("dueDate", "routeDate"),
}
"""By path of a moment: the dates of the same row that complete a time of day, the first that the row has."""


class _Column(NamedTuple):
    """How the cells of a column are converted, and where in the document they go."""

    position: int
    section: str
    """Empty for a field in no section."""
    name: str
    convert: Convert


class Converter:
    """Converts the rows of one file. What depends on the columns only is looked up once."""

    def __init__(
        self,
        headings: Sequence[str],
        columns: Mapping[str, str | None],
        *,
        layout: Layout,
        template: TargetTemplate | None,
        source_system: SourceSystem,
    ) -> None:
        """Plan the conversion of the columns that `columns` gives a path. Columns without a path are ignored.

        `layout.numbers` says how text writes numbers. Local times are in the time zone of the source system. Custom
        fields are converted by their types in the template, or else in another template that rows may name.
        """
        self._style = layout.numbers
        self._zone = source_system.zone
        self._default_country = _default_country(template, self._zone)
        self._fields = {field.path: field for field in field_descriptions()}
        self._custom_fields = {field.path: field for field in (template.active_fields if template else [])}
        if any(path not in self._custom_fields for path in columns.values() if path and path.startswith(CUSTOM_PREFIX)):
            self._custom_fields |= fields_of_others(template)
        paths = [(index, columns.get(heading)) for index, heading in enumerate(headings)]
        self._columns = [self._column(index, path) for index, path in paths if path]
        used = {path for _index, path in paths}
        self._has_postal_code = "address.postalCode" in used
        self._has_house_number = HOUSE_NUMBER in used
        self._moments = [path for path in _DAYS_OF_MOMENTS if path in used]

    def document(self, row: Row) -> dict[str, Any]:
        """Return the document of a row. A cell that cannot be converted stays as its text, so that the import names it.

        Empty cells are left out.
        """
        document: dict[str, Any] = {}
        cells = row.cells
        count = len(cells)
        for index, section, name, convert in self._columns:
            cell = cells[index] if index < count else None
            if cell is None or cell == "":
                continue
            # No field accepts a list, so the import rejects the row and names the field and the text.
            value = [cell] if type(cell) is str and cell[:1] in "# E" and number_cells.is_fault(cell) else convert(cell)
            if value == "" or (type(value) is str and value.isspace()):
                continue
            if section:
                part = document.get(section)
                if part is None:
                    part = document[section] = {}
                part[name] = value
            else:
                document[name] = value
        if self._has_house_number:
            _join_house_number(document.get("address", {}))
        if self._has_postal_code:
            self._restore_zero(document.get("address", {}))
        for path in self._moments:
            self._complete_time(path, document.get("planning", {}))
        return document

    def _column(self, index: int, path: str) -> _Column:
        """Return how the column at an index is converted to the field at a path."""
        section, _, name = path.partition(".") if path.startswith(CUSTOM_PREFIX) else path.rpartition(".")
        if path.startswith(CUSTOM_PREFIX):
            convert = _convert_custom_field(self._custom_fields.get(path), self._style, self._zone)
        elif path == HOUSE_NUMBER:
            convert = number_cells.to_identifier
        else:
            convert = _convert_field(self._fields.get(path), self._style, self._zone)
        return _Column(index, section, name, convert)

    def _restore_zero(self, address: dict[str, Any]) -> None:
        """Put back the zero that a postal code of digits lost at its beginning, in a country that has such codes.

        A country that cannot be read changes nothing.
        """
        code = address.get("postalCode")
        if not isinstance(code, str) or not code.strip().isdecimal():
            return
        country = geography.country(address.get("country") or self._default_country)
        digits = country.digits
        if len(digits) == 1 and len(code.strip()) + 1 == digits[0]:
            restored = f"0{code.strip()}"
            if country.has_postal_code(restored) and not country.has_postal_code(code):
                address["postalCode"] = restored

    def _complete_time(self, path: str, planning: dict[str, Any]) -> None:
        """Replace a time of day by the moment on a date of the same row, or by its text if the row has no date.

        If the date cannot be read, the time is left out: the row is rejected for its date, and the time may be right.
        """
        name = path.rpartition(".")[2]
        since_midnight = planning.get(name)
        if not isinstance(since_midnight, timedelta):
            return
        day = next((planning[date] for date in _DAYS_OF_MOMENTS[path] if date in planning), "")
        moment = time_cells.at_time(day, since_midnight, self._zone)
        if moment or not day:
            planning[name] = moment or _clock(since_midnight)
        else:
            del planning[name]


def convert_of(path: str, template: TargetTemplate | None, *, style: str, zone: tzinfo) -> Convert:
    """Return the function that converts the cells of a column with the field at a path, by any of its names.

    `style` says how text writes numbers, german or english. A custom field is converted by its type in the template.
    """
    if path.startswith(CUSTOM_PREFIX):
        fields = template.active_fields if template else []
        return _convert_custom_field(next((field for field in fields if field.path == path), None), style, zone)
    return _convert_field(next((field for field in field_descriptions() if path in field.names), None), style, zone)


def _join_house_number(address: dict[str, Any]) -> None:
    """Add the house number of a column of its own to the street, unless the street ends with it already."""
    number, street = address.pop("houseNumber", None), address.get("street")
    if isinstance(number, str) and isinstance(street, str):
        if street.split()[-1:] != [number]:
            address["street"] = f"{street} {number}"
    elif number is not None:
        address["street"] = number  # there is no street, or the number is a fault, which the import names


def _convert_field(field: FieldDescription | None, style: str, zone: tzinfo) -> Convert:
    """Return the function that converts the cells of a declared field. None, an unknown field, is text."""
    if field is None:
        return number_cells.to_text
    path = field.default_of or field.path
    if path == "address.country":
        return _remembering(partial(word_cells.to_word, words=word_cells.COUNTRY_WORDS))
    if path == "planning.priority":
        labels = {str(label).lower(): value for value, label in Target.Priority.choices}
        return _remembering(partial(word_cells.to_word, words=labels | word_cells.PRIORITY_WORDS))
    if path == "operation":
        return _remembering(partial(word_cells.to_word, words=word_cells.OPERATION_WORDS))
    if path == "planning.estimatedWorkMinutes":
        return _remembering(partial(time_cells.to_minutes, style=style))
    if path == "businessValue.closeProbability":
        return _remembering(partial(number_cells.to_integer, style=style, units=("%",)))
    if path == "externalId":
        return _to_external_id
    if path in ("address.postalCode", "customer.phone"):
        return number_cells.to_number_of_digits
    if field.type_name == "id":
        return number_cells.to_identifier
    if field.type_name == "date-time":
        convert = partial(time_cells.to_moment, zone=zone)
        return _remembering(convert if path in _DAYS_OF_MOMENTS else partial(_without_time_of_day, convert))
    by_type: dict[str, Convert] = {
        "date": partial(time_cells.to_date, zone=zone),
        "boolean": word_cells.to_boolean,
        "whole number": partial(number_cells.to_integer, style=style),
        "number": partial(number_cells.to_degrees, style=style),
        "number ≥ 0": partial(number_cells.to_decimal, style=style, units=_MONEY_UNITS),
    }
    return _remembering(by_type[field.type_name]) if field.type_name in by_type else number_cells.to_text


def _convert_custom_field(field: CustomField | None, style: str, zone: tzinfo) -> Convert:
    """Return the function that converts the cells of a custom field. None, a field the template lacks, is text."""
    if field is None:
        return number_cells.to_text
    units = number_cells.unit_words(field.unit)
    moment = partial(time_cells.to_moment, zone=zone)
    by_type: dict[str, Convert] = {
        CustomField.Type.INTEGER: partial(number_cells.to_integer, style=style, units=units),
        CustomField.Type.DECIMAL: partial(number_cells.to_decimal, style=style, units=units),
        CustomField.Type.BOOLEAN: word_cells.to_boolean,
        CustomField.Type.DATE: partial(time_cells.to_date, zone=zone),
        CustomField.Type.DATETIME: partial(_without_time_of_day, moment),
        CustomField.Type.CHOICE: partial(_to_choice, choices=tuple(field.choices)),
    }
    return _remembering(by_type[field.type]) if field.type in by_type else number_cells.to_text


def _to_external_id(cell: Cell) -> Any:
    """Return an external id as text. The heading of a total, such as "Summe", becomes a list, which is rejected."""
    text: Any = number_cells.to_identifier(cell)
    return [text] if isinstance(text, str) and word_cells.is_total(text) else text


def _remembering(convert: Convert) -> Convert:
    """Return a function that remembers the results of the cells that were converted last, because cells repeat."""
    return lru_cache(maxsize=_REMEMBERED_CELLS, typed=True)(convert)


def _without_time_of_day(convert: Convert, cell: Cell) -> Any:
    """Return a converted moment, or the text of a time of day, because no date of the row belongs to it."""
    value = convert(cell)
    return _clock(value) if isinstance(value, timedelta) else value


def _to_choice(cell: Cell, choices: tuple[str, ...]) -> str:
    """Return the choice that a cell names, if only one does apart from case and spaces; else its text."""
    text: str = number_cells.to_text(cell)
    if text in choices:
        return text
    plain = text.strip().casefold()
    meant = [choice for choice in choices if choice.strip().casefold() == plain]
    return meant[0] if len(meant) == 1 else text


def _clock(since_midnight: timedelta) -> str:
    """Return a time of day as text, such as "08:30"."""
    minutes, seconds = divmod(int(since_midnight.total_seconds()), 60)
    text = f"{minutes // 60:02}:{minutes % 60:02}"
    return f"{text}:{seconds:02}" if seconds else text


def _default_country(template: TargetTemplate | None, zone: ZoneInfo) -> str:
    """Return the country of rows that name none: that of the template's defaults, else DE in a German time zone.

    Empty if neither is known. It only restores zeros of postal codes, and is not added to a document.
    """
    address = (template.defaults if template else {}).get("address")
    country = address.get("country") if isinstance(address, dict) else None
    return country if isinstance(country, str) and country else "DE" if zone.key in _GERMAN_ZONES else ""
