"""Write the rows of an export as an Excel workbook."""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter
from import_export.formats.base_formats import BINARY_FORMATS, Format
from tablib import Dataset
from xlsxwriter.format import Format as CellFormat
from xlsxwriter.worksheet import Worksheet

MAX_CELL_LENGTH = 32_767
"""Characters that Excel allows in one cell."""
MAX_COLUMN_WIDTH = 100

# What XML 1.0 cannot hold, section 2.2.
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


class XLSX(Format):
    """A workbook with one sheet: a bold, frozen header, and numbers, dates and booleans as what they are.

    Text is written as text, so a spreadsheet evaluates none of it. Replaces django-import-export's own format, which
    needs openpyxl.
    """

    def get_title(self) -> str:
        """Return "xlsx", the name of the format in the export form."""
        return "xlsx"

    def get_extension(self) -> str:
        """Return "xlsx", the ending of the file's name."""
        return "xlsx"

    def get_content_type(self) -> str:
        """Return the media type of the file, that of Excel workbooks."""
        return "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

    def can_export(self) -> bool:
        """Return True: the export form offers this format."""
        return True

    def export_data(self, dataset: Dataset, **kwargs: Any) -> bytes:
        """Return the workbook as bytes, made from the headers and rows of the data set.

        Uses temporary files, so that memory does not grow with the number of cells.
        """
        content = BytesIO()
        with xlsxwriter.Workbook(content, {"constant_memory": True}) as workbook:
            _SheetWriter(workbook).write(dataset)
        return content.getvalue()


# django-import-export gives these formats numbers and dates, and all others text.
BINARY_FORMATS.append(XLSX)


class _SheetWriter:
    def __init__(self, workbook: xlsxwriter.Workbook) -> None:
        self._sheet: Worksheet = workbook.add_worksheet()
        self._header: CellFormat = workbook.add_format({"bold": True})
        self._lines: CellFormat = workbook.add_format({"text_wrap": True})
        self._day: CellFormat = workbook.add_format({"num_format": "yyyy-mm-dd"})
        self._moment: CellFormat = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})

    def write(self, dataset: Dataset) -> None:
        """Write the header and all rows. A column is as wide as its longest line, up to MAX_COLUMN_WIDTH."""
        rows = [[_cell_value(value) for value in row] for row in dataset]
        for column, header in enumerate(dataset.headers):
            width = max([len(header), *(_width(row[column]) for row in rows)])
            self._sheet.set_column(column, column, min(width + 1, MAX_COLUMN_WIDTH))
            self._sheet.write_string(0, column, header, self._header)
        self._sheet.freeze_panes(1, 0)
        for number, row in enumerate(rows, start=1):
            self._write_row(number, row)

    def _write_row(self, number: int, row: Sequence[Any]) -> None:
        """Write one row, each value with the cell type and format of its Python type.

        None and empty text leave the cell empty. `number` is the row's number in the sheet, counted from 0.
        """
        for column, value in enumerate(row):
            match value:
                case None | "":
                    continue
                case bool():
                    self._sheet.write_boolean(number, column, value)
                case int() | float() | Decimal():
                    self._sheet.write_number(number, column, value)
                case datetime():
                    self._sheet.write_datetime(number, column, value, self._moment)
                case date():
                    self._sheet.write_datetime(number, column, value, self._day)
                case _:
                    self._sheet.write_string(number, column, value, self._lines if "\n" in value else None)


def _cell_value(value: Any) -> Any:
    """Return a value that a cell can hold.

    None, numbers, booleans and dates are returned unchanged. Everything else becomes text, also a date before 1900.
    Text over MAX_CELL_LENGTH is cut to it and ends with "…". Characters that XML cannot hold become U+FFFD.
    """
    if isinstance(value, date) and value.year < 1900:  # Excel's calendar starts in 1900
        value = str(value)
    if value is None or isinstance(value, int | float | Decimal | date):
        return value
    text = _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", str(value))
    return text if len(text) <= MAX_CELL_LENGTH else text[: MAX_CELL_LENGTH - 1] + "…"


def _width(value: Any) -> int:
    """Return the number of characters that a cell needs: for text those of its longest line, 0 if it is empty.

    A date-time needs 19. For any other value it is the length of `str(value)`.
    """
    if isinstance(value, datetime):
        return len("2026-06-25 10:00:00")
    return max(map(len, value.splitlines()), default=0) if isinstance(value, str) else len(str(value))
