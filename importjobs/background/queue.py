"""Put the work of a job into the queue of the workers."""

from datetime import timedelta

from django.db import transaction
from django.db.models import BigIntegerField, Exists, OuterRef, Q
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Now
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from importjobs.models import BackgroundRun, FileImport
from ordinavo.common.limits import STALLED_SECONDS

TASK = "process_import"
READ_FILE = "read_file"
QUEUE = "imports"


def enqueue(run: BackgroundRun) -> None:
    """Add the task that processes a run to the queue, in the caller's transaction.

    Import jobs of one source system are processed one after the other, in the order of this call. Rehearsals wait for
    nothing.
    """
    lock = f"imports of source system {run.job.source_system_id}" if run.job else None
    app.configure_task(TASK, queue=QUEUE, lock=lock).defer(run_id=run.pk)


def enqueue_reading(file_import: FileImport, then: str) -> None:
    """Add the task that reads a file to the queue, in the caller's transaction.

    Files that are to be imported into one source system are read one after the other, in the order of this call, so
    that their jobs are submitted in that order. Files that are only rehearsed wait for nothing.
    """
    lock = f"files of source system {file_import.source_system_id}" if then == "import" else None
    app.configure_task(READ_FILE, queue=QUEUE, lock=lock).defer(file_import_id=file_import.pk, then=then)


def is_reading(file_import: FileImport) -> bool:
    """Return whether the task that reads a file waits in the queue or runs. Makes a query."""
    tasks = ProcrastinateJob.objects.filter(task_name=READ_FILE, args__file_import_id=file_import.pk)
    return tasks.filter(status__in=["todo", "doing"]).exists()


def enqueue_lost() -> int:
    """Put runs into the queue again whose task was lost, and return how many those were.

    A task is stored with its run, so this finds nothing unless somebody deleted tasks.
    """
    run_id = Cast(KT("args__run_id"), BigIntegerField())
    tasks = ProcrastinateJob.objects.filter(task_name=TASK, status__in=["todo", "doing"])
    waiting = tasks.annotate(run_id=run_id).filter(run_id=OuterRef("pk"))
    unfinished = Q(job__finished_at=None, rehearsal=None) | Q(rehearsal__finished_at=None, job=None)
    lost = BackgroundRun.objects.filter(unfinished).filter(~Exists(waiting)).select_related("job")
    with transaction.atomic():
        runs = list(lost.select_for_update(of=("self",), skip_locked=True).order_by("pk"))
        for run in runs:
            enqueue(run)
    return len(runs)


def put_back_tasks_of_lost_workers() -> list[int]:
    """Put the tasks of workers that have been silent for STALLED_SECONDS back into the queue, and return their ids.

    The tasks may be of any kind. Two processes that call this at the same time put each task back once.
    """
    is_lost = Q(worker=None) | Q(worker__last_heartbeat__lt=Now() - timedelta(seconds=STALLED_SECONDS))
    tasks = ProcrastinateJob.objects.filter(is_lost, status="doing")
    with transaction.atomic():
        ids = list(tasks.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True))
        for task in ids:
            app.job_manager.retry_job_by_id(task, retry_at=timezone.now())
    return ids
