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
    """Add the task that reads a file to the queue, and store what it is read for, in the caller's transaction.

    `then` is intake.IMPORT or intake.REHEARSE. The count of attempts to read the file begins anew. Files that are to be
    imported into one source system are read one after the other, in the order of this call, so
    that their jobs are submitted in that order. Files that are only rehearsed wait for nothing.
    """
    lock = f"files of source system {file_import.source_system_id}" if then == "import" else None
    app.configure_task(READ_FILE, queue=QUEUE, lock=lock).defer(file_import_id=file_import.pk, then=then)
    file_import.reading_for = then
    FileImport.objects.filter(pk=file_import.pk).update(reading_for=then, readings=0)


def enqueue_lost() -> int:
    """Put runs and files into the queue again whose task was lost, and return how many those were.

    A task is stored with its run or file, so this finds nothing unless somebody deleted tasks.
    """
    unfinished = Q(job__finished_at=None, rehearsal=None) | Q(rehearsal__finished_at=None, job=None)
    runs = BackgroundRun.objects.filter(unfinished).exclude(_has_task(TASK, "run_id")).select_related("job")
    unread = FileImport.objects.exclude(reading_for="").filter(failure="", job=None)
    files = unread.exclude(_has_task(READ_FILE, "file_import_id"))
    with transaction.atomic():
        lost_runs = list(runs.select_for_update(of=("self",), skip_locked=True).order_by("pk"))
        for run in lost_runs:
            enqueue(run)
        lost_files = list(files.select_for_update(of=("self",), skip_locked=True).order_by("pk"))
        for file_import in lost_files:
            enqueue_reading(file_import, file_import.reading_for)
    return len(lost_runs) + len(lost_files)


def _has_task(name: str, argument: str) -> Exists:
    """Return the condition that a task of this name waits or runs whose argument is the id of the row."""
    row_id = Cast(KT(f"args__{argument}"), BigIntegerField())
    tasks = ProcrastinateJob.objects.filter(task_name=name, status__in=["todo", "doing"])
    return Exists(tasks.annotate(row_id=row_id).filter(row_id=OuterRef("pk")))


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
