"""The record of a run: its items are written as they come, and the job with the last of them."""

from collections import Counter
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
from targets.results import Outcome, Result

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


def write_alone(job: ImportJob, item: ImportItem, target: Target | None) -> bool:
    """A job of one item and the target that it changes, if any, in one statement.

    False where somebody was quicker with the target: then nothing is written."""
    parameters = {
        "job": bulk_sql.rows_as_json([job], _job_columns()),
        "items": bulk_sql.rows_as_json([item], _item_columns()),
    }
    if target is None:
        rows = execute(_alone(None), parameters | {"target_id": item.target_id})
    else:
        rows = execute(
            _alone(working_set.single_write_sql(target)), parameters | working_set.single_write_parameters(target)
        )
    if rows:
        [(job.pk, item.target_id)] = rows
    return bool(rows)


def write_ahead(job: ImportJob, items: Iterable[ImportItem]) -> None:
    """Items before their job, which is checked when the transaction ends; the first reserve its id."""
    if job.pk is None:
        [(job.pk,)] = execute(f"SELECT {_NEXT_ID}", {})
    execute(
        _items("SELECT %(job_id)s::bigint AS id"),
        {"job_id": job.pk, "items": bulk_sql.rows_as_json(items, _item_columns())},
    )


def close(job: ImportJob, items: Iterable[ImportItem]) -> None:
    """The job and the last of its items, in one statement and so in one round trip."""
    rows = {"items": bulk_sql.rows_as_json(items, _item_columns()), "job": bulk_sql.rows_as_json([job], _job_columns())}
    [(job.pk,), *_same] = execute(_items(_job(f"COALESCE(%(job_id)s::bigint, {_NEXT_ID})")), rows | {"job_id": job.pk})


_NEXT_ID = "nextval(pg_get_serial_sequence('importjobs_importjob', 'id'))"


def _job_columns() -> "list[models.Field[Any, Any]]":
    return bulk_sql.columns_of(ImportJob, "id")


def _item_columns() -> "list[models.Field[Any, Any]]":
    return bulk_sql.columns_of(ImportItem, "id", "job", *_HANDLING)


def _job(its_id: str, source: str = "") -> str:
    columns = _job_columns()
    return (
        f"INSERT INTO importjobs_importjob (id, {bulk_sql.column_list(columns)}) "  # noqa: S608  names of columns
        f"SELECT {its_id}, sent.* FROM {source}{bulk_sql.recordset_sql(columns, 'job')} RETURNING id"
    )


@cache
def _items(job: str) -> str:
    columns = _item_columns()
    return (
        f"WITH job AS ({job}) INSERT INTO importjobs_importitem (job_id, {bulk_sql.column_list(columns)}) "  # noqa: S608
        f"SELECT job.id, {_as_sent(columns)} FROM job, {bulk_sql.recordset_sql(columns, 'items')} RETURNING job_id"
    )


def _as_sent(columns: "list[models.Field[Any, Any]]") -> str:
    """A batch may have null for a target, which a recordset would take for no payload at all."""
    return bulk_sql.column_list(columns, "sent.").replace("sent.payload", "COALESCE(sent.payload, 'null')")


@cache
def _alone(target: str | None) -> str:
    """The job hangs on the target's row, and the item on the job's: without the first there is none."""
    columns = [field for field in _item_columns() if field.name != "target"]
    return (
        f"WITH target AS ({target or 'SELECT %(target_id)s::bigint AS id'}), "  # noqa: S608
        f"job AS ({_job(_NEXT_ID, 'target, ')}) "
        f"INSERT INTO importjobs_importitem (job_id, target_id, {bulk_sql.column_list(columns)}) "
        f"SELECT job.id, target.id, {bulk_sql.column_list(columns, 'sent.')} "
        f"FROM target, job, {bulk_sql.recordset_sql(_item_columns(), 'items')} RETURNING job_id, target_id"
    )
