"""Recognise the encoding of a text file."""

import codecs
import re
from contextlib import suppress
from typing import IO

from charset_normalizer import from_bytes

_SAMPLE_BYTES = 64 * 1024
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16, whose mark is the beginning of this one
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_EIGHT_BITS = ["cp1252", "iso8859_15", "cp850", "mac_roman"]
"""What German offices write besides Unicode, the likeliest first."""
_GERMAN_UTF8 = re.compile(rb"\xc3[\x84\x96\x9c\x9f\xa4\xb6\xbc]|\xe2\x82\xac")
"""Umlauts, ß and € in UTF-8. In other encodings, these bytes make no sense side by side."""
_VOWELS = "aeiouyäöüAEIOUYÄÖÜ"
_GERMAN = re.compile(
    rf"(?<![{_VOWELS}])(?:(?<=[A-Za-z])|(?=.[a-zß]))[äöü](?![aeioäöü])"
    r"|(?<![A-Za-zäöüß])[ÄÖÜ](?=[A-Za-zß])(?![aeioAEIO])|(?<=[A-Z])[ÄÖÜ](?![a-zß])"
    rf"|(?<=[{_VOWELS}])ß|(?<=[A-Za-z])é"
    r"|€(?![A-Za-z])|(?<![A-Za-z])„|[“”](?![a-z])|–"
)
"""Letters and signs where German text has them. The "ö" in "Miloö", which is Windows' "Miloš" on a Mac, is none."""


def encoding_of(file: IO[bytes]) -> str:
    """Return Python's name of the encoding: by the byte order mark, else UTF-8 if it fits, else the likeliest.

    A file that is UTF-8 except for some bytes is "utf-8", so that decoding it fails. Another encoding would change all
    its umlauts.
    """
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
    return "utf-8" if foreign is None or _GERMAN_UTF8.search(foreign) else _eight_bit_encoding(foreign)


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
    """Return the encoding of text that is not Unicode: the one with the most German letters, Windows-1252 if in doubt.

    charset-normalizer excludes those that make no sense, but also Windows-1252 if there are many non-breaking spaces or
    soft hyphens. That is excluded only if it lacks a character. For short texts, charset-normalizer cannot decide.
    """
    matches = from_bytes(data, cp_isolation=_EIGHT_BITS, enable_fallback=False)
    possible = {encoding for match in matches for encoding in match.could_be_from_charset}
    with suppress(UnicodeDecodeError):
        data.decode(_EIGHT_BITS[0])
        possible.add(_EIGHT_BITS[0])

    def letters(encoding: str) -> int:
        return len(_GERMAN.findall(data.decode(encoding, "replace")))

    return max((encoding for encoding in _EIGHT_BITS if encoding in possible), key=letters, default=_EIGHT_BITS[0])
