"""What became of one target, newest first: every import that met it and every edit by staff."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from .backoffice import STATUS_VARIANTS, label, shown
from .models import Target, TargetEdit

PAGE_SIZE = 50

Place = tuple[datetime, int]
"""When, and the number of the import's item: many of a batch have one moment, and an edit has none."""


@dataclass(frozen=True)
class Entry:
    at: datetime
    what: str
    variant: str
    who: str
    changes: list[tuple[str, str, str]]
    reason: str = ""
    warnings: list[dict[str, Any]] = field(default_factory=list)
    item: Any = None
    """The import's item; None for an edit by staff."""

    @property
    def place(self) -> Place:
        return self.at, self.item.pk if self.item else 0


def entries(target: Target, before: Place | None = None) -> list[Entry]:
    """At most PAGE_SIZE, those before the place of another where one is given."""
    merged = [*_imports(target, before), *_edits(target, before)]
    return sorted(merged, key=lambda entry: entry.place, reverse=True)[:PAGE_SIZE]


def _imports(target: Target, before: Place | None) -> Iterator[Entry]:
    items = target.import_items.select_related("job").order_by("-id")
    if before:
        at, number = before
        items = items.filter(Q(job__finished_at__lt=at) | Q(job__finished_at=at, pk__lt=number))
    for item in items[:PAGE_SIZE]:
        yield Entry(
            at=item.job.finished_at,
            what=item.get_status_display(),
            variant=STATUS_VARIANTS[item.status],
            who=item.job.submitted_by,
            changes=_changes(item.changes),
            warnings=item.warnings,
            item=item,
        )


def _edits(target: Target, before: Place | None) -> Iterator[Entry]:
    edits = target.edits.all()
    if before:
        at, number = before
        edits = edits.filter(at__lte=at) if number else edits.filter(at__lt=at)
    for edit in edits[:PAGE_SIZE]:
        yield Entry(
            at=edit.at,
            what=str(TargetEdit.Kind(edit.kind).label),
            variant=STATUS_VARIANTS[edit.kind],
            who=edit.by,
            changes=_changes(edit.changes),
            reason=edit.reason,
        )


def _changes(changes: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [
        (label(change["field"]), shown(change["field"], change["from"]), shown(change["field"], change["to"]))
        for change in changes
    ]
