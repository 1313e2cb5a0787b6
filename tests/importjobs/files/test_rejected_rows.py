"""The rejected rows of a file as a file of the same form, which is read as the original was."""

import csv
import io
import zipfile
from datetime import date, datetime, time, timedelta

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from importjobs.files import reading
from importjobs.files.rejected import REASON_HEADINGS, write_rejected
from tests.importjobs.files.file_builders import built, fill, moment, read, read_documents, with_rows, workbook


def rejected(content: bytes, name: str, reasons: dict[int, str]) -> bytes:
    file, out = io.BytesIO(content), io.BytesIO()
    write_rejected(file, reading.detect(file, name), reasons, out)
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-16"])
def test_rejected_rows_of_a_csv_file_keep_its_form(encoding):
    content = 'Nr;Größe;Text\r\n\r\n007;1,5;A\r\n008;ü;"B;\nC"\r\n009;x;D\r\n'.encode(encoding)
    result = rejected(content, "a.csv", {1: "Falsche Größe.", 2: "Unbekannt."})
    layout, headings, rows = read(result, "a.csv")
    assert (layout.encoding, layout.delimiter, headings) == (encoding, ";", ["Nr", "Größe", "Text", "Import error"])
    assert rows == [["008", "ü", "B;\nC", "Falsche Größe."], ["009", "x", "D", "Unbekannt."]]


@pytest.mark.parametrize("encoding", ["utf-8", "cp850", "mac_roman", "utf-16-le"])
def test_an_encoding_that_excel_or_few_rows_do_not_tell_becomes_utf_8(encoding):
    content = "Nr;Name\r\n1;Müller\r\n2;ø\r\n".encode(encoding)
    layout, _, rows = read(rejected(content, "a.csv", {1: "x"}), "a.csv")
    assert (layout.encoding, rows) == ("utf-8-sig", [["2", "ø", "x"]])


@pytest.mark.parametrize("sent", ["2026-12-31T08:30:00Z", "2026-12-31T08:30:00+01:00", "1066-10-14", "today"])
def test_a_date_that_a_cell_of_excel_cannot_have_is_kept_as_text(sent):
    rows = f'<row><c t="str"><v>ID</v></c></row><row><c t="d"><v>{sent}</v></c></row>'
    assert read(rejected(with_rows(rows), "a.xlsx", {0: "x"}), "a.xlsx")[2] == [[sent, "x"]]


def test_a_single_document_is_written_as_a_list():
    result = rejected(b'{"externalId": "A"}', "a.json", {0: "Why."})
    assert result == b'[\n{"externalId":"A","importError":"Why."}\n]\n'


def test_a_reason_with_characters_that_the_encoding_lacks_is_written():
    content = "Nr;Größe\r\n1;ü\r\n".encode("cp1252")
    assert read(rejected(content, "a.csv", {0: "Łódź →"}), "a.csv")[2] == [["1", "ü", "?ód? ?"]]


def test_rejected_rows_of_a_workbook_keep_the_types_of_their_cells():
    def build(book):
        sheet = fill(
            book.add_worksheet("Aufträge"), ["A", "B", "C", "D", "E", "F", "G"], ["x"], ["01067", 8, 1.5, True]
        )
        formats = ["dd.mm.yyyy", "dd.mm.yyyy hh:mm", "hh:mm"]
        for column, value, code in zip((4, 5, 6), (46387, 46387.5, 0.25), formats, strict=True):
            sheet.write_number(2, column, value, book.add_format({"num_format": code}))

    layout, _, rows = read(rejected(built(build), "a.xlsx", {1: "Falsch."}), "a.xlsx")
    dates = [date(2026, 12, 31), moment("2026-12-31 12:00"), time(6)]
    assert (layout.sheet, rows) == ("Aufträge", [["01067", 8, 1.5, True, *dates, "Falsch."]])


def test_no_cell_of_a_workbook_becomes_a_formula_or_a_link():
    row = ["=1+1", "https://example.org", "+49 30 123456", "{=1}", "-1", "@a"]
    result = rejected(workbook(["A", "B", "C", "D", "E", "F"], row), "a.xlsx", {0: "=2"})
    assert read(result, "a.xlsx")[2] == [[*row, "=2"]]
    with zipfile.ZipFile(io.BytesIO(result)) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")


