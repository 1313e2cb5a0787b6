"""The history of one target, newest first: every import of it and every edit by staff."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from ordinavo.common.admin.display import STATUS_VARIANTS
from targets import hooks
from targets.admin.display import change_rows
from targets.hooks import HistoryEvent, HistoryPosition, ImportReference
from targets.models import Target, TargetEdit

PAGE_SIZE = 50


@dataclass(frozen=True)
class Entry:
    """An event of the history as a page shows it."""

    at: datetime
    label: str
    """What happened, such as "Updated", translated."""
    variant: str
    """The colour of the label."""
    who: str
    """A user's name, or the name of the API token of an import."""
    changes: list[tuple[str, str, str]]
    """For each changed field its label, the old value and the new value."""
    reason: str
    warnings: tuple[dict[str, Any], ...]
    item: ImportReference | None
    """None for an edit by staff."""
    bulk_change: int | None
    """The number of the bulk change that an edit by staff was part of."""
    position: HistoryPosition


def list_entries(target: Target, before: HistoryPosition | None = None) -> list[Entry]:
    """Return the newest PAGE_SIZE entries of a target's history, newest first; empty if there are none.

    With `before`, only entries older than that position.
    """
    events = [*hooks.registered_history(target, before, PAGE_SIZE), *_edits(target, before)]
    newest_first = sorted(events, key=lambda event: event.position, reverse=True)
    return [_entry(event) for event in newest_first[:PAGE_SIZE]]


def position_as_text(position: HistoryPosition) -> str:
    """Return a position as text for a query parameter, such as "2026-06-25T08:00:00+00:00/7".

    `parse_position` reads it.
    """
    return f"{position.at.isoformat()}/{position.item_id}"


def parse_position(text: str) -> HistoryPosition | None:
    """Return the position that a query parameter names, or None if the text is empty or cannot be read.

    The text is a moment in ISO 8601 with an offset, a slash, and an item id from 0 to 2**63 - 1.
    """
    at, _slash, item_id = text.partition("/")
    try:
        moment, number = parse_datetime(at), int(item_id)
    except ValueError:
        return None
    return HistoryPosition(moment, number) if moment and moment.tzinfo and 0 <= number < 2**63 else None


def _edits(target: Target, before: HistoryPosition | None) -> Iterator[HistoryEvent]:
    """Yield the newest PAGE_SIZE edits by staff that are older than a position, or of all edits if it is None.

    The newest comes first. At the same time as an import, an edit counts as older.
    """
    edits = target.edits.all()
    if before:
        edits = edits.filter(at__lte=before.at) if before.item_id else edits.filter(at__lt=before.at)
    for edit in edits[:PAGE_SIZE]:
        yield HistoryEvent(
            at=edit.at,
            status=edit.kind,
            label=str(TargetEdit.Kind(edit.kind).label),
            who=edit.by,
            changes=edit.changes,
            reason=edit.reason,
            bulk_change=edit.bulk_change_id,
        )


def _entry(event: HistoryEvent) -> Entry:
    """Return an event as a page shows it. Raises KeyError if STATUS_VARIANTS has no colour for its status."""
    return Entry(
        at=event.at,
        label=event.label,
        variant=STATUS_VARIANTS[event.status],
        who=event.who,
        changes=change_rows(event.changes),
        reason=event.reason,
        warnings=event.warnings,
        item=event.reference,
        bulk_change=event.bulk_change,
        position=event.position,
    )
