"""Update the stored warnings of targets when the time zone of their source system changes."""

from datetime import date

from django.db import transaction
from django.db.models import Q

from targets import rules
from targets.models import SourceSystem, Target

MAX_REFRESHED = 20_000
"""The largest number of targets whose warnings are updated after one change of a time zone."""
BATCH_SIZE = 1000


def refresh(source_system: SourceSystem, first_day: date) -> bool:
    """Update the stored warnings of targets with a time window and a route date from `first_day` on.

    Returns False if there are more than MAX_REFRESHED of them. Only those with the earliest route dates are updated
    then. Each batch of BATCH_SIZE targets is a transaction of its own, so that an import waits for one batch at most.
    """
    planned = source_system.target_set.filter(
        ~Q(time_window_start=None) | ~Q(time_window_end=None), route_date__gte=first_day
    )
    pks = list(planned.order_by("route_date", "pk").values_list("pk", flat=True)[: MAX_REFRESHED + 1])
    for start in range(0, min(len(pks), MAX_REFRESHED), BATCH_SIZE):
        _refresh_batch(pks[start : min(start + BATCH_SIZE, MAX_REFRESHED)])
    return len(pks) <= MAX_REFRESHED


@transaction.atomic
def _refresh_batch(pks: list[int]) -> None:
    """Lock the targets with these ids, compute their warnings, and store those that have changed."""
    targets = Target.objects.select_related("source_system").select_for_update(of=("self",))
    changed = []
    for target in targets.filter(pk__in=pks).order_by("pk"):
        if (codes := rules.warning_codes(target)) != target.warnings:
            target.warnings = codes
            changed.append(target)
    Target.objects.bulk_update(changed, ["warnings"])
