"""Read the rows of a CSV file as they are, and find out its encoding and delimiter."""

import codecs
import csv
import io
import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, cast

from django.utils.translation import gettext as _

from importjobs.files.encodings import encoding_of
from importjobs.files.layout import Layout, Row, UnreadableFile
from importjobs.files.number_style import number_style
from ordinavo.common.limits import MAX_ROW_LENGTH

_DELIMITERS = ";\t|,"
"""The likeliest first. A comma is last, because German text and numbers contain commas."""
_SAMPLE_BYTES = 64 * 1024
_SAMPLE_ROWS = 20
_SEPARATOR_LINE = re.compile(r"\ufeff?sep=(.)\r?\n?", re.IGNORECASE)
"""By which Excel is told the delimiter. Excel does not show this line."""
_TEXT_FORMULA = re.compile(r'="([^"]*)"')
_SURROGATE = re.compile("[\ud800-\udfff]")
_END_OF_DOS_FILE = "\x1a"


def layout_of(file: IO[bytes]) -> Layout:
    """Return how a CSV file is to be read. Its bytes are not checked beyond its encoding."""
    encoding = encoding_of(file)
    sample = _sample(file, encoding)
    separator = _SEPARATOR_LINE.match(sample)
    delimiter = separator[1] if separator else _delimiter(sample)
    numbers = number_style(_sample_rows(sample, delimiter), default="english" if delimiter == "," else "german")
    return Layout("csv", encoding=encoding, delimiter=delimiter, numbers=numbers)


def _sample(file: IO[bytes], encoding: str) -> str:
    """Return the first lines of the file."""
    file.seek(0)
    data = file.read(_SAMPLE_BYTES)
    text = codecs.getincrementaldecoder(encoding)("replace").decode(data)
    is_cut = len(data) == _SAMPLE_BYTES
    return text[: max(text.rfind("\n"), text.rfind("\r")) + 1] or text if is_cut else text


def raw_rows(file: IO[bytes], layout: Layout) -> Generator[Row, None, None]:
    """Yield all rows, also empty ones. Empty cells are None. Row numbers count as Excel does: quoted lines are one row.

    A cell such as ="0815", by which programs keep Excel from dropping zeros, is the text in it. Raises UnreadableFile
    if quotes are unbalanced, if there is a null character, if bytes do not belong to the encoding, or if a line has
    more than MAX_ROW_LENGTH characters.
    """
    number = 0
    with _text(file, layout.encoding) as text:
        try:
            reader = csv.reader(_lines(text), delimiter=layout.delimiter, quotechar=layout.quote, strict=True)
            for number, cells in enumerate(reader, start=1):
                yield Row(number, [_kept_text(cell) if cell[:2] == '="' else cell or None for cell in cells])
        except csv.Error:
            message = _("The quotes in row %(row)d are unbalanced. Correct the row, or save the file as .xlsx.")
            raise UnreadableFile(message % {"row": number + 1}) from None
        except UnicodeError:
            raise UnreadableFile(_foreign_bytes() % {"row": number + 1}) from None
        except _BadLine as error:
            raise UnreadableFile(error.args[0] % {"row": number + 1, "count": MAX_ROW_LENGTH}) from None


def _kept_text(cell: str) -> str | None:
    """Return the text in a formula that is nothing but text, such as ="0815"; any other cell as it is."""
    match = _TEXT_FORMULA.fullmatch(cell)
    return (match[1] or None) if match else cell


def _foreign_bytes() -> str:
    """Return the sentence about bytes of another encoding, with a place for the number of the row."""
    return _("Row %(row)d has characters in another encoding. Save the file as CSV UTF-8 or as .xlsx.")


class _BadLine(Exception):
    """A line cannot be read. Its argument is a translated sentence with a place for the number of the row."""


@contextmanager
def _text(file: IO[bytes], encoding: str) -> Iterator[io.TextIOWrapper]:
    """Decode a file from its beginning. The file stays open afterwards.

    Bytes that do not belong to the encoding become surrogates, so that their row is known. UTF-16 and UTF-32 have none.
    """
    file.seek(0)
    errors = "strict" if encoding.startswith(("utf-16", "utf-32")) else "surrogateescape"
    text = io.TextIOWrapper(cast(Any, file), encoding=encoding, errors=errors, newline="")
    try:
        yield text
    finally:
        if not file.closed:  # closing `text` would close the file
            text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Yield the lines with their line ends, without a first line such as "sep=;" that tells Excel the delimiter.

    Drops a byte order mark before a line, which is there if files were joined, and lines that are only Ctrl-Z, as at
    the end of DOS files. Raises _BadLine for a line of more than MAX_ROW_LENGTH characters, a null character, or bytes
    of another encoding, and UnicodeError for such bytes in UTF-16 or UTF-32.
    """
    is_first = True
    while line := text.readline(MAX_ROW_LENGTH + 1):
        if len(line) > MAX_ROW_LENGTH:
            raise _BadLine(_("Row %(row)d has more than %(count)d characters. Save the file again as CSV or .xlsx."))
        if "\0" in line:
            raise _BadLine(_("Row %(row)d has a null character, so this is not a proper CSV file. Save it as .xlsx."))
        if not line.isascii():
            if _SURROGATE.search(line):
                raise _BadLine(_foreign_bytes())
            line = line.removeprefix("\ufeff")
        if line.rstrip("\r\n") == _END_OF_DOS_FILE:
            continue
        if not (is_first and _SEPARATOR_LINE.fullmatch(line)):
            yield line
        is_first = False


def _delimiter(sample: str) -> str:
    """Return the delimiter by which the first rows fit the heading best, the likelier one if two fit equally well."""
    return max(_DELIMITERS, key=lambda delimiter: _fitting_share(_sample_rows(sample, delimiter)[:_SAMPLE_ROWS]))


def _fitting_share(rows: list[list[str]]) -> float:
    """Return the share of the rows that have several cells, and no more than the heading: the first such row.

    Rows before the heading, such as a title, lower the share.
    """
    widths = [len(row) for row in rows]
    heading = next((width for width in widths if width > 1), 0)
    start = widths.index(heading) if heading else 0
    return sum(1 < width <= heading for width in widths[start:]) / len(rows) if rows else 0


def _sample_rows(sample: str, delimiter: str) -> list[list[str]]:
    """Return the rows that are not empty, up to one whose quotes are unbalanced."""
    rows: list[list[str]] = []
    with suppress(csv.Error):
        rows.extend(filter(any, csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, strict=True)))
    return rows
