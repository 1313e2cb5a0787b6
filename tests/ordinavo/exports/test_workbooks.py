"""A workbook with more rows than a sheet may have gets further sheets."""

import pytest

from ordinavo.common.exports.writers import workbook
from tests.exports import sheets


@pytest.mark.parametrize(("rows", "expected"), [(0, [0]), (2, [2]), (3, [2, 1]), (4, [2, 2])])
def test_rows_that_do_not_fit_go_to_further_sheets(tmp_path, rows, expected):
    path = tmp_path / "book.xlsx"
    with workbook(str(path), ["number"], rows_per_sheet=2) as writer:
        for number in range(rows):
            writer.write([number])
    found = sheets(path.read_bytes())
    assert [len(sheet) - 1 for sheet in found] == expected
    assert {sheet[0][0] for sheet in found} == {"number"}
    assert [row[0] for sheet in found for row in sheet[1:]] == list(range(rows))


def test_a_workbook_that_fails_is_not_finished(tmp_path):
    path = tmp_path / "book.xlsx"
    with pytest.raises(KeyError), workbook(str(path), ["number"]):
        raise KeyError
    assert not path.exists()
