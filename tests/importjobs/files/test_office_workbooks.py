"""Reading XLSX files as Excel, libraries and ERPs write them."""

import io
import zipfile

import pytest

from importjobs.files.layout import Percent, UnreadableFile
from importjobs.files.rejected import write_rejected
from tests.importjobs.files.converters import converted_cell
from tests.importjobs.files.file_builders import built, fill, read, with_rows, workbook

HEADINGS = '<row><c t="str"><v>ID</v></c><c t="str"><v>Name</v></c></row>'


def cells(content: bytes) -> list[list[object]]:
    return read(content, "a.xlsx")[2]


def refusal(content: bytes) -> str:
    with pytest.raises(UnreadableFile) as error:
        read(content, "a.xlsx")
    return str(error.value)


def formatted(value, code):
    """Return a workbook with one value in a number format."""

    def build(book):
        fill(book.add_worksheet(), ["ID"]).write_number(1, 0, value, book.add_format({"num_format": code}))

    return built(build)


def changed(content, change):
    """Return a workbook whose parts have the names and bytes that `change` returns for each."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(*change(name, old.read(name)))
    return out.getvalue()


@pytest.mark.parametrize(
    ("value", "code", "expected"),
    [
        (1067, "00000", "01067"),
        (4711, "0000000000", "0000004711"),
        (123456, "00000", "123456"),
        (1067, '"D-"00000', "01067"),
        (1067.5, "00000", 1067.5),
        (-5, "000", -5),
        (8, "0", 8),
    ],
)
def test_zeros_that_a_format_shows_before_a_number_are_read(value, code, expected):
    assert cells(formatted(value, code)) == [[expected]]


@pytest.mark.parametrize(("value", "code", "shown"), [(1, "0%", "100"), (0.07, "0.00%", "7"), (0.125, "0.0 %", "12.5")])
def test_a_percentage_is_read_as_it_is_shown(value, code, shown):
    [[cell]] = cells(formatted(value, code))
    assert converted_cell("businessValue.closeProbability", cell) == shown


def test_a_percentage_is_no_whole_number():
    assert converted_cell("planning.estimatedWorkMinutes", Percent(0.8)) == "0.8"
    assert converted_cell("sourceVersion", Percent(1)) == "100 %"


def test_a_rejected_percentage_is_read_back_as_one():
    out = io.BytesIO()
    content = formatted(1, "0%")
    write_rejected(io.BytesIO(content), read(content, "a.xlsx")[0], {0: "x"}, out)
    cell = cells(out.getvalue())[0][0]
    assert (type(cell), cell) == (Percent, 1)


@pytest.mark.parametrize("cell", ["<c><f>B9</f></c>", "<c><f>B9</f><v></v></c>", '<c><f t="shared" si="0"/><v/></c>'])
def test_a_formula_that_was_never_computed_is_refused_with_its_cell(cell):
    content = with_rows(f'{HEADINGS}<row><c t="str"><v>1</v></c>{cell}</row>')
    assert "The formula in cell B2 has no result." in refusal(content)


def test_an_empty_text_is_the_result_of_a_formula():
    rows = f'{HEADINGS}<row><c t="str"><v>1</v></c><c t="str"><f>""</f><v></v></c></row>'
    assert cells(with_rows(rows)) == [["1", None]]


def test_the_zero_of_a_library_is_not_the_result_of_a_formula():
    def build(book):
        fill(book.add_worksheet(), ["ID", "Betrag"], ["1"]).write_formula("B2", "=3*4")

    assert "The formula in cell B2 has no result." in refusal(built(build))


def test_a_formula_whose_result_is_zero_is_read():
    content = with_rows(f"{HEADINGS}<row><c><v>1</v></c><c><f>1-1</f><v>0</v></c></row>")
    content = changed(content, lambda name, part: (name, part.replace(b'fullCalcOnLoad="1"', b"")))
    assert cells(content) == [[1, 0]]


def test_a_workbook_with_backslashes_in_the_names_of_its_parts_is_read():
    content = changed(workbook(["ID"], ["1"]), lambda name, part: (name.replace("/", "\\"), part))
    assert cells(content) == [["1"]]


@pytest.mark.parametrize(
    ("amounts", "style"),
    [
        (["1,234", "1,234.50"], "english"),
        (["1.250", "0.75"], "english"),
        (["1.250", "0,75"], "german"),
        ([1.5], "german"),
    ],
)
def test_the_texts_of_a_workbook_tell_how_numbers_are_written(amounts, style):
    rows = [["1", amount] for amount in amounts]
    assert read(workbook(["ID", "Betrag"], *rows), "a.xlsx")[0].numbers == style
