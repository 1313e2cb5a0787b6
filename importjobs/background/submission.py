"""Submit jobs to the workers, abort them and resume them.

Each function is one transaction, or part of the caller's: the job, its documents and the task of the queue are stored
together or not at all.
"""

from django.db import transaction
from django.utils import timezone

from importjobs import records
from importjobs.background import queue
from importjobs.models import BackgroundRun, ImportJob, JobRecord, Rehearsal, StoredDocuments
from importjobs.runner import Batch
from targets.models import SourceSystem


def submit_import(
    *,
    documents: StoredDocuments,
    batch: Batch,
    source_system: SourceSystem,
    submitted_by: str,
    correlation_id: str,
) -> ImportJob:
    """Store a Pending import job for stored documents, and the task that processes it. Returns the job.

    Jobs of one source system are processed one after the other, in the order in which they were submitted.
    """
    with transaction.atomic():
        job = ImportJob(**_values(documents, batch, source_system, submitted_by, correlation_id))
        job.save()
        run = BackgroundRun.objects.create(job=job, documents=documents)
        queue.enqueue(run)
    return job


def submit_rehearsal(
    *,
    documents: StoredDocuments,
    batch: Batch,
    source_system: SourceSystem,
    submitted_by: str,
    correlation_id: str,
) -> Rehearsal:
    """Store a Pending rehearsal for stored documents, and the task that processes it. Returns the rehearsal."""
    with transaction.atomic():
        rehearsal = Rehearsal(**_values(documents, batch, source_system, submitted_by, correlation_id))
        rehearsal.save()
        run = BackgroundRun.objects.create(rehearsal=rehearsal, documents=documents)
        queue.enqueue(run)
    return rehearsal


def abort(job: JobRecord) -> None:
    """Cancel a job that has not ended, and delete its documents. What was done stays.

    A part that a worker is processing is rolled back. Raises JobChanged if the job has ended already.
    """
    with transaction.atomic():
        records.cancel_job(job)
        discard_documents(job)


def resume(job: JobRecord) -> None:
    """Let a worker go on with a job that was given up. Raises JobChanged if the job is not failed with a `failure`.

    It is processed after the jobs of its source system that are waiting now.
    """
    with transaction.atomic():
        run = BackgroundRun.objects.select_for_update().filter(**_by(job)).first()
        if run is None:
            raise records.JobChanged(f"{job} has no documents that are left to process.")
        records.resume_job(job)
        run.attempts, run.started_at, run.last_error = 0, None, ""
        run.save()
        queue.enqueue(run)


def discard_documents(job: JobRecord) -> None:
    """Delete the run of a job, and its documents unless something else still needs them. Must run in a transaction."""
    for run in BackgroundRun.objects.filter(**_by(job)).select_related("documents"):
        run.delete()
        is_needed = run.documents.runs.exists() or run.documents.file_imports.filter(job=None).exists()
        if not is_needed:
            run.documents.delete()


def _by(job: JobRecord) -> dict[str, int]:
    """Return the filter that finds the run of a job or of a rehearsal."""
    return {"rehearsal_id" if isinstance(job, Rehearsal) else "job_id": job.pk}


def _values(
    documents: StoredDocuments, batch: Batch, source_system: SourceSystem, submitted_by: str, correlation_id: str
) -> dict[str, object]:
    """Return the values of a new job's columns."""
    return {
        "source_system": source_system,
        "operation": batch.operation,
        "batch_id": batch.batch_id,
        "status": JobRecord.Status.PENDING,
        "total_items": documents.count,
        "warnings": [warning._asdict() for warning in batch.warnings],
        "submitted_by": submitted_by,
        "correlation_id": correlation_id,
        "created_at": timezone.now(),
    }
