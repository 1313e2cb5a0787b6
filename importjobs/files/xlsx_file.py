"""Read the rows of an XLSX file as a stream.

Libraries such as python-calamine have a whole sheet in memory: over 360 MiB for 100,000 rows of 40 columns. And a tiny
sheet with the cells A1 and XFD1048576 makes them allocate all cells between these.
"""

import re
from collections.abc import Generator, Iterator
from itertools import chain, islice
from typing import IO

from django.utils.translation import gettext as _

from importjobs.files import workbook
from importjobs.files.layout import Layout, Row, UnreadableFile
from importjobs.files.number_style import number_style
from importjobs.files.serial_dates import Kind, read_styles
from importjobs.files.shared_strings import SharedStrings
from importjobs.files.sheet_rows import SheetRows, column_position
from importjobs.files.tables import is_empty
from importjobs.files.workbook import Sheet, Workbook

_SAMPLE_ROWS = 50
_PIECE_BYTES = 1024 * 1024
_END_OF_ROWS = re.compile(rb"</(?:[\w.-]+:)?sheetData>|<(?:[\w.-]+:)?sheetData\s*/>")
_LONGEST_END = 128
"""Bytes that may belong to an end of the rows that the next piece completes."""
_MERGED = re.compile(rb"""<(?:[\w.-]+:)?mergeCell\s[^<>]*?ref\s*=\s*["']([A-Z]+)(\d+):([A-Z]+)(\d+)["']""")


def layout_of(file: IO[bytes]) -> Layout:
    """Return how a workbook is to be read: from its first visible sheet with content.

    Raises UnreadableFile if there is no such sheet, or if the workbook is damaged or a bomb.
    """
    with workbook.opened(file) as book:
        for sheet in book.sheets:
            rows = (row.cells for row in _rows(book, sheet) if not is_empty(row.cells))
            if heading := next(rows, None):
                sample = islice(chain([heading], rows), _SAMPLE_ROWS)
                return Layout("xlsx", sheet=sheet.name, numbers=number_style(sample, default="german"))
    raise UnreadableFile(_("No visible sheet of the workbook has rows. Write the headings into the first row of one."))


def raw_rows(file: IO[bytes], layout: Layout) -> Generator[Row, None, None]:
    """Yield the rows of a sheet, also empty ones that the file mentions.

    A formula has the value that was last computed. An error value is its text, such as #NAME?. Raises UnreadableFile if
    the workbook is damaged, has no such sheet, or has a formula that was not computed.
    """
    with workbook.opened(file) as book:
        yield from _rows(book, _sheet(book, layout))


def refuse_merged(file: IO[bytes], layout: Layout, heading_row: int, width: int) -> None:
    """Raise UnreadableFile, naming the cells, if headings are merged, or cells of several rows below them.

    The value of merged cells is in the first one only, so the rows below it would lack it. `width` is the number of
    headings.
    """
    with workbook.opened(file) as book, book.open(_sheet(book, layout).part) as stream:
        for match in _MERGED.finditer(_after_rows(stream)):
            first, last = int(match[2]), int(match[4])
            cells = {"cells": f"{match[1].decode()}{first}:{match[3].decode()}{last}"}
            if first <= heading_row <= last:
                text = _(
                    "The headings in %(cells)s are merged cells. Split them, so that each column has one heading, or "
                    "delete the row if it is a title."
                )
                raise UnreadableFile(text % cells)
            if heading_row < first < last and column_position(match[1].decode()) < width:
                text = _("The cells %(cells)s are merged. Split them and write the value into each row.")
                raise UnreadableFile(text % cells)


def _sheet(book: Workbook, layout: Layout) -> Sheet:
    """Return the sheet of the layout, or the first visible one. Raises UnreadableFile if there is none."""
    for sheet in book.sheets:
        if layout.sheet in {"", sheet.name}:
            return sheet
    raise UnreadableFile(_("The workbook has no visible sheet “%(name)s”.") % {"name": layout.sheet})


def _rows(book: Workbook, sheet: Sheet) -> Iterator[Row]:
    """Yield the rows of a sheet."""
    kinds: list[Kind | int] = []
    if book.styles:
        with book.open(book.styles) as stream:
            kinds = read_styles(stream)
    strings = SharedStrings(book.open(book.strings) if book.strings else None)
    with book.open(sheet.part) as stream:
        rows = SheetRows(strings, kinds, counts_from_1904=book.counts_from_1904, lacks_results=book.lacks_results)
        yield from rows.read(stream)


def _after_rows(stream: IO[bytes]) -> bytes:
    """Return what follows the rows in the part of a sheet, at most a few pieces."""
    rest = b""
    while piece := stream.read(_PIECE_BYTES):
        rest += piece
        end = _END_OF_ROWS.search(rest) if b"sheetData" in rest else None
        if end:
            return rest[end.end() :] + stream.read(16 * _PIECE_BYTES)
        rest = rest[-_LONGEST_END:]
    return b""
