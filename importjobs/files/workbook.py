"""Open an XLSX file: check that it cannot use up the memory, and find its sheets, styles and texts (ECMA-376)."""

import posixpath
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, NamedTuple
from xml.parsers import expat

from django.utils.translation import gettext as _

from importjobs.files import xml_parts
from importjobs.files.layout import UnreadableFile
from ordinavo.common.limits import MAX_WORKBOOK_BYTES, MAX_WORKBOOK_ENTRIES, MAX_WORKBOOK_RATIO

_SMALL_PART = 16 * 1024 * 1024
"""Bytes of a part that may have any ratio: so much can be unpacked without harm."""
_TRUE = frozenset({"1", "true", "on"})
FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    expat.ExpatError,
    EOFError,
    LookupError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    ValueError,
)
"""What reading a damaged workbook raises."""


class Sheet(NamedTuple):
    """A sheet that staff can see."""

    name: str
    part: str
    """The name of its file within the workbook."""


class Workbook:
    """The parts of an XLSX file. Made by `opened`."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names = {name.lower().replace("\\", "/"): name for name in archive.namelist()}
        self.sheets: list[Sheet] = []
        self.counts_from_1904 = False
        self.lacks_results = False
        """Whether a program has written formulas without computing them: it asks Excel to do so."""
        main = self._related("", "/officeDocument")[0]
        self._parts = self._relations(main)
        self._read_main(main)
        self.styles = self._first_part("/styles")
        """The name of the part with the styles, or empty."""
        self.strings = self._first_part("/sharedStrings")
        """The name of the part with the texts, or empty."""

    def open(self, part: str) -> IO[bytes]:
        """Open a part for reading. Raises KeyError if it does not exist."""
        return self._archive.open(self._names[part.lower()])

    def _read_main(self, main: str) -> None:
        """Find the visible worksheets, from which day dates are counted, and whether formulas were computed."""

        def start(name: str, attributes: dict[str, str]) -> None:
            if name == "workbookPr":
                self.counts_from_1904 = attributes.get("date1904", "0").lower() in _TRUE
            elif name == "calcPr":
                self.lacks_results = attributes.get("fullCalcOnLoad", "0").lower() in _TRUE
            elif name == "sheet" and attributes.get("state", "visible") == "visible":
                kind, part = self._parts.get(_relation_id(attributes), ("", ""))
                if kind.endswith("/worksheet"):
                    self.sheets.append(Sheet(attributes["name"], part))

        with self.open(main) as stream:
            xml_parts.parse_whole(stream, start)

    def _first_part(self, kind: str) -> str:
        """Return the name of the first part of a kind that exists, or empty."""
        parts = (part for own_kind, part in self._parts.values() if own_kind.endswith(kind))
        return next((part for part in parts if part.lower() in self._names), "")

    def _related(self, source: str, kind: str) -> list[str]:
        """Return the names of the parts of a kind that a part refers to. Raises ValueError if there is none."""
        found = [part for own_kind, part in self._relations(source).values() if own_kind.endswith(kind)]
        if not found:
            raise ValueError(kind)
        return found

    def _relations(self, source: str) -> dict[str, tuple[str, str]]:
        """Return the type and name of the parts that a part refers to, by the id of the relation."""
        folder, name = posixpath.split(source)
        found: dict[str, tuple[str, str]] = {}

        def start(element: str, attributes: dict[str, str]) -> None:
            if element == "Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"]))
                found[attributes["Id"]] = (attributes["Type"], target.lstrip("/"))

        with self.open(posixpath.join(folder, "_rels", f"{name}.rels")) as stream:
            xml_parts.parse_whole(stream, start)
        return found


@contextmanager
def opened(file: IO[bytes]) -> Iterator[Workbook]:
    """Open an XLSX file for the block. Raises UnreadableFile if it is damaged, also for faults found in the block."""
    try:
        file.seek(0)
        with zipfile.ZipFile(file) as archive:
            refuse_bomb(archive)
            yield Workbook(archive)
    except FAULTS:
        raise damaged() from None


def damaged() -> UnreadableFile:
    """Return the error that a workbook is damaged."""
    return UnreadableFile(_("The workbook is damaged. Open it in Excel, save it as .xlsx and choose the new file."))


def refuse_bomb(archive: zipfile.ZipFile) -> None:
    """Raise UnreadableFile if a workbook is encrypted, or larger when unpacked than MAX_WORKBOOK_BYTES or the ratio.

    The sizes are those that the archive states. zipfile never unpacks more of a part than that.
    """
    parts = archive.infolist()
    is_large = len(parts) > MAX_WORKBOOK_ENTRIES or sum(part.file_size for part in parts) > MAX_WORKBOOK_BYTES
    if is_large or any(_is_suspicious(part) for part in parts):
        raise UnreadableFile(
            _("The workbook is too large when unpacked. Copy the rows into a new workbook, or save as CSV.")
        )
    if any(part.flag_bits & 1 for part in parts):
        raise UnreadableFile(_("The workbook is protected by a password. Save it without the password."))
    if any(part.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED} for part in parts):
        raise NotImplementedError


def _is_suspicious(part: zipfile.ZipInfo) -> bool:
    """Return whether a large part was packed better than office programs ever do."""
    return part.file_size > max(_SMALL_PART, part.compress_size * MAX_WORKBOOK_RATIO)


def _relation_id(attributes: dict[str, str]) -> str:
    """Return the attribute `r:id`, whatever its prefix is."""
    return next((value for name, value in attributes.items() if name.endswith(":id")), "")
