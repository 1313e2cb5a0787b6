"""Write the rejected rows of a file as a file of the same form, with a column that says why."""

from collections.abc import Mapping
from typing import IO

from importjobs.files.layout import Layout

REASON_HEADINGS = frozenset({"Fehler", "Error"})
"""Headings of the column that says why a row was rejected. An import ignores such a column."""


def write_rejected(file: IO[bytes], layout: Layout, reasons: Mapping[int, str], out: IO[bytes]) -> None:
    """Write the rejected rows or documents of `file` to `out`, in the same form, each with its reason.

    `reasons` are by the position of the row or document, counted from 0. Raises UnreadableFile if `file` cannot be read.
    """
    raise NotImplementedError
