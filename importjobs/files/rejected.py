"""Write the rejected rows of a file as a file of the same form, with a column or member that says why.

Staff correct the rows and upload that file. It is read as the original was: the same cells and documents.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, NamedTuple, cast

from importjobs.files import reading, xlsx_writer
from importjobs.files.json_file import REASON_MEMBER
from importjobs.files.layout import Cell, Layout
from importjobs.files.reason_column import REASON_HEADINGS, is_reason, reason_heading
from ordinavo.common import json_codec
from ordinavo.common.exports.formulas import escape_cell

__all__ = ["REASON_HEADINGS", "write_rejected"]

_RECOGNISED = frozenset({"utf-8-sig", "utf-16", "utf-32", "cp1252"})
"""Encodings that a file tells by itself, and the one that wins where it does not."""


class _Table(NamedTuple):
    """The rejected rows of a table."""

    headings: list[str]
    """Without that of the reason."""
    rows: Iterator[tuple[Sequence[Cell], str]]
    """The cells of each row, and its reason."""


def write_rejected(file: IO[bytes], layout: Layout, reasons: Mapping[int, str], out: IO[bytes]) -> None:
    """Write the rejected rows or documents of `file` to `out`, in the same form, each with its reason.

    `reasons` are by the position of the row or document, counted from 0; they are asked for in ascending order. A
    reason column or member that the file has already is replaced. A document that is not an object has no reason. In
    Windows-1252, characters of the reason that it lacks become ?. Raises UnreadableFile if `file` cannot be read.
    """
    if layout.format == "csv":
        _write_csv(_table(file, layout, reasons), layout, out)
    elif layout.format == "xlsx":
        table = _table(file, layout, reasons)
        xlsx_writer.write(table.headings, reason_heading(), table.rows, out, sheet=layout.sheet)
    else:
        _write_documents(_rejected(reading.documents(file, layout), reasons), layout, out)


def _table(file: IO[bytes], layout: Layout, reasons: Mapping[int, str]) -> _Table:
    """Return the rejected rows of a table, without an earlier column of reasons."""
    headings = reading.headings(file, layout)
    own = [position for position, heading in enumerate(headings) if not is_reason(heading)]
    rejected = _rejected(reading.rows(file, layout), reasons)
    rows = (([row[1][position] for position in own], reason) for row, reason in rejected)
    return _Table([headings[position] for position in own], rows)


def _rejected(items: Iterator[tuple[int, Any]], reasons: Mapping[int, str]) -> Iterator[tuple[tuple[int, Any], str]]:
    """Yield the numbered items that have a reason, each with it. Items after the last of them are not read."""
    found = 0
    for position, item in enumerate(items):
        if found == len(reasons):
            return
        reason = reasons.get(position)
        if reason is not None:
            found += 1
            yield item, reason


def _write_csv(table: _Table, layout: Layout, out: IO[bytes]) -> None:
    """Write a table as CSV with the delimiter, quotes and encoding of the layout. `out` stays open.

    An encoding that Excel does not recognise, or that a few rows do not tell, becomes UTF-8 with a byte order mark.
    """
    encoding = layout.encoding if layout.encoding in _RECOGNISED else "utf-8-sig"
    text = io.TextIOWrapper(cast(Any, out), encoding=encoding, errors="replace", newline="", write_through=True)
    writer = csv.writer(text, delimiter=layout.delimiter, quotechar=layout.quote)
    writer.writerow([*map(escape_cell, table.headings), reason_heading()])
    for cells, reason in table.rows:
        writer.writerow([*[_csv_cell(cell) for cell in cells], escape_cell(reason)])
    text.flush()
    text.detach()


def _csv_cell(cell: Cell) -> str:
    """Return a cell as CSV has it. Cells of CSV files are text or empty."""
    return "" if cell is None else escape_cell(str(cell))


def _write_documents(rejected: Iterator[tuple[tuple[int, Any], str]], layout: Layout, out: IO[bytes]) -> None:
    """Write documents as a JSON list or as NDJSON, one a line."""
    before, between, after = (b"", b"\n", b"\n") if layout.format == "ndjson" else (b"[\n", b",\n", b"\n]\n")
    out.write(before)
    for count, ((_number, document), reason) in enumerate(rejected):
        if count:
            out.write(between)
        out.write(json_codec.dumps({**document, REASON_MEMBER: reason} if isinstance(document, dict) else document))
    out.write(after)
