"""The texts of an XLSX file, which its cells refer to by number."""

import re
from array import array
from collections.abc import Iterator
from typing import IO

from django.utils.translation import gettext as _

from importjobs.files import xml_parts
from importjobs.files.layout import UnreadableFile
from ordinavo.common.limits import MAX_CELL_LENGTH, MAX_WORKBOOK_STRING_BYTES, MAX_WORKBOOK_STRINGS

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
"""How XLSX writes a character that XML cannot hold, such as _x000D_ (ECMA-376, ST_Xstring)."""

_LONGEST_BYTES = 7 * MAX_CELL_LENGTH
"""An escaped character has seven."""


class SharedStrings:
    """The texts by their number, counted from 0. They are read when they are needed, in their order.

    They are kept in UTF-8 in one piece, because a million str objects would need several times as much memory.
    """

    def __init__(self, stream: IO[bytes] | None) -> None:
        """Read the texts from the part of the workbook, or have none if there is no such part."""
        self._content = bytearray()
        self._ends = array("Q", [0])
        self._depth = 0
        self._collects = False
        self._pieces: Iterator[None] = (
            xml_parts.parse(stream, self._start, self._end, self._text) if stream else iter(())
        )

    def __getitem__(self, number: int) -> str:
        """Return a text. Raises IndexError if there is none, and UnreadableFile if the texts exceed the limits."""
        if number < 0:
            raise IndexError(number)
        while number + 1 >= len(self._ends):
            self._read_on(number)
        start, end = self._ends[number], self._ends[number + 1]
        if end - start > _LONGEST_BYTES:
            text = _("A cell of the workbook has more than %(count)d characters. Shorten it.")
            raise UnreadableFile(text % {"count": MAX_CELL_LENGTH})
        return unescape(self._content[start:end].decode())

    def _read_on(self, number: int) -> None:
        """Read the next piece. Raises IndexError with `number` at the end, and UnreadableFile over the limits."""
        for _piece in self._pieces:
            break
        else:
            raise IndexError(number)
        if len(self._ends) > MAX_WORKBOOK_STRINGS or len(self._content) > MAX_WORKBOOK_STRING_BYTES:
            raise UnreadableFile(_("The workbook has too many texts. Split it, or save it as CSV."))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        """Begin to collect the text of an element `t`, unless it is the pronunciation (rPh) of one."""
        if name == "rPh":
            self._depth += 1
        self._collects = name == "t" and not self._depth

    def _end(self, name: str) -> None:
        """End a text at the end of its item (si)."""
        self._collects = False
        if name == "rPh":
            self._depth -= 1
        elif name == "si":
            self._ends.append(len(self._content))

    def _text(self, text: str) -> None:
        """Collect a part of a text."""
        if self._collects:
            self._content += text.encode()


def unescape(text: str) -> str:
    """Return text with its escaped characters, except null and halves of surrogate pairs, which stay escaped."""
    return _ESCAPED.sub(_character, text) if "_x" in text else text


def _character(match: re.Match[str]) -> str:
    """Return the character of an escape sequence, or the sequence if no text may have that character."""
    code = int(match[1], 16)
    return match[0] if code == 0 or 0xD800 <= code < 0xE000 else chr(code)
