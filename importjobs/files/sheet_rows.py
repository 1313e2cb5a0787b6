"""Parse the rows in the part of a sheet of an XLSX file (ECMA-376, 18.3)."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import IO

from django.utils.translation import gettext as _

from importjobs.files import serial_dates, xml_parts
from importjobs.files.layout import Cell, Percent, Row, UnreadableFile
from importjobs.files.serial_dates import Kind
from importjobs.files.shared_strings import SharedStrings, unescape
from importjobs.files.tables import column_letters, too_long_cell, too_many_columns
from ordinavo.common.limits import MAX_CELL_LENGTH, MAX_FILE_COLUMNS

_MAX_COLUMNS = 16_384
_MAX_ROWS = 1_048_576
"""Of Excel."""
_LONGEST_TEXT = 7 * MAX_CELL_LENGTH
"""An escaped character has seven."""
_EXACT_DIGITS = 15
_DIGITS = "0123456789"


class SheetRows:
    """Reads the rows of one sheet. Raises ValueError or LookupError if they are not as the standard says.

    A sheet has millions of cells, so the handlers do their work without calling functions.
    """

    def __init__(
        self, strings: SharedStrings, kinds: Sequence[Kind | int], *, counts_from_1904: bool, lacks_results: bool
    ) -> None:
        """Use the texts of the workbook, and what each of its styles shows.

        `lacks_results`: a program has written the workbook without computing its formulas.
        """
        self._strings, self._counts_from_1904, self._lacks_results = strings, counts_from_1904, lacks_results
        self._kinds = {str(style): kind for style, kind in enumerate(kinds) if kind is not Kind.NUMBER}
        self._positions = _Positions()
        self._done: list[Row] = []
        self._number = 0
        self._cells: list[Cell] = []
        self._position = -1
        self._cell: dict[str, str] = {}
        self._text = ""
        self._collects = False
        self._pronunciations = 0
        self._has_formula = False

    def read(self, stream: IO[bytes]) -> Iterator[Row]:
        """Yield the rows in the order of the file."""
        for _piece in xml_parts.parse(stream, self._start, self._end, self._add_text):
            yield from self._done
            self._done.clear()

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin a row, a cell or the text of a cell. A cell without a reference is in the next column."""
        if name == "c":
            self._cell = attributes
            self._text = ""
            reference = attributes.get("r")
            self._position = self._positions[reference.rstrip(_DIGITS)] if reference else self._position + 1
        elif name == "v" or name == "t":
            self._collects = not self._pronunciations
        elif name == "row":
            self._begin_row(attributes)
        elif name == "f":
            self._has_formula = True
        elif name == "rPh":
            self._pronunciations += 1

    def _end(self, name: str) -> None:
        """End a row, a cell or the text of a cell."""
        if name == "c":
            if self._has_formula:
                self._check_result()
            if self._text:
                self._add_cell(self._value())
        elif name == "v" or name == "t":
            self._collects = False
        elif name == "row":
            self._done.append(Row(self._number, self._cells))
        elif name == "rPh":
            self._pronunciations -= 1

    def _add_text(self, text: str) -> None:
        """Collect a part of the text of a cell. Raises UnreadableFile if it is too long."""
        if self._collects:
            self._text += text
            if len(self._text) > _LONGEST_TEXT:
                raise too_long_cell(self._number, self._position)

    def _check_result(self) -> None:
        """Raise UnreadableFile if no program has computed the formula of the cell.

        Excel always writes a result. Libraries write none or 0, and then ask Excel to compute the workbook.
        """
        self._has_formula = False
        is_number = self._cell.get("t", "n") == "n"
        if is_number and (not self._text.strip() or (self._lacks_results and self._text == "0")):
            text = _("The formula in cell %(cell)s has no result. Open the workbook in Excel and save it.")
            raise UnreadableFile(text % {"cell": f"{column_letters(self._position)}{self._number}"})

    def _begin_row(self, attributes: dict[str, str]) -> None:
        """Begin a row. Raises ValueError if its number is not higher than that of the row before."""
        number = int(attributes.get("r", self._number + 1))
        if not self._number < number <= _MAX_ROWS:
            raise ValueError("row number")
        self._number, self._cells, self._position = number, [], -1

    def _add_cell(self, value: Cell) -> None:
        """Add a cell to its row, after the empty ones that the file leaves out.

        Raises ValueError if the column was there before, and UnreadableFile beyond MAX_FILE_COLUMNS.
        """
        missing = self._position - len(self._cells)
        if missing < 0:
            raise ValueError("column twice")
        if self._position >= MAX_FILE_COLUMNS:
            raise too_many_columns()
        if missing:
            self._cells.extend([None] * missing)
        self._cells.append(value)

    def _value(self) -> Cell:
        """Return the value of the cell that ends. Raises ValueError or LookupError if there is no such value."""
        text = self._text
        match self._cell.get("t", "n"):
            case "n":
                return self._number_value(text)
            case "s":
                return self._strings[int(text)] or None
            case "b":
                return text.strip() in {"1", "true"}
            case "d":
                return _parse_iso_date(text)
        return unescape(text)

    def _number_value(self, text: str) -> Cell:
        """Return a number, or what its style shows: a date, a percentage, or text with zeros before the number.

        A number that is none stays text.
        """
        number = _parse_number(text)
        if not math.isfinite(number):
            return text
        kind = self._kinds.get(self._cell.get("s", ""))
        if kind is None:
            return number
        if isinstance(kind, int):
            return f"{number:0{kind}}" if isinstance(number, int) and number >= 0 else number
        if kind is Kind.PERCENT:
            return Percent(number)
        try:
            return serial_dates.convert(number, kind, counts_from_1904=self._counts_from_1904)
        except OverflowError:
            return number


class _Positions(dict[str, int]):
    """The positions of columns by their letters, counted from 0."""

    def __missing__(self, letters: str) -> int:
        """Compute a position once. Raises ValueError if Excel has no such column."""
        position = self[letters] = column_position(letters)
        return position


def _parse_number(text: str) -> int | float:
    """Return a number: an int if it is whole and has at most 15 digits, which Excel keeps, else a float.

    Raises ValueError if the text is no number.
    """
    if text.isdigit() and len(text) <= _EXACT_DIGITS:
        return int(text)
    if text[:1] == "-" and text[1:].isdigit() and len(text) <= _EXACT_DIGITS + 1:
        return int(text)
    return float(text)


def column_position(letters: str) -> int:
    """Return the position of a column by its letters, counted from 0. Raises ValueError if Excel has no such column."""
    position = 0
    for letter in letters[:4]:
        position = position * 26 + "ABCDEFGHIJKLMNOPQRSTUVWXYZ".index(letter) + 1
    if not 0 < position <= _MAX_COLUMNS or len(letters) > 3:
        raise ValueError("column")
    return position - 1


def _parse_iso_date(text: str) -> Cell:
    """Return a date or date-time in ISO 8601 as a datetime, or the text if a cell of Excel cannot have it.

    That is a text that is none, a moment with a time zone, and one before 1900.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return text if moment.tzinfo or moment.year < 1900 else moment
