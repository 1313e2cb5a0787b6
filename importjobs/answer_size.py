"""Limit the size of the answer to an import by leaving out errors, warnings and changes of its items."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from importjobs.models import ImportItem
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

    def details(self, item: ImportItem) -> Details:
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


def omit_excess(items: Iterable[ImportItem]) -> None:
    """Drop from recorded items the errors, warnings and changes that an answer with these items would leave out.

    They are counted in the items. A batch calls this again and again while its items become more, so that their
    findings do not fill the memory.
    """
    size = AnswerSize()
    for item in sorted(items, key=lambda one: one.position):
        errors, warnings, changes, omitted_findings, omitted_changes = size.details(item)
        if (omitted_findings, omitted_changes) != (item.omitted_findings, item.omitted_changes):
            item.errors, item.warnings, item.changes = errors, warnings, changes
            item.omitted_findings, item.omitted_changes = omitted_findings, omitted_changes


def _those_that_fit(values: list[Any], size: int) -> tuple[list[Any], int]:
    """Return the leading values whose JSON fits into `size` bytes, and the number of bytes that are left."""
    for number, value in enumerate(values):
        length = len(dumps(value)) + len(",")
        if length > size:
            return values[:number], size
        size -= length
    return values, size
