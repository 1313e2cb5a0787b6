"""Names of files on disk and in the database."""

import os
import unicodedata
from pathlib import PurePath

MAX_NAME_BYTES = 255
"""Of a file name in UTF-8, which is the limit of ext4, XFS and most other file systems."""
_MAX_SUFFIX_BYTES = 32
_UNSHOWN = {"Cc", "Cf", "Zl", "Zp"}
"""The Unicode categories of characters that are not shown, such as line breaks and the marks that change direction."""


def storable_name(path: PurePath) -> str:
    r"""Return the name of a file as text that the database can store and a terminal can show.

    Bytes that are no UTF-8 and characters that are not shown are escaped, as `\xff` and `\u202e`.
    """
    name = os.fsencode(path.name).decode("utf-8", "backslashreplace")
    return "".join(
        _escaped(character) if unicodedata.category(character) in _UNSHOWN else character for character in name
    )


def with_addition(name: str, addition: str, *, spare: int = 0) -> str:
    """Return a name with a text before its suffix: "orders.csv" with " (2)" gives "orders (2).csv".

    A name is shortened that would leave less than `spare` bytes of MAX_NAME_BYTES. A long suffix counts as a part of
    the name.
    """
    stem, suffix = os.path.splitext(name)
    if len(os.fsencode(suffix)) > _MAX_SUFFIX_BYTES:
        stem, suffix = name, ""
    room = MAX_NAME_BYTES - spare - len(os.fsencode(addition + suffix))
    kept = os.fsencode(stem)[:room]
    if len(kept) < len(os.fsencode(stem)):
        kept = kept.decode(errors="ignore").encode()  # not half of a character
    return os.fsdecode(kept) + addition + suffix


def _escaped(character: str) -> str:
    """Return a character as it is written in the source code of Python."""
    return character.encode("unicode_escape").decode()
