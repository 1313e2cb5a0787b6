"""Reading CSV files."""

import pytest

from importjobs.files.layout import UnreadableFile
from ordinavo.common.limits import MAX_CELL_LENGTH, MAX_ROW_LENGTH
from tests.importjobs.files.file_builders import read, row_numbers

ROWS = [["4711", "Müller & Söhne", "01067"], ["4712", "Groß", "80331"]]
TEXT = "Auftrag;Name;PLZ\r\n4711;Müller & Söhne;01067\r\n4712;Groß;80331\r\n"


def cells(text: str) -> list[list[object]]:
    return read(text.encode(), "a.csv")[2]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (TEXT.encode("cp1252"), "cp1252"),
        (TEXT.encode("utf-8-sig"), "utf-8-sig"),
        (TEXT.encode(), "utf-8"),
        (TEXT.encode("utf-16"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("utf-32"), "utf-32"),
        (TEXT.encode("cp850"), "cp850"),
        (TEXT.encode("mac_roman"), "mac_roman"),
    ],
)
def test_the_encodings_of_german_offices_are_recognised(content, encoding):
    layout, headings, rows = read(content, "Aufträge.csv")
    assert (layout.encoding, headings, rows) == (encoding, ["Auftrag", "Name", "PLZ"], ROWS)


def test_windows_1252_wins_over_its_look_alikes():
    content = "Nr;Preis;Name\r\n1;5 €;„Bäckerei“ – Straße\r\n2;7 €;Café Größe\r\n".encode("cp1252")
    assert read(content, "a.csv")[0].encoding == "cp1252"


def test_an_umlaut_far_behind_the_beginning_of_the_file_is_read():
    content = ("ID;Name\r\n" + "1;Meier\r\n" * 20_000 + "2;Müller\r\n").encode("cp1252")
    assert read(content, "a.csv")[2][-1] == ["2", "Müller"]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_each_usual_delimiter_is_recognised(delimiter):
    text = "\r\n".join(delimiter.join(row) for row in [["ID", "Name"], ["1", "A"], ["2", "B"]])
    layout, headings, rows = read(text.encode(), "a.csv")
    assert (layout.delimiter, headings, rows) == (delimiter, ["ID", "Name"], [["1", "A"], ["2", "B"]])


def test_commas_in_cells_are_not_taken_for_the_delimiter():
    text = "ID;Straße, Nr.;Betrag\r\n1;Weg 1, Hof, links;1,50\r\n2;Gasse 2, 3. OG;2,75\r\n"
    assert cells(text)[0] == ["1", "Weg 1, Hof, links", "1,50"]


def test_a_semicolon_wins_over_commas_that_every_row_has():
    text = "ID;Straße, Nr, Ort\r\n1;Weg, 1, Ulm\r\n2;Gasse, 2, Bonn\r\n"
    assert cells(text)[0] == ["1", "Weg, 1, Ulm"]


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ("ID;Betrag\n1;5\n", "german"),
        ("ID,Amount\n1,1.234\n", "english"),
        ('ID,Betrag\n1,"1.234,5"\n', "german"),
        ('ID,Betrag\n1,"1585,9500000000"\n', "german"),
        ('ID,Amount\n1,"1,234"\n', "english"),
        ("ID\tBetrag\n1\t5\n", "german"),
    ],
)
def test_the_delimiter_tells_how_numbers_are_written(text, style):
    assert read(text.encode(), "a.csv")[0].numbers == style


def test_a_file_with_one_column_is_read():
    assert cells("ID\r\n1\r\n2\r\n") == [["1"], ["2"]]


def test_the_line_that_tells_excel_the_delimiter_is_no_row():
    content = b"sep=|\r\nID|Name\r\n1|A;B\r\n"
    assert read(content, "a.csv")[1:] == (["ID", "Name"], [["1", "A;B"]])
    assert row_numbers(content, "a.csv") == [2]


def test_quoted_cells_keep_line_breaks_quotes_and_delimiters():
    assert cells('ID;Text\r\n1;"Zeile 1\nZeile ""2"";3"\r\n') == [["1", 'Zeile 1\nZeile "2";3']]


def test_a_quote_within_a_cell_without_quotes_is_text():
    assert cells('ID;Text\r\n1;Rohr 5" lang\r\n') == [["1", 'Rohr 5" lang']]


def test_rows_are_numbered_as_the_office_program_numbers_them():
    content = b'\r\nID;Text\r\n1;"two\nlines"\r\n\r\n;;\r\n2;B\r\n'
    assert row_numbers(content, "a.csv") == [3, 6]


def test_line_ends_of_old_macs_are_read():
    assert cells("ID;Name\r1;A\r2;B\r") == [["1", "A"], ["2", "B"]]


def test_empty_cells_are_none_and_short_rows_are_filled():
    assert cells("ID;Name;Ort\r\n1;;X\r\n2\r\n") == [["1", None, "X"], ["2", None, None]]


def test_trailing_empty_columns_are_ignored():
    assert read(b"ID;Name;;\r\n1;A;;\r\n", "a.csv")[1:] == (["ID", "Name"], [["1", "A"]])


def test_headings_lose_white_space_and_line_breaks():
    assert read(b'" ID ";"Wunsch-\n termin"\r\n1;A\r\n', "a.csv")[1] == ["ID", "Wunsch- termin"]


def test_a_column_without_a_heading_gets_its_letters():
    assert read(b"ID;;Ort\r\n1;A;B\r\n", "a.csv")[1] == ["ID", "(B)", "Ort"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("ID;Name;ID\r\n1;A;2\r\n", "The heading “ID” is in columns A and C."),
        ("ID;Name\r\n1;A\r\n2;B;C\r\n", "Row 3 has a value in column C, which has no heading in row 1."),
        ('ID;Name\r\n1;"A\r\n2;B\r\n', "The quotes in row 2 are unbalanced."),
        ('ID;Name\r\n1;"A"B\r\n', "The quotes in row 2 are unbalanced."),
        ("ID;Name\r\n1;A\r\n2;B\0\r\n", "Row 3 has a null character"),
        (
            f"ID;Name\r\n1;{'A' * (MAX_CELL_LENGTH + 1)}\r\n",
            "The cell in row 2, column B has more than 32767 characters.",
        ),
        (f"ID;Name\r\n1;{'A' * (MAX_ROW_LENGTH + 1)}\r\n", "Row 2 has more than 1048576 characters."),
        ("\r\n;;\r\n", "The file has no rows."),
        (";".join(f"C{number}" for number in range(1_001)), "The file has more than 1000 columns."),
    ],
)
def test_a_faulty_table_is_refused_with_a_sentence(text, message):
    with pytest.raises(UnreadableFile) as error:
        read(text.encode(), "a.csv")
    assert message in str(error.value)


def test_bytes_of_another_encoding_are_refused_with_their_row():
    content = "\ufeffID;Name\r\n1;A\r\n".encode() + b"2;M\xfcller\r\n"
    with pytest.raises(UnreadableFile, match="has characters in another encoding"):
        read(content, "a.csv")


def test_an_unbalanced_quote_that_swallows_a_long_file_is_refused():
    text = 'ID;Name\r\n1;"A\r\n' + "2;B\r\n" * 100_000
    with pytest.raises(UnreadableFile, match="The quotes in row 2 are unbalanced"):
        read(text.encode(), "a.csv")
