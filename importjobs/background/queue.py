"""Put the work of a job into the queue of the workers."""

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from importjobs.models import BackgroundRun

TASK = "process_import"
QUEUE = "imports"


def enqueue(run: BackgroundRun) -> None:
    """Add the task that processes a run to the queue, in the caller's transaction.

    Import jobs of one source system are processed one after the other, in the order of this call. Rehearsals wait for
    nothing.
    """
    lock = f"imports of source system {run.job.source_system_id}" if run.job else None
    app.configure_task(TASK, queue=QUEUE, lock=lock).defer(run_id=run.pk)


def enqueue_lost() -> int:
    """Put runs into the queue again whose task was lost, and return how many those were.

    A task is stored with its run, so this finds nothing unless somebody deleted tasks.
    """
    waiting = ProcrastinateJob.objects.filter(task_name=TASK, args__run_id=OuterRef("pk"), status__in=["todo", "doing"])
    unfinished = Q(job__finished_at=None, rehearsal=None) | Q(rehearsal__finished_at=None, job=None)
    lost = BackgroundRun.objects.filter(unfinished).filter(~Exists(waiting)).select_related("job")
    with transaction.atomic():
        runs = list(lost.select_for_update(of=("self",), skip_locked=True).order_by("pk"))
        for run in runs:
            enqueue(run)
    return len(runs)
