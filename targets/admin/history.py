"""What became of one target, newest first: every import that met it and every edit by staff."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q
from django.utils.dateparse import parse_datetime

from ordinavo.common.admin.display import STATUS_VARIANTS
from targets.admin.display import change_rows
from targets.models import Target, TargetEdit

PAGE_SIZE = 50


class Place(NamedTuple):
    """Where an entry stands: many items of a batch have one moment, and an edit by staff has no item."""

    at: datetime
    item: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}/{self.item}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        at, _slash, item = text.partition("/")
        try:
            moment, number = parse_datetime(at), int(item)
        except ValueError:
            return None
        return cls(moment, number) if moment and moment.tzinfo and 0 <= number < 2**63 else None


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
        return Place(self.at, self.item.pk if self.item else 0)


def entries(target: Target, before: Place | None = None) -> list[Entry]:
    """At most PAGE_SIZE, those before the place of another where one is given."""
    merged = [*_imports(target, before), *_edits(target, before)]
    return sorted(merged, key=lambda entry: entry.place, reverse=True)[:PAGE_SIZE]


def _imports(target: Target, before: Place | None) -> Iterator[Entry]:
    items = target.import_items.select_related("job").order_by("-id")
    if before:
        items = items.filter(Q(job__finished_at__lt=before.at) | Q(job__finished_at=before.at, pk__lt=before.item))
    for item in items[:PAGE_SIZE]:
        yield Entry(
            at=item.job.finished_at,
            what=item.get_status_display(),
            variant=STATUS_VARIANTS[item.status],
            who=item.job.submitted_by,
            changes=change_rows(item.changes),
            warnings=item.warnings,
            item=item,
        )


def _edits(target: Target, before: Place | None) -> Iterator[Entry]:
    edits = target.edits.all()
    if before:
        edits = edits.filter(at__lte=before.at) if before.item else edits.filter(at__lt=before.at)
    for edit in edits[:PAGE_SIZE]:
        yield Entry(
            at=edit.at,
            what=str(TargetEdit.Kind(edit.kind).label),
            variant=STATUS_VARIANTS[edit.kind],
            who=edit.by,
            changes=change_rows(edit.changes),
            reason=edit.reason,
        )
