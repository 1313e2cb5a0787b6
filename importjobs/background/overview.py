"""What waits for the workers, and whether any of them is alive."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import Count, Min, Q, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob

from importjobs.models import BackgroundRun, ImportJob
from ordinavo.common import workers


class Waiting(NamedTuple):
    """What waits for a worker: imports, checks of files and exports."""

    number: int
    oldest: datetime
    """When the oldest of them was put into the queue."""


class WaitingTasks(NamedTuple):
    """The tasks in the queue that a worker could run now, import jobs and all others."""

    number: int
    seconds: float
    """Since the oldest of them was put into the queue, or back into it. 0 if there is none."""


def waiting_tasks() -> WaitingTasks:
    """Return how many tasks wait for a worker, and for how long. Those in a pause before a retry are not counted."""
    due = ProcrastinateJob.objects.filter(Q(scheduled_at=None) | Q(scheduled_at__lte=Now()), status="todo")
    found = due.aggregate(number=Count("pk"), first=Min("pk"))
    queued = ProcrastinateEvent.objects.filter(job=found["first"], type__in=["deferred", "deferred_for_retry"])
    since = queued.order_by("-id").values_list("at", flat=True).first()
    return WaitingTasks(found["number"], (timezone.now() - since).total_seconds() if since else 0)


def jobs_by_state() -> dict[str, int]:
    """Count the import jobs and rehearsals in the background by state: "waiting", "running" or "given_up"."""
    has_ended = Q(job__finished_at__isnull=False) | Q(rehearsal__finished_at__isnull=False)
    states = {
        "waiting": ~has_ended & Q(started_at=None),
        "running": ~has_ended & Q(started_at__isnull=False),
        "given_up": has_ended,
    }
    return BackgroundRun.objects.aggregate(**{name: Count("pk", filter=state) for name, state in states.items()})


def unfinished_jobs() -> QuerySet[ImportJob]:
    """Return the query of the jobs that workers have to process, oldest first. It is not run here."""
    return ImportJob.objects.filter(run__isnull=False, finished_at=None).order_by("pk")


def given_up_jobs() -> QuerySet[ImportJob]:
    """Return the query of the jobs that the workers gave up and that can be resumed, oldest first."""
    return ImportJob.objects.filter(run__isnull=False, status=ImportJob.Status.FAILED).order_by("pk")


def other_tasks() -> int:
    """Return how many tasks wait or run, besides those of import jobs."""
    tasks = ProcrastinateJob.objects.filter(status__in=["todo", "doing"]).count()
    return max(0, tasks - unfinished_jobs().count())


def waiting_without_worker() -> Waiting | None:
    """Return what waits although no worker is alive, or None if nothing waits or a worker is alive.

    What a worker that is gone has begun counts as well.
    """
    tasks = ProcrastinateJob.objects.filter(status__in=["todo", "doing"]).order_by("pk")
    oldest = tasks.values_list("procrastinateevent__at", flat=True).order_by("pk", "procrastinateevent__at").first()
    if oldest is None or workers.has_worker():
        return None
    return Waiting(tasks.count(), oldest)
