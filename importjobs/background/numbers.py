"""Count the jobs in the background, for metrics and for the start page."""

from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from importjobs.models import BackgroundRun, ImportJob


class Numbers(NamedTuple):
    """How many import jobs and rehearsals are in each state."""

    waiting: int
    running: int
    given_up: int


def count() -> Numbers:
    """Count the jobs that wait for their first part, those that have begun, and the import jobs that were given up."""
    is_open = Q(job__isnull=False, job__finished_at=None) | Q(rehearsal__isnull=False, rehearsal__finished_at=None)
    found = BackgroundRun.objects.aggregate(
        waiting=Count("pk", filter=is_open & Q(started_at=None)),
        running=Count("pk", filter=is_open & Q(started_at__isnull=False)),
        given_up=Count("pk", filter=Q(job__finished_at__isnull=False)),
    )
    return Numbers(**found)


def given_up() -> QuerySet[ImportJob]:
    """Return the import jobs that workers gave up and that can be resumed."""
    return ImportJob.objects.filter(run__isnull=False, finished_at__isnull=False)
