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

from importjobs.models import ImportItem, ImportJob, ItemRecord, JobRecord, Rehearsal, RehearsedItem
from ordinavo.common import bulk_sql, instances, lock_waits
from ordinavo.common.sql import execute
from targets import working_set
from targets.models import Target
from targets.races import LostRace
from targets.results import Outcome, Result

Status = ImportJob.Status


class JobChanged(Exception):
    """The stored job does not have the expected status or counters, or was deleted. Read it again."""


def build_item(
    *, position: int, result: Result, payload: Any, target_id: int | None, replay_of: int | None
) -> ImportItem:
    """Return the unsaved item of one document. Its `job` is not set.

    `position` counts from 0, and `payload` is the document as it was sent. If the result has errors, the item has no
    target, and `error_code` and `error_message` are those of the first error; else both are empty. `replay_of` is the
    id of the rejected item that this one replays, or None.
    """
    first = result.errors[0] if result.errors else None
    item = instances.new(ImportItem)
    item.position, item.external_id, item.status = position, result.external_id, result.outcome.value
    item.target_id = None if result.errors else target_id
    if first:
        item.error_code, item.error_message = first.code, first.message
    item.errors = [error._asdict() for error in result.errors]
    item.warnings = [warning._asdict() for warning in result.warnings]
    item.changes = result.changes
    item.payload = payload
    item.replay_of_id = replay_of
    return item


def count_items(job: JobRecord, items: Iterable[ItemRecord]) -> None:
    """Raise the counters of a job, in memory: for each item that of its status, and `warning_items` if it has warnings.

    `total_items` is not changed, and nothing is written. Raises KeyError for an item with an unknown status.
    """
    for item in items:
        name = _COUNTER_BY_STATUS[item.status]
        setattr(job, name, getattr(job, name) + 1)
        job.warning_items += bool(item.warnings)


def set_final_status(job: JobRecord) -> None:
    """Set the status and the end time of a job, in memory only.

    By the job's counters, the status is Completed if no item was rejected (also if there is none), Failed if all were,
    else PartiallyFailed.
    """
    if job.rejected_items == 0:
        job.status = Status.COMPLETED
    else:
        job.status = Status.FAILED if job.rejected_items == job.total_items else Status.PARTIALLY_FAILED
    job.finished_at = timezone.now()


def insert_single(job: ImportJob, item: ImportItem, target: Target | None) -> None:
    """Insert an ended job with its only item, and insert or update the given target, if any, in one statement.

    Without a target, the item refers to its own `target_id`, which may be None. Sets the job's id and the item's target
    id. Raises LostRace, and writes nothing, if another transaction created the target or changed it since it was read.
    Raises a django.db error, such as IntegrityError, if the database refuses a row. After an exception neither id is
    set.
    """
    parameters = {
        "job": bulk_sql.rows_as_json([job], _job_columns()),
        "items": bulk_sql.rows_as_json([item], _item_columns(ImportItem)),
    }
    if target is None:
        rows = execute(_single_sql(None), parameters | {"target_id": item.target_id})
    else:
        target_parameters = working_set.single_write_parameters(target)
        rows = execute(_single_sql(working_set.single_write_sql(target)), parameters | target_parameters)
    if not rows:
        raise LostRace(f"Target {item.external_id} was created or changed by another transaction.")
    [(job.pk, item.target_id)] = rows


def as_rehearsed(item: ImportItem) -> RehearsedItem:
    """Return the same item as one of a rehearsal, without its job, which is not set."""
    values = {field.attname: getattr(item, field.attname) for field in _item_columns(RehearsedItem)}
    return RehearsedItem(**values)


def record_chunk(job: JobRecord, items: Sequence[ItemRecord], *, is_last: bool = False) -> None:
    """Insert a chunk of a job's items and add them to the job's counters, in one statement.

    The job may be an import job with ImportItems, or a rehearsal with RehearsedItems. A job without an id is inserted
    along with its first chunk and gets its id. The last chunk also sets the job's final status. Raises JobChanged, and
    writes nothing, if the stored job is not in Processing, or if its counters do not have the same sum as those of this
    object had. Raises IntegrityError if the last chunk leaves items missing. After an exception, read the job again:
    its counters in memory are already raised.
    """
    recorded = job.recorded_items
    count_items(job, items)
    if is_last:
        set_final_status(job)
    parameters = {
        "job_id": job.pk,
        "recorded": recorded,
        "job": bulk_sql.rows_as_json([job], _job_columns()),
        "items": bulk_sql.rows_as_json(items, _item_columns(_item_model(type(job)))),
    }
    rows = execute(_chunk_sql(type(job), is_new=job.pk is None), parameters)
    if not rows:
        raise JobChanged(f"Import job {job.pk} has ended, or other items of it were recorded.")
    [(job.pk,)] = rows


