"""Remember which row of a file each document came from, in little space: a file has few empty rows."""

from bisect import bisect_right
from collections.abc import Sequence
from operator import itemgetter

MAX_JUMPS = 1_000
"""Places at which row numbers may jump. Rows after the last of them have no known number."""

Jump = Sequence[int]
"""A position of a document, counted from 0, and the number of its row. The rows after it follow without a gap."""


class RowNumbers:
    """Notes the row numbers of the documents of a file, in their order."""

    def __init__(self) -> None:
        self.jumps: list[list[int]] = []
        """For `row_number`. An entry with the number 0 means that the rows from there on have no known number."""
        self._next = (0, 0)

    def note(self, number: int) -> None:
        """Note the number of the row of the next document."""
        position, expected = self._next
        if number != expected and len(self.jumps) <= MAX_JUMPS:
            self.jumps.append([position, number if len(self.jumps) < MAX_JUMPS else 0])
        self._next = (position + 1, number + 1)


def row_number(jumps: Sequence[Jump], position: int) -> int | None:
    """Return the number of the row that the document at a position came from, or None if it is not known."""
    index = bisect_right(jumps, position, key=itemgetter(0)) - 1
    if index < 0 or jumps[index][1] == 0:
        return None
    first, number = jumps[index]
    return number + position - first
