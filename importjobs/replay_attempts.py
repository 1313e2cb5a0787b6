"""What a replay tries to import, and the record of the attempts that were rejected again."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from importjobs.models import ImportItem, ReplayAttempt
from targets.payload_paths import with_values

Pair = tuple[ImportItem, ImportItem]
"""An open item, and the unsaved item that a replay of it would record."""


@dataclass(frozen=True)
class Changes:
    """Values by path that replace those of the payloads in a replay."""

    of_all: Mapping[str, Any] = field(default_factory=dict)
    of_items: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    """Further values for some items, by the id of the item."""

    def of(self, item: ImportItem) -> dict[str, Any]:
        """Return the values for one item."""
        return {**self.of_all, **self.of_items.get(item.pk, {})}


def payloads(items: Iterable[ImportItem], changes: Changes) -> list[Any]:
    """Return the payloads of items with these changes. A payload that is not an object stays as it was sent."""
    return [
        with_values(item.payload, changes.of(item)) if isinstance(item.payload, dict) else item.payload
        for item in items
    ]


def rejected_of(pairs: Iterable[Pair], changes: Changes) -> list[Pair]:
    """Return the pairs whose second item is rejected, which gets the payload that was tried."""
    rejected = [(item, result) for item, result in pairs if result.status == ImportItem.Status.REJECTED]
    for item, result in rejected:
        [result.payload] = payloads([item], changes)
    return rejected


def record_attempts(rejected: Iterable[Pair], by: str) -> None:
    """Store that a user tried to replay these items, what was tried and why it was rejected."""
    now = timezone.now()
    ReplayAttempt.objects.bulk_create(
        ReplayAttempt(item=item, created_at=now, submitted_by=by, errors=result.errors, payload=result.payload)
        for item, result in rejected
    )
