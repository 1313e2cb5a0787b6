"""Limit the size of the answer to an import by leaving out errors, warnings and changes of its items."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from importjobs.models import ImportItem, ItemRecord
from ordinavo.common.json_codec import dumps
from ordinavo.common.limits import MAX_ANSWERED_CHANGE_BYTES, MAX_ANSWERED_FINDING_BYTES, MAX_ANSWERED_FINDINGS


class Details(NamedTuple):
    """The errors, warnings and changes of an item that an answer contains, and how many it leaves out."""

    errors: list[Any]
    warnings: list[Any]
    changes: list[Any]
    omitted_findings: int = 0
    omitted_changes: int = 0


@dataclass(slots=True)
class AnswerSize:
    """The bytes of JSON that one answer may still use for errors and warnings, and for changes.

    Call `details` for each item, in the order of the answer. Each call uses up some of the bytes.
    """

    finding_bytes: int = MAX_ANSWERED_FINDING_BYTES
    change_bytes: int = MAX_ANSWERED_CHANGE_BYTES
    is_cut: bool = False
    """Whether any error, warning or change has been left out so far."""

    def details(self, item: ItemRecord) -> Details:
        """Return the errors, warnings and changes of an item that fit into the answer, and count the others.

        An item has at most MAX_ANSWERED_FINDINGS errors and as many warnings. Errors and warnings share
        `finding_bytes`. Changes use `change_bytes`. Each list ends before the first value that no longer fits.
        """
        if not (item.errors or item.warnings or item.changes):
            self.is_cut |= bool(item.omitted_findings or item.omitted_changes)
            return Details([], [], [], item.omitted_findings, item.omitted_changes)
        errors, self.finding_bytes = _those_that_fit(item.errors[:MAX_ANSWERED_FINDINGS], self.finding_bytes)
        warnings, self.finding_bytes = _those_that_fit(item.warnings[:MAX_ANSWERED_FINDINGS], self.finding_bytes)
        changes, self.change_bytes = _those_that_fit(item.changes, self.change_bytes)
        omitted_findings = len(item.errors) + len(item.warnings) - len(errors) - len(warnings) + item.omitted_findings
        omitted_changes = len(item.changes) - len(changes) + item.omitted_changes
        self.is_cut |= bool(omitted_findings or omitted_changes)
        return Details(errors, warnings, changes, omitted_findings, omitted_changes)


@dataclass(slots=True)
class Excess:
    """Drops from the recorded items of a batch what its answer will leave out, so that it does not fill the memory."""

    finding_bytes: int = 0
    """An upper bound of the bytes of JSON that the errors and warnings of the items have."""
    change_bytes: int = 0
    """The same for their changes."""

    def drop(self, items: Iterable[ImportItem], new: Iterable[ImportItem]) -> None:
        """Drop what the answer with `items` would leave out if it consisted of them, and count it in the items.

        Call it each time the batch has more items; `new` are those since the last call. Only they are measured, unless
        the items together have more than an answer names.
        """
        for item in new:
            self.finding_bytes += _size(item.errors) + _size(item.warnings)
            self.change_bytes += _size(item.changes)
        if self.finding_bytes > MAX_ANSWERED_FINDING_BYTES or self.change_bytes > MAX_ANSWERED_CHANGE_BYTES:
            left = _omit(items)
            self.finding_bytes = MAX_ANSWERED_FINDING_BYTES - left.finding_bytes
            self.change_bytes = MAX_ANSWERED_CHANGE_BYTES - left.change_bytes


def _omit(items: Iterable[ImportItem]) -> AnswerSize:
    """Drop from items what an answer with them would leave out. Returns the size of what it could still take."""
    size = AnswerSize()
    for item in sorted(items, key=lambda one: one.position):
        errors, warnings, changes, omitted_findings, omitted_changes = size.details(item)
        if (omitted_findings, omitted_changes) != (item.omitted_findings, item.omitted_changes):
            item.errors, item.warnings, item.changes = errors, warnings, changes
            item.omitted_findings, item.omitted_changes = omitted_findings, omitted_changes
    return size


def _size(values: list[Any]) -> int:
    """Return the bytes of JSON that some values have, at least as many as `_those_that_fit` counts."""
    return len(dumps(values)) if values else 0


def _those_that_fit(values: list[Any], size: int) -> tuple[list[Any], int]:
    """Return the leading values whose JSON fits into `size` bytes, and the number of bytes that are left."""
    for number, value in enumerate(values):
        length = len(dumps(value)) + len(",")
        if length > size:
            return values[:number], size
        size -= length
    return values, size
