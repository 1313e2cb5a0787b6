"""The record of a run: its items are written as they come, and the job with the last of them."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import connection
from django.utils import timezone

from targets.results import Outcome, Result
from templates import bulk

from .models import ImportItem, ImportJob

_HANDLING = ("handling", "handling_note", "handled_by", "handled_at")


def item(position: int, result: Result, payload: Any, target_id: int | None, replay_of: int | None) -> ImportItem:
    first = result.errors[0] if result.errors else None
    return ImportItem(
        position=position,
        external_id=result.external_id,
        status=result.outcome.value,
        target_id=None if result.errors else target_id,
        error_code=first.code if first else "",
        error_message=first.message if first else "",
        errors=[error._asdict() for error in result.errors],
        warnings=[warning._asdict() for warning in result.warnings],
        changes=result.changes,
        payload=payload,
        replay_of_id=replay_of,
    )


def count(job: ImportJob, items: Sequence[ImportItem]) -> None:
    counts = Counter(item.status for item in items)
    job.total_items, job.rejected_items = len(items), counts[Outcome.REJECTED]
    job.created_items, job.updated_items = counts[Outcome.CREATED], counts[Outcome.UPDATED]
    job.cancelled_items, job.skipped_items = counts[Outcome.CANCELLED], counts[Outcome.SKIPPED]
    job.warning_items = sum(bool(item.warnings) for item in items)
    job.status = ImportJob.Status.PARTIALLY_FAILED
    if job.rejected_items in (0, job.total_items):
        job.status = ImportJob.Status.FAILED if job.rejected_items else ImportJob.Status.COMPLETED
    job.finished_at = timezone.now()


def write_ahead(job: ImportJob, items: Iterable[ImportItem]) -> None:
    """Items before their job, which is checked when the transaction ends; the first reserve its id."""
    with connection.cursor() as cursor:
        if job.pk is None:
            cursor.execute("SELECT nextval(pg_get_serial_sequence('importjobs_importjob', 'id'))")
            job.pk = cursor.fetchone()[0]
        fields = bulk.columns(ImportItem, "id", "job", *_HANDLING)
        cursor.execute(_items("SELECT %(job_id)s::bigint AS id"), {"job_id": job.pk, "items": bulk.rows(items, fields)})


def close(job: ImportJob, items: Iterable[ImportItem]) -> None:
    """The job and the last of its items, in one statement and so in one round trip."""
    columns = bulk.columns(ImportJob, "id")
    with connection.cursor() as cursor:
        rows = bulk.rows(items, bulk.columns(ImportItem, "id", "job", *_HANDLING))
        cursor.execute(_items(_job()), {"items": rows, "job": bulk.rows([job], columns), "job_id": job.pk})
        job.pk = cursor.fetchone()[0]


@cache
def _job() -> str:
    columns = bulk.columns(ImportJob, "id")
    return (
        f"INSERT INTO importjobs_importjob (id, {bulk.names(columns)}) "  # noqa: S608  names of columns
        "SELECT COALESCE(%(job_id)s::bigint, nextval(pg_get_serial_sequence('importjobs_importjob', 'id'))), "
        f"sent.* FROM {bulk.recordset(columns, 'job')} RETURNING id"
    )


@cache
def _items(job: str) -> str:
    columns = bulk.columns(ImportItem, "id", "job", *_HANDLING)
    return (
        f"WITH job AS ({job}) INSERT INTO importjobs_importitem (job_id, {bulk.names(columns)}) "  # noqa: S608
        f"SELECT job.id, sent.* FROM job, {bulk.recordset(columns, 'items')} RETURNING job_id"
    )
