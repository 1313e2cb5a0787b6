"""Reading XLSX files."""

import io
from datetime import date, time, timedelta

import pytest
from python_calamine import CalamineWorkbook

from importjobs.files.layout import UnreadableFile
from tests.importjobs.files.file_builders import built, fill, moment, read, repacked, row_numbers, with_rows, workbook


def cells(content: bytes) -> list[list[object]]:
    return read(content, "a.xlsx")[2]


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableFile) as error:
        read(content, "a.xlsx")
    return str(error.value)


def dated(value, code, **options):
    """Return the cell of a value in a number format."""

    def build(book):
        sheet = fill(book.add_worksheet(), ["ID"])
        sheet.write_number(1, 0, value, book.add_format({"num_format": code}))

    return cells(built(build, **options))[0][0]


def test_text_that_looks_like_a_number_stays_text():
    rows = [["01067", "8.0", "+49 30 123456", "=1+1", "1E5", " x "]]
    assert cells(workbook(["A", "B", "C", "D", "E", "F"], *rows)) == rows


def test_numbers_and_booleans_are_read_as_such():
    row = cells(workbook(["A", "B", "C", "D", "E"], [8, -3, 1.5, True, False]))[0]
    assert [(type(cell), cell) for cell in row] == [(int, 8), (int, -3), (float, 1.5), (bool, True), (bool, False)]


@pytest.mark.parametrize("options", [{}, {"constant_memory": True}])
def test_shared_and_inline_texts_are_read(options):
    rows = [["A", "Größe\n<b>&\r\tx", "_x000D_"], ["A", None, "Ende"]]
    assert cells(workbook(["A", "B", "C"], *rows, **options)) == rows


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (46387, "dd.mm.yyyy", date(2026, 12, 31)),
        (46387, "[$-407]d. mmmm yyyy;@", date(2026, 12, 31)),
        (46387, "mmm", date(2026, 12, 31)),
        (46387.354166666664, "dd.mm.yyyy hh:mm", moment("2026-12-31 08:30")),
        (46387, "dd.mm.yyyy hh:mm", moment("2026-12-31 00:00")),
        (46387.5, "dd.mm.yyyy", moment("2026-12-31 12:00")),
        (0.354166666666667, "hh:mm", time(8, 30)),
        (0, "hh:mm", time(0)),
        (1.5, "[h]:mm", timedelta(hours=36)),
        (1, "dd.mm.yyyy", date(1900, 1, 1)),
        (12.5, '0.00 "d"', 12.5),
        (12.5, "[Red]0.00", 12.5),
        (12, "General", 12),
        (99999999, "dd.mm.yyyy", 99999999),
        (-5, "[h]:mm", timedelta(days=-5)),
    ],
)
def test_a_serial_number_is_read_by_its_format(value, code, expected):
    assert dated(value, code) == expected


def test_dates_may_count_from_1904():
    assert dated(44925, "dd.mm.yyyy", date_1904=True) == date(2026, 12, 31)


def test_a_formula_has_its_cached_value_and_an_error_its_text():
    def build(book):
        sheet = fill(book.add_worksheet(), ["A", "B", "C"])
        sheet.write_formula(1, 0, "=1+1", None, 2)
        sheet.write_formula(1, 1, '="a"', None, "a")
        sheet.write_formula(1, 2, "=NAMEN()", None, "#NAME?")

    assert cells(built(build)) == [[2, "a", "#NAME?"]]


def test_the_first_visible_sheet_with_content_is_read():
    def build(book):
        book.add_worksheet("Leer")
        fill(book.add_worksheet("Versteckt"), ["X"], ["1"]).hide()
        fill(book.add_worksheet("Sehr versteckt"), ["X"], ["1"]).very_hidden()
        fill(book.add_worksheet("Aufträge"), ["ID"], ["1"])
        fill(book.add_worksheet("Später"), ["Y"], ["1"])

    layout, headings, _ = read(built(build), "a.xlsx")
    assert (layout.sheet, headings) == ("Aufträge", ["ID"])