def test_formulas_in_a_csv_file_are_escaped_and_phone_numbers_are_not():
    content = b"A;B;C\r\n=1+1;+49 30 123456;-1,5\r\n"
    result = rejected(content, "a.csv", {0: "@x"})
    assert result.decode("utf-8-sig") == "A;B;C;Import error\r\n'=1+1;+49 30 123456;-1,5;'@x\r\n"
    assert read(result, "a.csv")[2] == [["=1+1", "+49 30 123456", "-1,5", "@x"]]


def test_the_reason_is_replaced_when_rows_are_rejected_again():
    first = rejected(b"ID;Name\r\n1;A\r\n2;B\r\n", "a.csv", {0: "First.", 1: "Second."})
    assert read(rejected(first, "a.csv", {1: "Third."}), "a.csv")[1:] == (
        ["ID", "Name", "Import error"],
        [["2", "B", "Third."]],
    )


def test_the_heading_of_the_reason_is_one_that_imports_ignore():
    for language in ("en", "de"):
        with translation.override(language):
            result = rejected(b"ID;Name\r\n1;A\r\n", "a.csv", {0: "x"})
        assert read(result, "a.csv")[1][-1] in REASON_HEADINGS


def test_rejected_documents_are_a_list_with_a_member_that_imports_ignore():
    content = b'{"operation": "create", "targets": [{"externalId": "A"}, {"externalId": "B", "n": 0.10}, 5]}'
    result = rejected(content, "a.json", {1: "Why.", 2: "No object."})
    assert result == b'[\n{"externalId":"B","n":0.10,"operation":"create","importError":"Why."},\n5\n]\n'
    assert [document for _, document in read_documents(result)] == [
        document for _, document in read_documents(content)
    ][1:]


def test_rejected_lines_stay_lines():
    content = b'{"externalId": "A"}\n\n{"externalId": "B"}\n{"externalId": "C"}\n'
    result = rejected(content, "a.ndjson", {1: "Why.", 2: "Why."})
    assert result == b'{"externalId":"B","importError":"Why."}\n{"externalId":"C","importError":"Why."}\n'


def test_a_file_without_rejected_rows_has_headings_only():
    assert rejected(b"ID;Name\r\n1;A\r\n", "a.csv", {}) == b"\xef\xbb\xbfID;Name;Import error\r\n"
    assert read(rejected(workbook(["ID"], ["1"]), "a.xlsx", {}), "a.xlsx")[1:] == (["ID", "Import error"], [])


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)
FORMULAS = st.builds(str.__add__, st.sampled_from(["=", "+", "-", "@", "'=", "''+", " =", "'", "\t"]), TEXT)
TEXTS = TEXT | FORMULAS
MOMENTS = st.datetimes(moment("1900-03-01 00:00"), moment("2200-01-01 00:00")).map(
    lambda moment: moment.replace(microsecond=0)
)
CELLS = TEXTS | st.integers(-(10**14), 10**14) | st.booleans() | MOMENTS | MOMENTS.map(datetime.date)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(TEXTS, min_size=2, max_size=2), min_size=1, max_size=5))
def test_any_text_survives_a_csv_file_of_rejected_rows(rows):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=";").writerows([["ID", "Name", "Import error"], *[["'x", *row] for row in rows]])
    once = text.getvalue().encode()
    names = read(once, "a.csv")
    again = rejected(once, "a.csv", dict.fromkeys(range(len(rows)), "Why."))
    assert [row[:2] for row in read(again, "a.csv")[2]] == [row[:2] for row in names[2]]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=5))
def test_any_cell_survives_a_workbook_of_rejected_rows(rows):
    once = workbook(["A", "B", "C"], *rows)
    cells = read(once, "a.xlsx")[2]
    rejected_once = rejected(once, "a.xlsx", dict.fromkeys(range(len(cells)), "Why."))
    assert [row[:3] for row in read(rejected_once, "a.xlsx")[2]] == cells


def test_elapsed_times_survive_a_workbook_of_rejected_rows():
    def build(book):
        fill(book.add_worksheet(), ["A"]).write_number(1, 0, 1.5, book.add_format({"num_format": "[h]:mm"}))

    assert read(rejected(built(build), "a.xlsx", {0: "x"}), "a.xlsx")[2] == [[timedelta(hours=36), "x"]]
