"""Put the work of a job into the queue of the workers."""

from django.db import transaction
from django.db.models import Q
from procrastinate.contrib.django import app

from importjobs.models import BackgroundRun
from ordinavo.common import task_queue

TASK = "process_import"
QUEUE = "imports"


def enqueue(run: BackgroundRun) -> None:
    """Add the task that processes a run to the queue, in the caller's transaction.

    Import jobs of one source system are processed one after the other, in the order of this call. Rehearsals wait for
    nothing.
    """
    lock = f"imports of source system {run.job.source_system_id}" if run.job else None
    app.configure_task(TASK, queue=QUEUE, lock=lock).defer(run_id=run.pk)


def enqueue_lost_runs() -> list[int]:
    """Add the missing tasks of runs that have not ended to the queue, and return the ids of the runs.

    A task is lost, for example, if a worker of an earlier version, which does not know it, has taken it.
    """
    with transaction.atomic():
        unended = Q(job__isnull=False, job__finished_at=None) | Q(rehearsal__isnull=False, rehearsal__finished_at=None)
        runs = BackgroundRun.objects.filter(unended)
        lost = task_queue.ids_without_task(TASK, "run_id", runs.values_list("pk", flat=True))
        for run in BackgroundRun.objects.select_for_update(of=("self",), skip_locked=True).filter(unended, pk__in=lost):
            enqueue(run)
    return sorted(lost)
