"""Workbooks that are damaged, or made to use up the memory."""

import io
import struct
import zipfile

import pytest

from importjobs.files import reading
from importjobs.files.layout import UnreadableFile
from tests.importjobs.files.file_builders import read, repacked, with_rows, with_sheet, workbook

DAMAGED = "The workbook is damaged."
TOO_LARGE = "The workbook is too large when unpacked."
HEADING = '<row r="1"><c r="A1" t="str"><v>ID</v></c></row>'


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableFile) as error:
        read(content, "a.xlsx")
    return str(error.value)


@pytest.mark.parametrize(
    "rows",
    [
        '<row r="2"><c r="A2" t="s"><v>99</v></c></row>',
        '<row r="2"><c r="A2" t="s"><v>-1</v></c></row>',
        '<row r="2"><c r="A2" t="s"><v>x</v></c></row>',
        '<row r="2"><c r="A2"><v>x</v></c></row>',
        '<row r="2"><c r="ABCD2"><v>1</v></c></row>',
        '<row r="2"><c r="a2"><v>1</v></c></row>',
        '<row r="2"><c r="2"><v>1</v></c></row>',
        '<row r="2"><c r="B2"><v>1</v></c><c r="A2"><v>1</v></c></row>',
        '<row r="1"/>',
        '<row r="1048577"/>',
        '<row r="x"/>',
        '<row r="2"><c r="A2"><v>1</c></row>',
        f'<row r="2"><c r="A2" x="{"A" * 2_000_000}"><v>1</v></c></row>',
    ],
)
def test_a_sheet_against_the_standard_is_refused(rows):
    assert DAMAGED in refusal(with_rows(HEADING + rows))


def test_two_far_cells_need_little_memory():
    rows = '<row r="1048576"><c r="A1048576"><v>1</v></c><c r="XFD1048576"/></row>'
    assert read(with_rows(HEADING + rows), "a.xlsx")[2] == [[1]]


def test_a_value_in_the_last_column_is_refused():
    rows = '<row r="2"><c r="XFD2"><v>1</v></c></row>'
    assert "more than 1000 columns" in refusal(with_rows(HEADING + rows))


@pytest.mark.parametrize("text", ["A" * 32_768, "A" * 1_000_000])
def test_too_long_a_cell_is_refused(text):
    inline = f'<row r="2"><c r="A2" t="str"><v>{text}</v></c></row>'
    assert "The cell in row 2, column A has more than 32767 characters." in refusal(with_rows(HEADING + inline))
    strings = f"<sst><si><t>ID</t></si><si><t>{text}</t></si></sst>".encode()
    assert "more than 32767 characters." in refusal(repacked(workbook(["ID"], ["1"]), sharedStrings=strings))


def test_entities_are_not_expanded():
    rows = "<sheetData><row><c><v>&a;</v></c></row></sheetData>"
    sheet = f'<!DOCTYPE worksheet [<!ENTITY a "7">]><worksheet>{rows}</worksheet>'
    assert DAMAGED in refusal(with_sheet(sheet))


def test_a_part_that_was_packed_too_well_is_refused():
    assert TOO_LARGE in refusal(with_rows(HEADING + " " * 20_000_000))


def test_too_many_parts_are_refused():
    content = io.BytesIO(workbook(["ID"], ["1"]))
    with zipfile.ZipFile(content, "a") as archive:
        for number in range(2_001):
            archive.writestr(f"xl/{number}", b"")
    assert TOO_LARGE in refusal(content.getvalue())


def test_a_part_is_not_unpacked_beyond_the_size_that_it_states():
    content = bytearray(with_rows(HEADING + " " * 20_000_000))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        sheet = archive.getinfo("xl/worksheets/sheet1.xml")
    directory = content.rindex(b"xl/worksheets/sheet1.xml") - 46
    for offset in (sheet.header_offset + 22, directory + 24):
        struct.pack_into("<I", content, offset, 1000)
    assert DAMAGED in refusal(bytes(content))


def test_a_sheet_that_was_hidden_since_is_named():
    file = io.BytesIO(workbook(["ID"], ["1"]))
    with pytest.raises(UnreadableFile, match="no visible sheet “Aufträge”"):
        reading.headings(file, reading.Layout("xlsx", sheet="Aufträge"))


@pytest.mark.parametrize("part", ["workbook", "sheet1", "sharedStrings", "styles"])
def test_a_part_that_is_no_xml_is_refused(part):
    assert DAMAGED in refusal(repacked(workbook(["ID"], ["1"]), **{part: b"<a><b>"}))


def test_a_workbook_without_its_sheet_is_refused():
    assert DAMAGED in refusal(repacked(workbook(["ID"], ["1"]), sheet1=None))
