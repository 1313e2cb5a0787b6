"""Files as German offices make them, and what reading them returns."""

import io
import zipfile
from collections.abc import Callable
from datetime import datetime
from typing import Any

import xlsxwriter

from importjobs.files import reading
from importjobs.files.layout import Cell, Layout


def read(content: bytes, name: str) -> tuple[Layout, list[str], list[list[Cell]]]:
    """Return the layout, the headings and the cells of all rows."""
    file = io.BytesIO(content)
    layout = reading.detect(file, name)
    return layout, reading.headings(file, layout), [row.cells for row in reading.rows(file, layout)]


def row_numbers(content: bytes, name: str) -> list[int]:
    file = io.BytesIO(content)
    return [row.number for row in reading.rows(file, reading.detect(file, name))]


def read_documents(content: bytes, name: str = "targets.json") -> list[tuple[int, Any]]:
    file = io.BytesIO(content)
    return list(reading.documents(file, reading.detect(file, name)))


def moment(text: str) -> datetime:
    """Return a date-time without a time zone, as the cells of workbooks are."""
    return datetime.fromisoformat(text)


def workbook(*rows: list[Any], **options: Any) -> bytes:
    """Return a workbook with the rows in one sheet. Text stays text."""
    return built(lambda book: fill(book.add_worksheet(), *rows), **options)


def built(build: Callable[[Any], None], **options: Any) -> bytes:
    """Return the workbook that `build` makes of an empty one."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, options) as book:
        build(book)
    return content.getvalue()


def fill(sheet: Any, *rows: list[Any]) -> Any:
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, column, value)
            elif value is not None:
                sheet.write(number, column, value)
    return sheet


def repacked(content: bytes, **replaced: bytes | None) -> bytes:
    """Return a workbook in which parts are replaced, by the stem of their name; those of None are left out."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = replaced.get(name.rpartition("/")[2].partition(".")[0], old.read(name))
            if part is not None:
                new.writestr(name, part)
    return out.getvalue()


def with_sheet(xml: str) -> bytes:
    """Return a workbook whose sheet is `xml`."""
    return repacked(workbook(["ID"], ["1"]), sheet1=xml.encode())


def with_rows(xml: str) -> bytes:
    """Return a workbook whose sheet has the rows `xml`."""
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return with_sheet(f'<worksheet xmlns="{namespace}"><sheetData>{xml}</sheetData></worksheet>')
