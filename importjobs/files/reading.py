"""Read files of targets: CSV, XLSX, JSON and NDJSON. Every fault of a file is an UnreadableFile with a sentence."""

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import IO, Any

from importjobs.files import csv_file, json_file, tables, xlsx_file
from importjobs.files.formats import format_of
from importjobs.files.layout import Cell, Layout, Row, UnreadableFile
from importjobs.files.reason_column import has_escaped_cells
from ordinavo.common.exports.formulas import unescape_cell

__all__ = ["Cell", "Layout", "Row", "UnreadableFile", "detect", "documents", "headings", "rows"]


def detect(file: IO[bytes], name: str) -> Layout:
    """Return how a file is to be read, from its content and, where that is ambiguous, the ending of its name.

    Raises UnreadableFile if it is none of the formats, is empty, or cannot be opened.
    """
    kind = format_of(file, name)
    if kind == "xlsx":
        return xlsx_file.layout_of(file)
    return csv_file.layout_of(file) if kind == "csv" else Layout(kind)


def headings(file: IO[bytes], layout: Layout) -> list[str]:
    """Return the headings of a table: the cells of its first row that is not empty.

    A column without a heading gets its letters in brackets, such as (D). Raises UnreadableFile if two are equal, if
    headings or rows are merged, or if the file cannot be read.
    """
    with closing(_raw_rows(file, layout)) as raw:
        row = tables.heading_row(raw)
    names = tables.headings_of(row)
    if layout.format == "xlsx":
        xlsx_file.refuse_merged(file, layout, row.number, len(names))
    return names


def rows(file: IO[bytes], layout: Layout) -> Iterator[Row]:
    """Yield the rows of a table below its headings, without empty ones and repeated headings.

    Raises UnreadableFile if the file cannot be read to its end. Rows before the fault may have been yielded by then.
    """
    with closing(_raw_rows(file, layout)) as raw:
        heading = tables.heading_row(raw)
        names = tables.headings_of(heading)
        is_escaped = layout.format == "csv" and has_escaped_cells(names)
        for row in tables.data_rows(raw, heading, len(names)):
            yield row._replace(cells=[unescape_cell(cell) for cell in row.cells]) if is_escaped else row


def documents(file: IO[bytes], layout: Layout) -> Iterator[tuple[int, Any]]:
    """Yield the documents of a JSON file with their numbers, or of an NDJSON file with their lines, counted from 1.

    Raises UnreadableFile if the file cannot be read to its end.
    """
    if layout.format == "ndjson":
        return json_file.ndjson_documents(file)
    return json_file.json_documents(file)


def _raw_rows(file: IO[bytes], layout: Layout) -> Generator[Row, None, None]:
    """Yield all rows of a table with their cells, headings and empty rows included."""
    return xlsx_file.raw_rows(file, layout) if layout.format == "xlsx" else csv_file.raw_rows(file, layout)
