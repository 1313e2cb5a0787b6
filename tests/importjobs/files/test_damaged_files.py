"""Damaged files of every format: reading them raises nothing but UnreadableFile."""

import contextlib
import io
import zipfile

from hypothesis import given, settings
from hypothesis import strategies as st

from importjobs.files import reading
from importjobs.files.layout import UnreadableFile
from tests.importjobs.files.file_builders import repacked, workbook

CSV = 'Nr;Größe;Text\r\n1;"a;""b\nc";=x\r\n2;ü;\r\n'
FILES = [
    CSV.encode("cp1252"),
    CSV.encode("utf-8-sig"),
    CSV.encode("utf-16"),
    b'{"operation": "create", "targets": [{"externalId": "A", "n": [1.5, null]}, {"externalId": "\\u00fc"}]}',
    b'{"externalId": "A", "customer": {"name": "x"}}\n{"externalId": "B"}\n',
    b'[{"externalId": "A"}, {"externalId": "B"}]',
]
WORKBOOK = workbook(["Nr", "Größe"], ["1", 5], ["2", True])
CHANGES = st.lists(st.tuples(st.integers(0, 10**6), st.binary(max_size=6), st.integers(0, 6)), min_size=1, max_size=6)
NAMES = st.sampled_from(["a.csv", "a.json", "a.ndjson", "a.xlsx", "a"])


def read_all(content: bytes, name: str) -> None:
    """Read a file as an import does. Raises whatever reading raises, except UnreadableFile."""
    file = io.BytesIO(content)
    with contextlib.suppress(UnreadableFile):
        layout = reading.detect(file, name)
        if layout.has_columns:
            width = len(reading.headings(file, layout))
            assert all(len(row.cells) == width for row in reading.rows(file, layout))
        else:
            assert all(number > 0 for number, _ in reading.documents(file, layout))


def changed(content: bytes, changes: list[tuple[int, bytes, int]]) -> bytes:
    """Return bytes in which some, at places modulo the length, are replaced."""
    for place, new, length in changes:
        at = place % (len(content) + 1)
        content = content[:at] + new + content[at + length :]
    return content


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(FILES), CHANGES, NAMES)
def test_a_damaged_text_file_is_read_or_refused(content, changes, name):
    read_all(changed(content, changes), name)


@settings(max_examples=300, deadline=None)
@given(CHANGES)
def test_a_damaged_archive_is_read_or_refused(changes):
    read_all(changed(WORKBOOK, changes), "a.xlsx")


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(["workbook", "sheet1", "sharedStrings", "styles", ""]), CHANGES)
def test_a_damaged_part_of_a_workbook_is_read_or_refused(stem, changes):
    with zipfile.ZipFile(io.BytesIO(WORKBOOK)) as archive:
        part = next(name for name in archive.namelist() if name.rpartition("/")[2].startswith(f"{stem}."))
        damaged = changed(archive.read(part), changes)
    read_all(repacked(WORKBOOK, **{stem: damaged}), "a.xlsx")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), NAMES)
def test_any_bytes_are_read_or_refused(content, name):
    read_all(content, name)
