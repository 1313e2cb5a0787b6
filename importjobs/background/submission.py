"""Submit jobs to the workers, abort them and resume them.

Each function is one transaction, or part of the caller's: the job, its documents and the task of the queue are stored
together or not at all.
"""

from typing import TypeVar

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from importjobs import records
from importjobs.background import queue
from importjobs.models import BackgroundRun, JobRecord, Rehearsal, StoredDocuments
from importjobs.runner import Batch
from ordinavo.common.lock_waits import SHORT_WAIT_MS, limit_sql, retry_when_locked
from ordinavo.common.sql import execute
from targets.models import SourceSystem

J = TypeVar("J", bound=JobRecord)


def submit(
    kind: type[J],
    *,
    documents: StoredDocuments,
    batch: Batch,
    source_system: SourceSystem,
    submitted_by: str,
    correlation_id: str,
) -> J:
    """Store a Pending import job or rehearsal for stored documents, and the task that processes it. Returns the job.

    Import jobs of one source system are processed one after the other, in the order in which they were submitted.
    Rehearsals wait for nothing.
    """
    with transaction.atomic():
        job = kind(
            source_system=source_system,
            operation=batch.operation,
            batch_id=batch.batch_id,
            status=JobRecord.Status.PENDING,
            total_items=documents.count,
            warnings=[warning._asdict() for warning in batch.warnings],
            submitted_by=submitted_by,
            correlation_id=correlation_id,
            created_at=timezone.now(),
        )
        job.save()
        queue.enqueue(BackgroundRun.objects.create(documents=documents, **_by(job)))
    return job


def abort(job: JobRecord) -> None:
    """Cancel a job that has not ended, and delete its documents. What was done stays.

    Waits until a worker has recorded the part that it is processing, for LOCK_WAIT_SECONDS at most. Updates the columns
    of `job` in memory. Raises JobChanged if the job has ended already or was deleted, and TargetLocked or
    TooManyWaiting if the wait is too long.
    """

    def attempt(_is_retry: bool) -> None:
        """Abort the job in one transaction. Raises OperationalError if a worker holds the run for SHORT_WAIT_MS."""
        with transaction.atomic():
            _lock_run(job)
            try:
                job.refresh_from_db()  # the worker has recorded items since it was read
            except type(job).DoesNotExist as error:
                raise records.JobChanged(f"{job} was deleted.") from error
            records.cancel_job(job)
            discard_documents(job)

    retry_when_locked(attempt, seconds=settings.LOCK_WAIT_SECONDS)


def resume(job: JobRecord) -> None:
    """Let a worker go on with a job that was given up. Raises JobChanged if the job is not failed with a `failure`.

    It is processed after the jobs of its source system that are waiting now. Raises TargetLocked or TooManyWaiting if
    another process holds the job for LOCK_WAIT_SECONDS.
    """

    def attempt(_is_retry: bool) -> None:
        """Resume the job in one transaction. Raises OperationalError if the run is locked for SHORT_WAIT_MS."""
        with transaction.atomic():
            _lock_run(job)
            run = BackgroundRun.objects.filter(**_by(job)).first()
            if run is None:
                raise records.JobChanged(f"{job} has no documents that are left to process.")
            records.resume_job(job)
            run.attempts, run.started_at, run.last_error = 0, None, ""
            run.save()
            queue.enqueue(run)

    retry_when_locked(attempt, seconds=settings.LOCK_WAIT_SECONDS)


def discard_documents(job: JobRecord) -> None:
    """Delete the run of a job, and its documents unless something else still needs them. Must run in a transaction."""
    for run in BackgroundRun.objects.filter(**_by(job)).select_related("documents"):
        run.delete()
        is_needed = run.documents.runs.exists() or run.documents.file_imports.filter(job=None).exists()
        if not is_needed:
            run.documents.delete()


def _lock_run(job: JobRecord) -> None:
    """Lock the run of a job, if it has one, until the transaction ends. Waits for SHORT_WAIT_MS at most.

    A worker locks the run before it changes the job. Whoever changes both must do the same, to avoid deadlocks.
    """
    [foreign_key] = _by(job)
    where = f"{limit_sql(SHORT_WAIT_MS)} AND {foreign_key}_id = %(pk)s"
    execute(f"SELECT id FROM {BackgroundRun._meta.db_table} WHERE {where} FOR UPDATE", {"pk": job.pk})  # noqa: S608


def _by(job: JobRecord) -> dict[str, JobRecord]:
    """Return the foreign key that the run of an import job or of a rehearsal has."""
    return {"rehearsal" if isinstance(job, Rehearsal) else "job": job}
