"""Reading CSV files as programs in German offices write them."""

import pytest

from importjobs.files.layout import UnreadableFile
from tests.importjobs.files.file_builders import read

HEADINGS = "ID;Name;Ort\r\n"


def cells(text: str, encoding: str = "cp1252") -> list[list[object]]:
    return read(text.encode(encoding), "a.csv")[2]


@pytest.mark.parametrize("name", ["Miloš", "Zoë", "bitte klingeln…", "Auto\u00admat\u00a07", "Škoda und Söhne"])
def test_windows_1252_is_recognised_by_other_than_german_letters(name):
    assert cells(f"{HEADINGS}1;{name};Ulm\r\n") == [["1", name, "Ulm"]]


def test_windows_1252_with_many_spaces_and_hyphens_that_do_not_break_is_recognised():
    text = "Auftrags\u00adnummer;P\u00a0L\u00a0Z;Tag\r\n47\u00ad11;\u00a001067\u00a0;31.12.2026\u00a0\r\n"
    assert cells(text) == [["47\u00ad11", "\u00a001067\u00a0", "31.12.2026\u00a0"]]


@pytest.mark.parametrize("encoding", ["cp850", "mac_roman"])
@pytest.mark.parametrize("name", ["Köln", "Groß", "Übach", "Jäger & Söhne", "Ärztehaus Süd"])
def test_a_single_german_word_tells_the_encodings_of_dos_and_mac(encoding, name):
    assert cells(f"{HEADINGS}1;{name};Ulm\r\n", encoding) == [["1", name, "Ulm"]]


def test_utf_8_with_a_row_in_another_encoding_is_refused_with_that_row():
    content = f"{HEADINGS}1;Müller;Ulm\r\n2;Größe;Ulm\r\n".encode() + "3;Köhler;Ulm\r\n4;A;B\r\n".encode("cp1252")
    with pytest.raises(UnreadableFile, match="Row 4 has characters in another encoding"):
        read(content, "a.csv")


@pytest.mark.parametrize(
    ("text", "style"),
    [
        ('ID,Betrag\n1,"12,50 €"\n2,1.234 €\n', "german"),
        ('ID,Betrag\n1,"€ 1.234,56"\n', "german"),
        ("ID,Gewicht,Datum\n1,1.250,31.12.2026\n", "german"),
        ("ID,Gewicht,Datum\n1,1.250,2026-12-31\n", "english"),
        ("ID;Gewicht;Betrag\n1;1.250;49.90\n", "english"),
        ("ID;Gewicht;Betrag\n1;1.250;0.125\n", "english"),
        ('ID;Amount\n1;"1,234.56"\n', "english"),
        ("ID;Gewicht;Betrag\n1;1.250;0.5\n2;2;3,75\n", "german"),
        ("ID;Gewicht;Zeit\n1;1.250;8.30\n", "german"),
        ("ID;Gewicht;Tag\n1;1.250;31.12\n", "german"),
        ("ID;Gewicht;Breite\n1;1.250;51.0504\n", "german"),
    ],
)
def test_the_cells_tell_how_numbers_are_written(text, style):
    assert read(text.encode(), "a.csv")[0].numbers == style


def test_a_cell_far_below_tells_how_numbers_are_written():
    text = "ID;Gewicht\r\n" + "1;1.250\r\n" * 500 + "2;0.75\r\n1;1\r\n"
    assert read(text.encode(), "a.csv")[0].numbers == "english"


def test_text_in_a_formula_that_keeps_zeros_is_read_as_the_text():
    assert cells('ID;Name;Ort\r\n="0815";"=""01067""";=""\r\n') == [["0815", "01067", None]]


def test_other_formulas_stay_text():
    assert cells('ID;Name;Ort\r\n1;=A1&"x";="a"&"b"\r\n') == [["1", '=A1&"x"', '="a"&"b"']]


def test_a_byte_order_mark_of_a_joined_file_is_dropped():
    assert cells(f'\ufeff{HEADINGS}1;A;B\r\n\ufeff"2";C;D\r\n', "utf-8") == [["1", "A", "B"], ["2", "C", "D"]]


def test_the_last_character_of_a_dos_file_is_no_row():
    assert cells(f"{HEADINGS}1;Köln;B\r\n\x1a", "cp850") == [["1", "Köln", "B"]]


def test_a_title_above_the_headings_does_not_hide_the_delimiter():
    text = "Lieferliste, Stand 27.11.2026\r\n\r\nID\tName\tOrt\r\n1\tA\tB\r\n2\tC\tD\r\n"
    with pytest.raises(UnreadableFile, match="Row 3 has a value in column B"):
        read(text.encode(), "a.csv")


def test_headings_that_are_repeated_on_each_page_are_no_rows():
    text = f"{HEADINGS}1;A;B\r\n{HEADINGS}2;C;D\r\n"
    assert cells(text) == [["1", "A", "B"], ["2", "C", "D"]]
