"""Read the rows of a CSV file as they are, and find out its encoding and delimiter."""

import codecs
import csv
import io
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import IO, Any, cast

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _

from importjobs.files.layout import Layout, Row, UnreadableFile
from ordinavo.common.limits import MAX_ROW_LENGTH

_DELIMITERS = ";\t|,"
"""The likeliest first. A comma is last, because German text and numbers contain commas."""
_SAMPLE_BYTES = 64 * 1024
_SAMPLE_ROWS = 20
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark is the beginning of this one
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_EIGHT_BITS = ["cp1252", "iso8859_15", "cp850", "mac_roman"]
"""What German offices write besides Unicode, the likeliest first."""
_GERMAN = frozenset("äöüÄÖÜßé€„“”–")
_DECIMAL_COMMA = re.compile(r"-?[0-9.]*[0-9],(?:[0-9]{1,2}|[0-9]{4,})")
_SEPARATOR_LINE = re.compile(r"\ufeff?sep=(.)\r?\n?", re.IGNORECASE)
"""By which Excel is told the delimiter. Excel does not show this line."""


def layout_of(file: IO[bytes]) -> Layout:
    """Return how a CSV file is to be read. Its bytes are not checked beyond its encoding."""
    encoding = _encoding(file)
    file.seek(0)
    sample = codecs.getincrementaldecoder(encoding)("replace").decode(file.read(_SAMPLE_BYTES))
    separator = _SEPARATOR_LINE.match(sample)
    delimiter = separator[1] if separator else _delimiter(sample)
    return Layout("csv", encoding=encoding, delimiter=delimiter, numbers=_number_style(sample, delimiter))


def raw_rows(file: IO[bytes], layout: Layout) -> Generator[Row, None, None]:
    """Yield all rows, also empty ones. Empty cells are None. Row numbers count as Excel does: quoted lines are one row.

    Raises UnreadableFile if quotes are unbalanced, if there is a null character, if bytes do not belong to the
    encoding, or if a line has more than MAX_ROW_LENGTH characters.
    """
    number = 0
    with _text(file, layout.encoding) as text:
        try:
            reader = csv.reader(_lines(text), delimiter=layout.delimiter, quotechar=layout.quote, strict=True)
            for number, cells in enumerate(reader, start=1):
                yield Row(number, [cell or None for cell in cells])
        except csv.Error:
            message = _("The quotes in row %(row)d are unbalanced. Correct the row, or save the file as .xlsx.")
            raise UnreadableFile(message % {"row": number + 1}) from None
        except UnicodeError:
            message = _("Row %(row)d has characters in another encoding. Save the file as CSV UTF-8 or as .xlsx.")
            raise UnreadableFile(message % {"row": number + 1}) from None
        except _BadLine as error:
            raise UnreadableFile(error.args[0] % {"row": number + 1, "count": MAX_ROW_LENGTH}) from None


class _BadLine(Exception):
    """A line cannot be read. Its argument is a translated sentence with a place for the number of the row."""


@contextmanager
def _text(file: IO[bytes], encoding: str) -> Iterator[io.TextIOWrapper]:
    """Decode a file from its beginning. The file stays open afterwards."""
    file.seek(0)
    text = io.TextIOWrapper(cast(Any, file), encoding=encoding, newline="")
    try:
        yield text
    finally:
        if not file.closed:  # closing `text` would close the file
            text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines. Leaves out a first line by which Excel is told the delimiter. Raises _BadLine."""
    is_first = True
    while line := text.readline(MAX_ROW_LENGTH + 1):
        if len(line) > MAX_ROW_LENGTH:
            raise _BadLine(_("Row %(row)d has more than %(count)d characters. Save the file again as CSV or .xlsx."))
        if "\0" in line:
            raise _BadLine(_("Row %(row)d has a null character, so this is not a proper CSV file. Save it as .xlsx."))
        if not (is_first and _SEPARATOR_LINE.fullmatch(line)):
            yield line
        is_first = False


def _encoding(file: IO[bytes]) -> str:
    """Return Python's name of the encoding: by the byte order mark, else UTF-8 if it fits, else the likeliest."""
    file.seek(0)
    start = file.read(_SAMPLE_BYTES)
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if start.startswith(mark):
            return encoding
    if start[1::2].count(0) > len(start) * 0.3:
        return "utf-16-le"
    if start[::2].count(0) > len(start) * 0.3:
        return "utf-16-be"
    foreign = _foreign_lines(file)
    return "utf-8" if foreign is None else _eight_bit_encoding(foreign)


def _foreign_lines(file: IO[bytes]) -> bytes | None:
    """Return the first pieces of the file that are not ASCII, or None if the whole file is UTF-8."""
    file.seek(0)
    decoder, is_utf8, foreign = codecs.getincrementaldecoder("utf-8")(), True, bytearray()
    while piece := file.read(_SAMPLE_BYTES):
        if is_utf8:
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                is_utf8 = False
        if len(foreign) < _SAMPLE_BYTES:
            foreign += b"\n".join(line for line in piece.splitlines() if not line.isascii())
        elif not is_utf8:
            return bytes(foreign)
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        is_utf8 = False
    return None if is_utf8 else bytes(foreign)


def _eight_bit_encoding(data: bytes) -> str:
    """Return the encoding of text that is not Unicode: the one with the most German letters.

    charset-normalizer excludes those that make no sense, and decides where these are equally many. It cannot decide
    for short texts; Windows-1252 wins then.
    """
    matches = from_bytes(data, cp_isolation=_EIGHT_BITS, enable_fallback=False)
    chaos = {encoding: match.chaos for match in matches for encoding in match.could_be_from_charset}

    def rank(encoding: str) -> tuple[int, float, int]:
        letters = sum(map(_GERMAN.__contains__, data.decode(encoding, "replace")))
        return -letters, chaos[encoding], _EIGHT_BITS.index(encoding)

    return min((encoding for encoding in _EIGHT_BITS if encoding in chaos), key=rank, default=_EIGHT_BITS[0])


def _delimiter(sample: str) -> str:
    """Return the delimiter by which the first rows fit the heading best, the likelier one if two fit equally well."""
    return max(_DELIMITERS, key=lambda delimiter: _fitting_share(_sample_rows(sample, delimiter)))


def _fitting_share(rows: list[list[str]]) -> float:
    """Return the share of the rows that have several cells, and no more than the first. Zero if that has only one."""
    width = len(rows[0]) if rows else 0
    return sum(1 < len(row) <= width for row in rows) / len(rows) if width > 1 else 0


def _sample_rows(sample: str, delimiter: str) -> list[list[str]]:
    """Return the first rows that are not empty. The end of the sample may lie within a row, which is left out."""
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, strict=True):
            if any(row):
                rows.append(row)
            if len(rows) > _SAMPLE_ROWS:
                break
    except csv.Error:
        pass
    return rows[:-1] if len(rows) > 2 else rows


def _number_style(sample: str, delimiter: str) -> str:
    """Return how text cells write numbers: english if commas are the delimiter and no cell has a decimal comma."""
    is_english = delimiter == "," and not any(
        _DECIMAL_COMMA.fullmatch(cell) for row in _sample_rows(sample, delimiter) for cell in row
    )
    return "english" if is_english else "german"
