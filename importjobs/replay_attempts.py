"""What a replay tries to import, and the record of the attempts that were rejected again."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils import timezone

from importjobs.models import ImportItem, ReplayAttempt
from targets.payload_paths import with_values

Pair = tuple[ImportItem, ImportItem]
"""An open item, and the unsaved item that a replay of it would record."""


def payloads(items: Iterable[ImportItem], changes: Mapping[str, Any]) -> list[Any]:
    """Return the payloads of items with these changes. A payload that is not an object stays as it was sent."""
    return [with_values(item.payload, changes) if isinstance(item.payload, dict) else item.payload for item in items]


def rejected_of(pairs: Iterable[Pair], changes: Mapping[str, Any]) -> list[Pair]:
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
