"""Files of other formats, which are refused with a sentence that says what to do."""

import io
import zipfile

import pytest

from importjobs.files import reading
from importjobs.files.layout import UnreadableFile
from tests.importjobs.files.file_builders import built, workbook

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def archive(**files: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return content.getvalue()


def refusal(content: bytes, name: str) -> str:
    with pytest.raises(UnreadableFile) as error:
        reading.detect(io.BytesIO(content), name)
    return str(error.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "The file is empty."),
        (b"\xef\xbb\xbf\r\n ", "The file is empty."),
        (b"%PDF-1.7", "a PDF document. Save it as .xlsx or .csv"),
        (b"\x89PNG\r\n\x1a\n", "an image"),
        (b"\xff\xd8\xff\xe0", "an image"),
        (b"BM\x36\0\0\0\0\0", "an image"),
        (b"\x1f\x8b\x08\0", "a compressed file"),
        (b"<html><table>", "an XML file or a web page"),
        (b"MIME-Version: 1.0\r\nX-Document-Type: Workbook\r\n", "an XML file or a web page"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>", "an XML file or a web page"),
        (OLE + b"\0" * 2000, "an old version of Excel (.xls)"),
        (OLE + b"\0" * 2_000_001 + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        (archive(**{"a.csv": b"ID"}), "This is a ZIP archive. Unpack it"),
        (archive(mimetype=b"application/vnd.oasis.opendocument.spreadsheet"), "an OpenDocument file"),
        (archive(**{"[Content_Types].xml": b"", "xl/workbook.bin": b""}), "a binary workbook (.xlsb)"),
        (archive(**{"[Content_Types].xml": b"", "word/document.xml": b""}), "a text document or a presentation"),
        (archive(**{"[Content_Types].xml": b"", "xl/vbaProject.bin": b""}), "contains macros. Save it as .xlsx"),
        (archive(**{"[Content_Types].xml": b""}), "The workbook is damaged."),
        (b"PK\x03\x04 broken", "The workbook is damaged."),
    ],
)
def test_a_foreign_file_is_refused_with_what_to_do(content, message):
    assert message in refusal(content, "orders.xlsx")


def test_a_workbook_with_macros_is_refused_by_any_name(tmp_path):
    (tmp_path / "vba.bin").write_bytes(b"macro")
    content = built(lambda book: (book.add_worksheet(), book.add_vba_project(str(tmp_path / "vba.bin"))))
    assert "contains macros" in refusal(content, "orders.xlsx")


def test_a_format_is_recognised_whatever_the_name_says():
    assert reading.detect(io.BytesIO(workbook(["ID"], ["1"])), "orders.csv").format == "xlsx"
    assert reading.detect(io.BytesIO(b"ID;Name\n1;A\n"), "orders.xlsx").format == "csv"
    assert reading.detect(io.BytesIO(b'[{"externalId": "1"}]'), "orders").format == "json"


def test_a_table_may_begin_with_a_bracket():
    assert reading.detect(io.BytesIO(b"[ID];Name\n1;A\n"), "orders.csv").format == "csv"


def test_a_table_may_begin_like_a_bitmap():
    assert reading.detect(io.BytesIO(b"BMW;Name\n1;A\n"), "orders.csv").format == "csv"
