"""Write rows to a CSV file or an Excel workbook, one after the other, so that no file has to fit into the memory."""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import IO, Any, Protocol

import xlsxwriter
from django.utils.formats import get_format
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from ordinavo.common.exports.formulas import escape_cell
from ordinavo.common.findings import cut

MAX_CELL_LENGTH = 32_767
"""Characters that Excel allows in one cell."""
MAX_COLUMN_WIDTH = 100
MAX_SHEET_ROWS = 1_048_575
"""Rows that Excel allows in one sheet, below the header."""

# What XML 1.0 cannot hold, section 2.2.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class RowWriter(Protocol):
    """Writes the rows of a file."""

    def write(self, row: Sequence[Any]) -> None:
        """Write one row of cells."""


class _CsvWriter:
    def __init__(self, file: IO[str], headers: Sequence[str]) -> None:
        # As Excel in the same language writes CSV and opens it: its decimals have the other one.
        self._csv = csv.writer(file, delimiter=";" if get_format("DECIMAL_SEPARATOR") == "," else ",")
        self._csv.writerow(headers)

    def write(self, row: Sequence[Any]) -> None:
        """Write one row. Text that a spreadsheet would run as a formula gets an apostrophe."""
        self._csv.writerow([escape_cell(value) for value in row])


@contextmanager
def csv_file(path: str, headers: Sequence[str]) -> Iterator[RowWriter]:
    """Create or overwrite a CSV file, write its headers, and yield a RowWriter. UTF-8 with a BOM, for Excel.

    The delimiter is a comma, or a semicolon if decimals of the active language have a comma. Text that would be run
    as a formula gets an apostrophe. If the block raises, the file stays with the rows so far. Raises OSError.
    """
    with open(path, "w", encoding="utf-8-sig", newline="") as file:
        yield _CsvWriter(file, headers)


@contextmanager
def workbook(path: str, headers: Sequence[str], *, rows_per_sheet: int = MAX_SHEET_ROWS) -> Iterator[RowWriter]:
    """Write an Excel workbook during the block. Rows beyond `rows_per_sheet` go to further sheets.

    Each sheet has a bold, frozen header. Numbers, dates and booleans are written as what they are. Text is written as
    text, so that a spreadsheet evaluates none of it. Temporary files lie in the folder of `path`, and stay there if the
    block raises.
    """
    options = {"constant_memory": True, "use_zip64": True, "tmpdir": str(Path(path).parent)}
    book = xlsxwriter.Workbook(path, options)
    writer = _WorkbookWriter(book, headers, rows_per_sheet)
    try:
        yield writer
        writer.end_sheet()
        book.close()
    except FileCreateError as error:
        raise error.args[0] from error  # an OSError
    finally:
        for sheet in book.worksheets():
            sheet.row_data_fh.close()


class _WorkbookWriter:
    def __init__(self, book: xlsxwriter.Workbook, headers: Sequence[str], rows_per_sheet: int) -> None:
        self._book, self._headers, self._rows_per_sheet = book, headers, rows_per_sheet
        self._bold = book.add_format({"bold": True})
        self._lines = book.add_format({"text_wrap": True})
        self._day = book.add_format({"num_format": "yyyy-mm-dd"})
        self._moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        """Add a sheet with its header."""
        self._sheet: Worksheet = self._book.add_worksheet()
        self._sheet.freeze_panes(1, 0)
        for column, header in enumerate(self._headers):
            self._sheet.write_string(0, column, header, self._bold)
        self._widths = [len(header) for header in self._headers]
        self._rows = 0

    def end_sheet(self) -> None:
        """Make each column of the sheet as wide as its longest line, up to MAX_COLUMN_WIDTH."""
        for column, width in enumerate(self._widths):
            self._sheet.set_column(column, column, min(width + 1, MAX_COLUMN_WIDTH))

    def write(self, row: Sequence[Any]) -> None:
        """Write one row, on a new sheet if this one is full. Numbers, booleans and dates become cells of that type.

        Any other value, and a date before 1900, becomes text of at most MAX_CELL_LENGTH characters. None and "" leave
        the cell empty. Raises IndexError if a value is beyond the last header.
        """
        if self._rows == self._rows_per_sheet:
            self.end_sheet()
            self._begin_sheet()
        self._rows += 1
        for column, value in enumerate(map(_cell_value, row)):
            if value is None or value == "":
                continue
            self._widths[column] = max(self._widths[column], _width(value))
            self._write_cell(column, value)

    def _write_cell(self, column: int, value: Any) -> None:
        """Write one cell of the current row."""
        match value:
            case bool():
                self._sheet.write_boolean(self._rows, column, value)
            case int() | float() | Decimal():
                self._sheet.write_number(self._rows, column, value)
            case datetime():
                self._sheet.write_datetime(self._rows, column, value, self._moment)
            case date():
                self._sheet.write_datetime(self._rows, column, value, self._day)
            case _:
                self._sheet.write_string(self._rows, column, value, self._lines if "\n" in value else None)


def _cell_value(value: Any) -> Any:
    """Return a value that a cell can hold.

    None, numbers, booleans and dates are returned unchanged. Everything else becomes text, also a date before 1900.
    Text over MAX_CELL_LENGTH is cut to it and ends with "…". Characters that XML cannot hold become U+FFFD.
    """
    if isinstance(value, date) and value.year < 1900:  # Excel's calendar starts in 1900
        value = str(value)
    if value is None or isinstance(value, int | float | Decimal | date):
        return value
    return cut(_ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", str(value)), MAX_CELL_LENGTH)


def _width(value: Any) -> int:
    """Return the number of characters that a cell needs: for text those of its longest line, 0 if it is empty.

    A date-time needs 19. For any other value it is the length of `str(value)`.
    """
    if isinstance(value, datetime):
        return len("2026-06-25 10:00:00")
    return max(map(len, value.splitlines()), default=0) if isinstance(value, str) else len(str(value))