def start_job(job: JobRecord) -> None:
    """Move a job from Pending to Processing, in the database and then in memory.

    Raises JobChanged, and changes neither, if the stored job is not Pending or was deleted.
    """
    _move(job, (Status.PENDING,), status=Status.PROCESSING)


def finish_job(job: JobRecord) -> None:
    """End a stored job whose items are all recorded: store its end time and the status from `set_final_status`.

    Raises JobChanged if the stored job is not in Processing or was deleted, and IntegrityError if items are missing.
    After an exception, read the job again: its status and end time in memory are already set.
    """
    set_final_status(job)
    _move(job, (Status.PROCESSING,), status=job.status, finished_at=job.finished_at)


def cancel_job(job: JobRecord) -> None:
    """Set a job that is Pending or Processing to Cancelled, with the end time now, in the database and then in memory.

    Its recorded items and its counters stay. Raises JobChanged, and changes neither, if the stored job has ended
    already or was deleted.
    """
    _move(job, (Status.PENDING, Status.PROCESSING), status=Status.CANCELLED, finished_at=timezone.now())


def fail_job(job: JobRecord, *, reason: str) -> None:
    """Set a job that is Pending or Processing to Failed, although it has items that were never tried.

    `reason` is a sentence for staff and for the sender. The end time is now; the recorded items and the counters stay.
    Raises JobChanged, and changes nothing, if the stored job has ended already or was deleted.
    """
    changes = {"status": Status.FAILED, "failure": reason, "finished_at": timezone.now()}
    _move(job, (Status.PENDING, Status.PROCESSING), **changes)


def resume_job(job: JobRecord) -> None:
    """Set a job that `fail_job` has ended back to Processing, or to Pending if it has no item yet.

    Raises JobChanged, and changes nothing, if the stored job is not failed or was deleted.
    """
    status = Status.PROCESSING if job.recorded_items else Status.PENDING
    _move(job, (Status.FAILED,), status=status, failure="", finished_at=None)


_COUNTER_BY_STATUS: dict[str, str] = {
    Outcome.CREATED: "created_items",
    Outcome.UPDATED: "updated_items",
    Outcome.CANCELLED: "cancelled_items",
    Outcome.SKIPPED: "skipped_items",
    Outcome.REJECTED: "rejected_items",
}


def _item_model(job_model: type[JobRecord]) -> type[ItemRecord]:
    """Return the model of the items that a model of jobs has."""
    return RehearsedItem if issubclass(job_model, Rehearsal) else ImportItem


def _move(job: JobRecord, expected: Iterable[str], **values: Any) -> None:
    """Set the fields in `values`, in the database and then in memory, if the job's stored status is one of `expected`.

    Raises JobChanged if the stored job has another status or was deleted. If it or a database error is raised, neither
    is changed. The status of the object in memory is not looked at.
    """
    if not type(job)._default_manager.filter(pk=job.pk, status__in=expected).update(**values):
        raise JobChanged(f"Import job {job.pk} is not {' or '.join(expected)} any more.")
    for name, value in values.items():
        setattr(job, name, value)


def _job_columns() -> "list[models.Field[Any, Any]]":
    """Return the model fields of a job that an insert writes: every one that has a column, but not `id` and `failure`.

    They are the same for a rehearsal.
    """
    return bulk_sql.columns_of(ImportJob, "id", "failure")


def _item_columns(model: type[ItemRecord]) -> "list[models.Field[Any, Any]]":
    """Return the model fields of an item that an insert writes: every one that has a column, with six exceptions.

    These are `id`, `job`, `handling`, `handling_note`, `handled_by` and `handled_at`. `target` is among them, and so is
    `replay_of` if the model has it.
    """
    handling = ("handling", "handling_note", "handled_by", "handled_at")
    return bulk_sql.columns_of(model, "id", "job", *handling)


