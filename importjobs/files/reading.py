"""Read files of targets: CSV, XLSX, JSON and NDJSON. Every fault of a file is an UnreadableFile with a sentence."""

from collections.abc import Iterator
from typing import IO, Any

from importjobs.files.layout import Cell, Layout, Row, UnreadableFile

__all__ = ["Cell", "Layout", "Row", "UnreadableFile", "detect", "documents", "headings", "rows"]


def detect(file: IO[bytes], name: str) -> Layout:
    """Return how a file is to be read, from its content and, where that is ambiguous, the ending of its name.

    Raises UnreadableFile if it is none of the formats, is empty, or cannot be opened.
    """
    raise NotImplementedError


def headings(file: IO[bytes], layout: Layout) -> list[str]:
    """Return the headings of a table: the cells of its first row that is not empty.

    Raises UnreadableFile if two are equal, if heading cells are merged, or if the file cannot be read.
    """
    raise NotImplementedError


def rows(file: IO[bytes], layout: Layout) -> Iterator[Row]:
    """Yield the rows of a table below its headings, without empty ones.

    Raises UnreadableFile if the file cannot be read to its end. Rows before the fault may have been yielded by then.
    """
    raise NotImplementedError


def documents(file: IO[bytes], layout: Layout) -> Iterator[tuple[int, Any]]:
    """Yield the documents of a JSON or NDJSON file with their numbers, counted from 1.

    Raises UnreadableFile if the file cannot be read to its end.
    """
    raise NotImplementedError
