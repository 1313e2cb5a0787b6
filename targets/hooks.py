"""What the targets app needs from the apps above it. They register it in their `AppConfig.ready`."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from targets.models import Target
from targets.results import Change


class HistoryPosition(NamedTuple):
    """The position of an event in a target's history, which is ordered by it, newest first.

    All items of a batch have the same time, so the id of the import item decides between them.
    """

    at: datetime
    item_id: int
    """0 for an edit by staff."""


class ImportReference(NamedTuple):
    """The import item that made an event."""

    item_id: int
    job_id: int
    correlation_id: str


@dataclass(frozen=True)
class HistoryEvent:
    """One thing that happened to a target."""

    at: datetime
    status: str
    """What happened, such as "Updated" or "Corrected"."""
    label: str
    """The status as staff read it, translated."""
    who: str
    """The user, or the name of the API token."""
    changes: list[Change]
    reason: str = ""
    warnings: tuple[dict[str, Any], ...] = ()
    """As objects with "code", "field" and "message"."""
    reference: ImportReference | None = None
    """None for an edit by staff."""
    bulk_change: int | None = None
    """The number of the bulk change that an edit by staff was part of."""

    @property
    def position(self) -> HistoryPosition:
        """The position in the history: the time, and the id of the import item, which is 0 for an edit by staff."""
        return HistoryPosition(self.at, self.reference.item_id if self.reference else 0)


HistorySource = Callable[[Target, HistoryPosition | None, int], Iterator[HistoryEvent]]
"""Yields the events of a target before a position (all if it is None), newest first, at most the given number."""

_history_sources: list[HistorySource] = []


def register_history_source(source: HistorySource) -> None:
    """Add a source of events to the history of every target, for this process. Adding one twice changes nothing."""
    if source not in _history_sources:
        _history_sources.append(source)


def registered_history(target: Target, before: HistoryPosition | None, limit: int) -> Iterator[HistoryEvent]:
    """Yield the events of a target from all registered sources, the newest first, up to `limit` from each source.

    Only events older than `before`, or the newest ones if it is None. The events of several sources are not sorted
    together. Yields nothing if no source is registered.
    """
    for source in _history_sources:
        yield from source(target, before, limit)