@cache
def _insert_job_sql(model: type[JobRecord], source: str = "") -> str:
    """Return SQL that inserts the job in the parameter `job`, which is JSON. When run, it returns a row with the id.

    `job` is a list of one row, as made by `bulk_sql.rows_as_json`. `source` is empty, or the name of a table with a
    comma, such as "target, ". If that table has no row, the SQL inserts nothing and returns no row.
    """
    columns = _job_columns()
    return (
        f"INSERT INTO {model._meta.db_table} ({bulk_sql.column_list(columns)}) "  # noqa: S608  names of columns
        f"SELECT sent.* FROM {source}{bulk_sql.recordset_sql(columns, 'job')} RETURNING id"
    )


@cache
def _update_job_sql(model: type[JobRecord]) -> str:
    """Return SQL that sets the counters, status and end time of a stored job. When run, it returns a row with its id.

    The parameter `job_id` names the job, and `job` has its new values as JSON. The SQL changes nothing and returns no
    row if the stored job is not in Processing, or if its counters do not add up to the parameter `recorded`.
    """
    changing = [*_COUNTER_BY_STATUS.values(), "warning_items", "status", "finished_at"]
    return (
        f"UPDATE {model._meta.db_table} AS stored SET {', '.join(f'{name} = sent.{name}' for name in changing)} "  # noqa: S608
        f"FROM {bulk_sql.recordset_sql(_job_columns(), 'job')} "
        f"WHERE stored.id = %(job_id)s AND stored.status = '{Status.PROCESSING.value}' "
        f"AND {' + '.join(f'stored.{name}' for name in _COUNTER_BY_STATUS.values())} = %(recorded)s RETURNING stored.id"
    )


@cache
def _chunk_sql(model: type[JobRecord], *, is_new: bool) -> str:
    """Return SQL that writes a job and inserts the items in the parameter `items`, which is JSON.

    When run, the SQL returns a row with the job's id. It needs the parameters of `_insert_job_sql` for a new job, or of
    `_update_job_sql`. If that returns no row, no item is inserted and no row is returned.
    """
    items = _item_model(model)
    columns = _item_columns(items)
    return (
        f"WITH job AS ({_insert_job_sql(model) if is_new else _update_job_sql(model)}), "  # noqa: S608  names of columns
        f"item AS (INSERT INTO {items._meta.db_table} (job_id, {bulk_sql.column_list(columns)}) "
        f"SELECT job.id, {_sent_item_columns(columns)} FROM job, {bulk_sql.recordset_sql(columns, 'items')}) "
        "SELECT id FROM job"
    )


def _sent_item_columns(columns: "list[models.Field[Any, Any]]") -> str:
    """Return the SQL text that selects these columns from the table `sent`, separated by commas.

    A document of a batch may be the JSON value null. SQL reads it as NULL, so it is made the JSON value null again.
    """
    return bulk_sql.column_list(columns, "sent.").replace("sent.payload", "COALESCE(sent.payload, 'null')")


@cache
def _single_sql(target: str | None) -> str:
    """Return SQL that writes a target, an ended job and its item. When run, it returns a row (job's id, target's id).

    Its parameters are `job` and `items`, JSON lists of one row each, and those of `target`, the SQL that writes the
    target and returns its id. If that returns no row, no job and no item are written, and no row is returned. If
    `target` is None, no target is written, and the item refers to the parameter `target_id`, which may be NULL.
    """
    columns = [field for field in _item_columns(ImportItem) if field.name != "target"]
    no_target = f"SELECT %(target_id)s::bigint AS id WHERE {lock_waits.limit_sql(lock_waits.SHORT_WAIT_MS)}"
    return (
        f"WITH target AS ({target or no_target}), "  # noqa: S608
        f"job AS ({_insert_job_sql(ImportJob, 'target, ')}) "
        f"INSERT INTO importjobs_importitem (job_id, target_id, {bulk_sql.column_list(columns)}) "
        f"SELECT job.id, target.id, {bulk_sql.column_list(columns, 'sent.')} "
        f"FROM target, job, {bulk_sql.recordset_sql(_item_columns(ImportItem), 'items')} RETURNING job_id, target_id"
    )
