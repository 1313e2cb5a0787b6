"""The imports of a target, as events of its history."""

from collections.abc import Iterator

from django.db.models import Q
from django.db.models.functions import Coalesce

from importjobs.models import ImportItem
from targets.hooks import HistoryEvent, HistoryPosition, ImportReference
from targets.models import Target


def imports_of(target: Target, before: HistoryPosition | None, limit: int) -> Iterator[HistoryEvent]:
    """Yield an event for each import item of a target, highest item id first, at most `limit` of them.

    With `before`, yields only events before that position in the history. An event has the time at which its job
    finished, or at which the job was received if it has not finished. Yields nothing if the target has no such item.
    Rejected items have no target, so none is yielded for them. Makes one query, when the first event is asked for.
    """
    at = Coalesce("job__finished_at", "job__created_at")
    items = ImportItem.objects.filter(target=target).annotate(at=at)
    if before:
        items = items.filter(Q(at__lt=before.at) | Q(at=before.at, pk__lt=before.item_id))
    for item in items.select_related("job").order_by("-id")[:limit]:
        yield HistoryEvent(
            at=item.at,
            status=item.status,
            label=item.get_status_display(),
            who=item.job.submitted_by,
            changes=item.changes,
            warnings=tuple(item.warnings),
            reference=ImportReference(item.pk, item.job_id, item.job.correlation_id),
        )