def test_a_workbook_without_content_is_refused():
    assert "No visible sheet of the workbook has rows." in refusal(workbook())


def test_merged_headings_are_refused_with_their_cells():
    def build(book):
        sheet = fill(book.add_worksheet(), ["ID"], ["1", "2", "3"])
        sheet.merge_range("B1:C1", "Kunde")

    assert "The headings in B1:C1 are merged cells." in refusal(built(build))


def test_cells_merged_over_several_rows_are_refused():
    def build(book):
        fill(book.add_worksheet(), ["ID", "Datum"], ["1"], ["2"]).merge_range("B2:B3", "31.12.2026")

    assert "The cells B2:B3 are merged. Split them" in refusal(built(build))


def test_cells_merged_within_a_row_or_beside_the_table_are_read():
    def build(book):
        sheet = fill(book.add_worksheet(), ["ID", "Name", "Ort"])
        sheet.merge_range("A2:B2", "1")
        sheet.merge_range("D2:D9", "")

    assert cells(built(build)) == [["1", None, None]]


def test_trailing_empty_rows_and_columns_are_ignored():
    def build(book):
        sheet, grey = fill(book.add_worksheet(), ["ID"], ["1"]), book.add_format({"bg_color": "gray"})
        sheet.write_blank(500, 0, None, grey)
        sheet.write_blank(1, 16_383, None, grey)
        sheet.write_string(3, 0, "  ")

    assert read(built(build), "a.xlsx")[1:] == (["ID"], [["1"]])


def test_rows_are_numbered_as_excel_numbers_them():
    assert row_numbers(workbook([], ["ID"], [], ["1"], [None, None], ["2"]), "a.xlsx") == [4, 6]


def test_a_value_without_a_heading_is_refused_with_its_place():
    assert "Row 3 has a value in column C" in refusal(workbook(["A", "B"], ["1"], ["2", None, "x"]))


def test_duplicate_headings_are_refused():
    assert "The heading “Ort” is in columns A and C." in refusal(workbook(["Ort", "B", " Ort"], ["1"]))


def test_names_with_a_prefix_are_read_as_other_programs_write_them():
    namespace = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    rows = '<x:row><x:c t="str"><x:v>ID</x:v></x:c></x:row><x:row r="5"><x:c r="A5"><x:v>7</x:v></x:c></x:row>'
    sheet = f'<x:worksheet xmlns:x="{namespace}"><x:sheetData>{rows}</x:sheetData></x:worksheet>'
    assert cells(repacked(workbook(["ID"]), sheet1=sheet.encode())) == [[7]]


def test_formatted_and_phonetic_texts_are_joined_rightly():
    strings = "<sst><si><r><t>Auf</t></r><r><t>trag</t></r><rPh><t>x</t></rPh></si></sst>"
    assert read(repacked(workbook(["a"], ["a"]), sharedStrings=strings.encode()), "a.xlsx")[1] == ["Auftrag"]


def test_a_date_in_iso_8601_is_read():
    assert cells(
        with_rows('<row><c t="str"><v>ID</v></c></row><row><c t="d"><v>2026-12-31T08:30:00</v></c></row>')
    ) == [[moment("2026-12-31 08:30")]]


def test_a_large_sheet_reads_as_calamine_reads_it():
    def build(book):
        sheet = fill(book.add_worksheet(), ["A", "B", "C", "D"])
        day = book.add_format({"num_format": "dd.mm.yyyy"})
        for number in range(1, 5_000):
            sheet.write_string(number, 0, f"Straße {number}")
            sheet.write_number(number, 1, number / 7)
            sheet.write_datetime(number, 2, moment("2026-01-01 00:00") + timedelta(days=number), day)
            sheet.write_string(number, 3, f"{number % 9:05}")

    content = built(build)
    expected = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert cells(content) == expected[1:]
