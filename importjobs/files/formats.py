"""Recognise the format of a file by its content, and say of other formats what to do instead."""

import codecs
import zipfile
from pathlib import PurePath
from typing import IO

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from importjobs.files import json_file, workbook
from importjobs.files.layout import UnreadableFile

_START_BYTES = 1024
_PIECE_BYTES = 1024 * 1024
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Of files of Excel before 2007, and of encrypted ones of any version."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_JSON_ENDINGS = frozenset({".json", ".ndjson", ".jsonl"})
_SAVE_AS = gettext_lazy("This is %(kind)s. Save it as .xlsx or .csv and choose the new file.")
_FOREIGN: dict[bytes, str | Promise] = {
    b"%PDF": gettext_lazy("a PDF document"),
    b"\x89PNG": gettext_lazy("an image"),
    b"\xff\xd8\xff": gettext_lazy("an image"),
    b"GIF8": gettext_lazy("an image"),
    b"BM": gettext_lazy("an image"),
    b"II*\0": gettext_lazy("an image"),
    b"MM\0*": gettext_lazy("an image"),
    b"RIFF": gettext_lazy("an image or a recording"),
    b"\x1f\x8b": gettext_lazy("a compressed file"),
    b"7z\xbc\xaf": gettext_lazy("a compressed file"),
    b"Rar!": gettext_lazy("a compressed file"),
    b"BZh": gettext_lazy("a compressed file"),
    b"\xfd7zXZ": gettext_lazy("a compressed file"),
    b"{\\rtf": gettext_lazy("a text document"),
    b"<": gettext_lazy("an XML file or a web page"),
    b"MIME-Version:": gettext_lazy("an XML file or a web page"),
}
"""Other formats by the first bytes of a file."""
_BINARY_START = (b"BM", b"II*\0")
"""First bytes with which a text could begin as well: a null character among the next ones tells."""


def format_of(file: IO[bytes], name: str) -> str:
    """Return csv, xlsx, json or ndjson. Raises UnreadableFile, which says what to do, for any other format."""
    file.seek(0)
    start = file.read(_START_BYTES)
    if not start.strip(b"\xef\xbb\xbf \t\r\n"):
        raise UnreadableFile(_("The file is empty. Check that you chose the right one."))
    if start.startswith(_ZIP):
        return _zip_format(file)
    if start.startswith(_OLE):
        raise _old_workbook(file)
    _refuse_foreign(start)
    return _text_format(file, start, PurePath(name).suffix.lower())


def _zip_format(file: IO[bytes]) -> str:
    """Return xlsx. Raises UnreadableFile if a ZIP archive is not a workbook without macros."""
    try:
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            workbook.refuse_bomb(archive)
            names = {entry.lower().replace("\\", "/") for entry in archive.namelist()}
            kind = archive.read("mimetype")[:100] if "mimetype" in names else b""
    except workbook.FAULTS:
        raise workbook.damaged() from None
    if any(name.endswith("vbaproject.bin") for name in names):
        raise UnreadableFile(_("The workbook contains macros. Save it as .xlsx, without macros."))
    if b"opendocument" in kind:
        raise _foreign(_("an OpenDocument file"))
    if "xl/workbook.bin" in names:
        raise _foreign(_("a binary workbook (.xlsb)"))
    if "word/document.xml" in names or "ppt/presentation.xml" in names:
        raise _foreign(_("a text document or a presentation"))
    if "[content_types].xml" not in names:
        raise UnreadableFile(_("This is a ZIP archive. Unpack it and choose the file in it."))
    return "xlsx"


def _old_workbook(file: IO[bytes]) -> UnreadableFile:
    """Return the error for a workbook of the old format, or for one that is protected by a password."""
    file.seek(0)
    last = b""
    while piece := file.read(_PIECE_BYTES):
        if _ENCRYPTED in last + piece:
            return UnreadableFile(_("The workbook is protected by a password. Save it without the password."))
        last = piece[-len(_ENCRYPTED) :]
    return _foreign(_("a workbook of an old version of Excel (.xls)"))


def _refuse_foreign(start: bytes) -> None:
    """Raise UnreadableFile if the first bytes are those of another format."""
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    for beginning, kind in _FOREIGN.items():
        if text.startswith(beginning) and (beginning not in _BINARY_START or b"\0" in start[4:32]):
            raise _foreign(kind)


def _text_format(file: IO[bytes], start: bytes, ending: str) -> str:
    """Return json, ndjson or csv for a text. A file named .csv or .txt is a table, whatever its first character is."""
    first = start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if ending in _JSON_ENDINGS and start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise UnreadableFile(_("The file is JSON in UTF-16. Save it in UTF-8 and choose the new file."))
    if ending in _JSON_ENDINGS and first not in {b"{", b"["}:
        raise UnreadableFile(_("The file is not JSON. JSON begins with { or [."))
    if first not in {b"{", b"["} or ending in {".csv", ".txt"}:
        return "csv"
    if ending in {".ndjson", ".jsonl"} or (first == b"{" and json_file.is_ndjson(file)):
        return "ndjson"
    return "json"


def _foreign(kind: str | Promise) -> UnreadableFile:
    """Return the error for a file of another format, which `kind` names with its article."""
    return UnreadableFile(_SAVE_AS % {"kind": kind})
