"""Bound the size of the answer to an import: how many errors, warnings and changes of its items it names."""

from dataclasses import dataclass, field
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


@dataclass
class ByteBudget:
    """How many bytes of JSON an answer may still use."""

    left: int

    def take(self, values: list[Any]) -> list[Any]:
        """Return the first of the values that still fit, and subtract their size."""
        for number, value in enumerate(values):
            size = len(dumps(value)) + len(",")
            if size > self.left:
                return values[:number]
            self.left -= size
        return values


@dataclass
class AnswerSize:
    """What one answer may still name. Each item of the answer takes its share, in order."""

    findings: ByteBudget = field(default_factory=lambda: ByteBudget(MAX_ANSWERED_FINDING_BYTES))
    changes: ByteBudget = field(default_factory=lambda: ByteBudget(MAX_ANSWERED_CHANGE_BYTES))
    is_cut: bool = False
    """Whether an error, warning or change was left out so far."""

    def details(self, item: ImportItem) -> Details:
        """Return the details of an item that the answer names: at most MAX_ANSWERED_FINDINGS errors and warnings each.

        After the bytes for findings or changes are used up, it names none, and counts them.
        """
        if not (item.errors or item.warnings or item.changes):
            return Details([], [], [])
        errors = self.findings.take(item.errors[:MAX_ANSWERED_FINDINGS])
        warnings = self.findings.take(item.warnings[:MAX_ANSWERED_FINDINGS])
        changes = self.changes.take(item.changes)
        omitted_findings = len(item.errors) + len(item.warnings) - len(errors) - len(warnings)
        omitted_changes = len(item.changes) - len(changes)
        self.is_cut |= bool(omitted_findings or omitted_changes)
        return Details(errors, warnings, changes, omitted_findings, omitted_changes)
