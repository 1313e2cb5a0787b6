"""Write rows as an XLSX file: each cell keeps its type, so that it is read back as it was."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import IO, Any

import xlsxwriter

from importjobs.files.layout import Cell, Percent
from ordinavo.common.limits import MAX_CELL_LENGTH

_FORMATS = {
    datetime: "dd.mm.yyyy hh:mm:ss",
    date: "dd.mm.yyyy",
    time: "hh:mm:ss",
    timedelta: "[h]:mm:ss",
    Percent: "0.##%",
}
_WIDTH = 18
"""Of a column, in characters."""
_REASON_WIDTH = 60


def write(
    headings: Sequence[str],
    reason_heading: str,
    rows: Iterable[tuple[Sequence[Cell], str]],
    out: IO[bytes],
    *,
    sheet: str,
) -> None:
    """Write a workbook of one sheet to `out`, which stays open. Its last column has the reasons, cut to fit a cell.

    No text becomes a formula, a link or a number. Memory does not grow with the rows. `sheet` is the name of the sheet;
    an empty one becomes "Sheet1". Raises XlsxWriter's InvalidWorksheetName if Excel does not allow the name.
    """
    with xlsxwriter.Workbook(out, {"constant_memory": True}) as workbook:
        page = workbook.add_worksheet(sheet or None)
        bold = workbook.add_format({"bold": True})
        formats = {kind: workbook.add_format({"num_format": code}) for kind, code in _FORMATS.items()}
        page.set_column(0, len(headings) - 1 if headings else 0, _WIDTH)
        page.set_column(len(headings), len(headings), _REASON_WIDTH)
        page.freeze_panes(1, 0)
        for position, heading in enumerate([*headings, reason_heading]):
            page.write_string(0, position, heading, bold)
        for number, (cells, reason) in enumerate(rows, start=1):
            for position, cell in enumerate(cells):
                _write_cell(page, number, position, cell, formats)
            page.write_string(number, len(headings), reason[:MAX_CELL_LENGTH])


def _write_cell(page: Any, row: int, column: int, cell: Cell, formats: dict[type, Any]) -> None:
    """Write one cell by its type. None leaves it empty."""
    match cell:
        case None:
            return
        case bool():
            page.write_boolean(row, column, cell)
        case Percent():
            page.write_number(row, column, cell, formats[Percent])
        case int() | float():
            page.write_number(row, column, cell)
        case str():
            page.write_string(row, column, cell)
        case _:
            page.write_datetime(row, column, cell, formats[type(cell)])
