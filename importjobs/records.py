"""Write import jobs and their items, and move a job from one status to the next.

A single import and a synchronous batch store their job in the transaction that writes the targets. A background job
is stored as Pending first; then `start_job`, `record_chunk` for each chunk of its items, and `finish_job`, or
`cancel_job`, each in a transaction of its own.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from django.db import models
from django.utils import timezone

from importjobs.models import ImportItem, ImportJob
from ordinavo.common import bulk_sql
from ordinavo.common.sql import execute
from targets import working_set
from targets.models import Target
from targets.races import LostRace
from targets.results import Outcome, Result

Status = ImportJob.Status


class JobChanged(Exception):
    """The stored job is not what the caller holds: it has ended or was changed. Read it again."""


def build_item(
    *, position: int, result: Result, payload: Any, target_id: int | None, replay_of: int | None
) -> ImportItem:
    """Return the unsaved item of one document. A rejected one names no target, and its first error stands for all."""
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


def count_items(job: ImportJob, items: Iterable[ImportItem]) -> None:
    """Add items to the counters of a job in memory."""
    for item in items:
        name = _COUNTER_BY_STATUS[item.status]
        setattr(job, name, getattr(job, name) + 1)
        job.warning_items += bool(item.warnings)


def set_final_status(job: ImportJob) -> None:
    """End a job in memory: its counters say whether it is Completed, PartiallyFailed or Failed."""
    if job.rejected_items == 0:
        job.status = Status.COMPLETED
    else:
        job.status = Status.FAILED if job.rejected_items == job.total_items else Status.PARTIALLY_FAILED
    job.finished_at = timezone.now()


def insert_single(job: ImportJob, item: ImportItem, target: Target | None) -> None:
    """Insert an ended job with its only item, and write the target that it changes, if any, in one statement.

    Raises LostRace, and writes nothing, if another transaction created the target or changed it since it was read.
    """
    parameters = {
        "job": bulk_sql.rows_as_json([job], _job_columns()),
        "items": bulk_sql.rows_as_json([item], _item_columns()),
    }
    if target is None:
        rows = execute(_single_sql(None), parameters | {"target_id": item.target_id})
    else:
        target_parameters = working_set.single_write_parameters(target)
        rows = execute(_single_sql(working_set.single_write_sql(target)), parameters | target_parameters)
    if not rows:
        raise LostRace(f"Target {item.external_id} was created or changed by another transaction.")
    [(job.pk, item.target_id)] = rows


def record_chunk(job: ImportJob, items: Sequence[ImportItem], *, is_last: bool = False) -> None:
    """Insert a chunk of a job's items and raise the job's counters, in one statement.

    A job that is not stored yet is inserted along with its first chunk. The last chunk also gives the job its final
    status. Raises JobChanged if the stored job is not in Processing any more, or if other items were recorded than
    this object has counted; after a rollback, read the job again.
    """
    recorded = recorded_items(job)
    count_items(job, items)
    if is_last:
        set_final_status(job)
    parameters = {
        "job_id": job.pk,
        "recorded": recorded,
        "job": bulk_sql.rows_as_json([job], _job_columns()),
        "items": bulk_sql.rows_as_json(items, _item_columns()),
    }
    rows = execute(_chunk_sql(_insert_job_sql() if job.pk is None else _update_job_sql()), parameters)
    if not rows:
        raise JobChanged(f"Import job {job.pk} has ended, or other items of it were recorded.")
    [(job.pk,)] = rows


def start_job(job: ImportJob) -> None:
    """Move a stored job from Pending to Processing. Raises JobChanged if it is not Pending any more."""
    _move(job, (Status.PENDING,), status=Status.PROCESSING)


def finish_job(job: ImportJob) -> None:
    """Give a job whose items are all recorded its final status. Raises JobChanged if it is not in Processing any more.

    Raises IntegrityError if items are missing.
    """
    set_final_status(job)
    _move(job, (Status.PROCESSING,), status=job.status, finished_at=job.finished_at)


def cancel_job(job: ImportJob) -> None:
    """Abort a job. The items that are recorded stay. Raises JobChanged if it has ended already."""
    _move(job, (Status.PENDING, Status.PROCESSING), status=Status.CANCELLED, finished_at=timezone.now())


def recorded_items(job: ImportJob) -> int:
    """Return how many items of the job are recorded, by its counters."""
    return sum(getattr(job, name) for name in _COUNTER_BY_STATUS.values())


_COUNTER_BY_STATUS: dict[str, str] = {
    Outcome.CREATED: "created_items",
    Outcome.UPDATED: "updated_items",
    Outcome.CANCELLED: "cancelled_items",
    Outcome.SKIPPED: "skipped_items",
    Outcome.REJECTED: "rejected_items",
}


def _move(job: ImportJob, expected: Iterable[str], **values: Any) -> None:
    """Change a stored job that has one of the expected statuses. Raises JobChanged if it has another one."""
    if not ImportJob.objects.filter(pk=job.pk, status__in=expected).update(**values):
        raise JobChanged(f"Import job {job.pk} is not {' or '.join(expected)} any more.")
    for name, value in values.items():
        setattr(job, name, value)


def _job_columns() -> "list[models.Field[Any, Any]]":
    return bulk_sql.columns_of(ImportJob, "id")


def _item_columns() -> "list[models.Field[Any, Any]]":
    handling = ("handling", "handling_note", "handled_by", "handled_at")
    return bulk_sql.columns_of(ImportItem, "id", "job", *handling)


@cache
def _insert_job_sql(source: str = "") -> str:
    columns = _job_columns()
    return (
        f"INSERT INTO importjobs_importjob ({bulk_sql.column_list(columns)}) "  # noqa: S608  names of columns
        f"SELECT sent.* FROM {source}{bulk_sql.recordset_sql(columns, 'job')} RETURNING id"
    )


@cache
def _update_job_sql() -> str:
    changing = [*_COUNTER_BY_STATUS.values(), "warning_items", "status", "finished_at"]
    return (
        f"UPDATE importjobs_importjob AS stored SET {', '.join(f'{name} = sent.{name}' for name in changing)} "  # noqa: S608
        f"FROM {bulk_sql.recordset_sql(_job_columns(), 'job')} "
        f"WHERE stored.id = %(job_id)s AND stored.status = '{Status.PROCESSING.value}' "
        f"AND {' + '.join(f'stored.{name}' for name in _COUNTER_BY_STATUS.values())} = %(recorded)s RETURNING stored.id"
    )


@cache
def _chunk_sql(job: str) -> str:
    columns = _item_columns()
    return (
        f"WITH job AS ({job}), "  # noqa: S608  names of columns
        f"item AS (INSERT INTO importjobs_importitem (job_id, {bulk_sql.column_list(columns)}) "
        f"SELECT job.id, {_sent_item_columns(columns)} FROM job, {bulk_sql.recordset_sql(columns, 'items')}) "
        "SELECT id FROM job"
    )


def _sent_item_columns(columns: "list[models.Field[Any, Any]]") -> str:
    """Return the columns of the sent items. A target of a batch may be the JSON value null, which SQL reads as NULL."""
    return bulk_sql.column_list(columns, "sent.").replace("sent.payload", "COALESCE(sent.payload, 'null')")


@cache
def _single_sql(target: str | None) -> str:
    """If no target row is written, no job is written either, and without a job no item."""
    columns = [field for field in _item_columns() if field.name != "target"]
    return (
        f"WITH target AS ({target or 'SELECT %(target_id)s::bigint AS id'}), "  # noqa: S608
        f"job AS ({_insert_job_sql('target, ')}) "
        f"INSERT INTO importjobs_importitem (job_id, target_id, {bulk_sql.column_list(columns)}) "
        f"SELECT job.id, target.id, {bulk_sql.column_list(columns, 'sent.')} "
        f"FROM target, job, {bulk_sql.recordset_sql(_item_columns(), 'items')} RETURNING job_id, target_id"
    )
