"""Bound the size of the answer to an import: how many errors, warnings and changes of its items it names."""

from dataclasses import dataclass
from typing import Any, NamedTuple

from importjobs.models import ImportItem
from ordinavo.common.json_codec import dumps
from ordinavo.common.limits import MAX_ANSWERED_CHANGE_BYTES, MAX_ANSWERED_FINDING_BYTES, MAX_ANSWERED_FINDINGS


class Details(NamedTuple):
    """The errors, warnings and changes of an item that an answer names, and how many it leaves out."""

    errors: list[Any]
    warnings: list[Any]
    changes: list[Any]
    omitted_findings: int = 0
    omitted_changes: int = 0


@dataclass(slots=True)
class AnswerSize:
    """How many bytes of JSON one answer may still use. Each item of the answer takes its share, in order."""

    finding_bytes: int = MAX_ANSWERED_FINDING_BYTES
    change_bytes: int = MAX_ANSWERED_CHANGE_BYTES
    is_cut: bool = False
    """Whether an error, warning or change was left out so far."""

    def details(self, item: ImportItem) -> Details:
        """Return the details of an item that the answer names: at most MAX_ANSWERED_FINDINGS errors and warnings each.

        After the bytes for findings or changes are used up, it names none, and counts them.
        """
        if not (item.errors or item.warnings or item.changes):
            return Details(item.errors, item.warnings, item.changes)
        errors, self.finding_bytes = _those_that_fit(item.errors[:MAX_ANSWERED_FINDINGS], self.finding_bytes)
        warnings, self.finding_bytes = _those_that_fit(item.warnings[:MAX_ANSWERED_FINDINGS], self.finding_bytes)
        changes, self.change_bytes = _those_that_fit(item.changes, self.change_bytes)
        omitted_findings = len(item.errors) + len(item.warnings) - len(errors) - len(warnings)
        omitted_changes = len(item.changes) - len(changes)
        self.is_cut |= bool(omitted_findings or omitted_changes)
        return Details(errors, warnings, changes, omitted_findings, omitted_changes)


def _those_that_fit(values: list[Any], size: int) -> tuple[list[Any], int]:
    """Return the first of the values that fit into so many bytes of JSON, and how many bytes are left."""
    for number, value in enumerate(values):
        length = len(dumps(value)) + len(",")
        if length > size:
            return values[:number], size
        size -= length
    return values, size
