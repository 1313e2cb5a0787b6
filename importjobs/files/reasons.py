"""The reasons for which rows of a file were rejected, read from the items of its job a window at a time."""

from collections.abc import Iterator, Mapping
from typing import Any

from importjobs.models import ImportItem, ItemRecord, JobRecord, Rehearsal, RehearsedItem
from targets.finding_texts import finding_text

_WINDOW = 1_000
_MAX_LENGTH = 2_000
"""Characters of a reason. A cell of a workbook may have 32,767."""


class Reasons(Mapping[int, str]):
    """The reason of each rejected item of a job or rehearsal, by its position. Made for reading in ascending order.

    Only some items are in memory at a time.
    """

    def __init__(self, record: JobRecord, headings: Mapping[str, str]) -> None:
        """Read the items of `record`. `headings` are those of the columns, by the path of their field."""
        model: Any = RehearsedItem if isinstance(record, Rehearsal) else ImportItem
        self._items = model.objects.filter(job=record, status=ItemRecord.Status.REJECTED).order_by("position")
        self._count = record.rejected_items
        self._headings = headings
        self._window: dict[int, str] = {}
        self._first, self._end = 0, 0

    def __getitem__(self, position: int) -> str:
        """Return the reason of the item at a position. Raises KeyError if it was not rejected."""
        if not self._first <= position < self._end:
            self._load(position)
        return self._window[position]

    def __iter__(self) -> Iterator[int]:
        """Yield the positions of all rejected items in ascending order."""
        return iter(self._items.values_list("position", flat=True).iterator())

    def __len__(self) -> int:
        """Return the number of rejected items."""
        return self._count

    def _load(self, position: int) -> None:
        """Read the next rejected items from a position on."""
        items = self._items.filter(position__gte=position).values_list("position", "errors")[:_WINDOW]
        self._window = {at: self._reason(errors) for at, errors in items}
        is_full = len(self._window) == _WINDOW
        self._first, self._end = position, max(self._window) + 1 if is_full else 2**31

    def _reason(self, errors: list[dict[str, str]]) -> str:
        """Return an item's errors as sentences in the active language, which name the columns by their headings."""
        text = " | ".join(self._sentence(error) for error in errors)
        return text if len(text) <= _MAX_LENGTH else f"{text[: _MAX_LENGTH - 1]}…"

    def _sentence(self, error: dict[str, str]) -> str:
        """Return an error as a sentence, after the heading of its column if it does not name it."""
        text = finding_text(error, self._headings)
        heading = self._headings.get(error["field"], "")
        return text if heading in text else f"{heading}: {text}"
