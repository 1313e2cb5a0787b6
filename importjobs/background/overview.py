"""What waits for the workers, and whether any of them is alive."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

from importjobs.models import ImportJob
from ordinavo.common.limits import STALLED_SECONDS


class Waiting(NamedTuple):
    """The import jobs in the background that have not ended."""

    jobs: int
    oldest: datetime
    """When the oldest of them was received."""


def has_worker() -> bool:
    """Return whether a worker has announced itself within STALLED_SECONDS."""
    alive_since = timezone.now() - timedelta(seconds=STALLED_SECONDS)
    return ProcrastinateWorker.objects.filter(last_heartbeat__gte=alive_since).exists()


def unfinished_jobs() -> QuerySet[ImportJob]:
    """Return the query of the jobs that workers have to process, oldest first. It is not run here."""
    return ImportJob.objects.filter(run__isnull=False, finished_at=None).order_by("pk")


def given_up_jobs() -> QuerySet[ImportJob]:
    """Return the query of the jobs that the workers gave up and that can be resumed, oldest first."""
    return ImportJob.objects.filter(run__isnull=False, status=ImportJob.Status.FAILED).order_by("pk")


def waiting_without_worker() -> Waiting | None:
    """Return the jobs that wait although no worker is alive, or None if there are none or a worker is alive."""
    jobs = unfinished_jobs()
    oldest = jobs.values_list("created_at", flat=True).first()
    if oldest is None or has_worker():
        return None
    return Waiting(jobs.count(), oldest)
