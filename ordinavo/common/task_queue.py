"""The queue of the background tasks: what waits, which workers are alive, and tasks of workers that were killed."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob, ProcrastinateWorker

HEARTBEAT_SECONDS = 3
"""Between two heartbeats of a worker."""
STALLED_SECONDS = 15
"""A worker whose last heartbeat is older than this was killed, or cannot reach the database."""


class Waiting(NamedTuple):
    """The tasks that a worker could run now."""

    number: int
    since: datetime | None
    """When the oldest of them was put into the queue, or None if there is none."""


def alive_workers() -> int:
    """Return how many workers have a fresh heartbeat."""
    return ProcrastinateWorker.objects.filter(last_heartbeat__gte=_stalled_since()).count()


def waiting() -> Waiting:
    """Return how many tasks wait for a worker, and since when. Tasks in a pause before a retry are not counted."""
    due = ProcrastinateJob.objects.filter(Q(scheduled_at=None) | Q(scheduled_at__lte=Now()), status="todo")
    found = due.aggregate(count=Count("pk"), first=Min("pk"))
    events = ProcrastinateEvent.objects.filter(job=found["first"], type__in=["deferred", "deferred_for_retry"])
    since = events.order_by("-at").values_list("at", flat=True).first()
    return Waiting(found["count"], since)


def put_back_lost_tasks() -> list[int]:
    """Put the tasks of killed workers back into the queue, and return their ids.

    A worker counts as killed if its heartbeat is too old. Two processes that call this at the same time put each task
    back once.
    """
    with transaction.atomic():
        lost = ProcrastinateJob.objects.select_for_update(of=("self",), skip_locked=True).filter(
            Q(worker=None) | Q(worker__last_heartbeat__lt=_stalled_since()), status="doing"
        )
        tasks = list(lost.values_list("pk", flat=True))
        for task in tasks:
            app.job_manager.retry_job_by_id(task, retry_at=timezone.now())
    return tasks


def ids_without_task(task_name: str, argument: str, ids: Collection[int]) -> set[int]:
    """Return those of the ids for which no task with this name, and the id in this argument, waits or runs."""
    tasks = ProcrastinateJob.objects.filter(task_name=task_name, status__in=["todo", "doing"])
    return set(ids) - set(tasks.values_list(f"args__{argument}", flat=True))


def _stalled_since() -> Now:
    """Return the expression of the moment by the database's clock before which a heartbeat is too old."""
    return Now() - timedelta(seconds=STALLED_SECONDS)  # type: ignore[return-value]
