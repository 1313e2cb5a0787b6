"""The imports of a target, as events of its history."""

from collections.abc import Iterator

from django.db.models import Q

from importjobs.models import ImportItem
from targets.hooks import HistoryEvent, HistoryPosition, ImportReference
from targets.models import Target


def imports_of(target: Target, before: HistoryPosition | None, limit: int) -> Iterator[HistoryEvent]:
    """Yield an event for each import of a target, newest first, at most `limit` of them.

    With `before`, only events before that position. An import is listed when its job has finished.
    """
    items = ImportItem.objects.filter(target=target, job__finished_at__isnull=False)
    if before:
        items = items.filter(Q(job__finished_at__lt=before.at) | Q(job__finished_at=before.at, pk__lt=before.item_id))
    for item in items.select_related("job").order_by("-id")[:limit]:
        yield HistoryEvent(
            at=item.job.finished_at,
            status=item.status,
            label=item.get_status_display(),
            who=item.job.submitted_by,
            changes=item.changes,
            warnings=tuple(item.warnings),
            reference=ImportReference(item.pk, item.job_id, item.job.correlation_id),
        )
