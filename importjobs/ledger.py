"""Writes a job and its items, however many, in one statement and so in one round trip."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.utils import timezone

from targets.models import SourceSystem
from targets.results import Outcome, Result
from templates.exactjson import dumps

from .models import ImportItem, ImportJob

_INSERT = """
WITH job AS (
    INSERT INTO importjobs_importjob (
        source_system_id, operation, status, total_items, created_items, updated_items,
        cancelled_items, rejected_items, warning_items, submitted_by, correlation_id,
        created_at, finished_at
    ) VALUES (
        %(source_system_id)s, %(operation)s, %(status)s, %(total_items)s, %(created_items)s,
        %(updated_items)s, %(cancelled_items)s, %(rejected_items)s, %(warning_items)s,
        %(submitted_by)s, %(correlation_id)s, %(created_at)s, %(finished_at)s
    ) RETURNING id
)
INSERT INTO importjobs_importitem (
    job_id, position, external_id, status, target_id, error_code, error_message,
    errors, warnings, changes, payload, replay_of_id
)
SELECT job.id, item.*
FROM job, jsonb_to_recordset(%(items)s::jsonb) AS item (
    position integer, external_id text, status text, target_id bigint, error_code text,
    error_message text, errors jsonb, warnings jsonb, changes jsonb, payload jsonb,
    replay_of_id bigint
)
RETURNING job_id
"""


def record(
    *,
    results: Sequence[Result],
    payloads: Sequence[Mapping[str, Any]],
    source_system: SourceSystem,
    operation: str,
    submitted_by: str,
    correlation_id: str,
    created_at: datetime,
    replay_of: Sequence[int] = (),
) -> tuple[ImportJob, list[ImportItem]]:
    """Runs in its caller's transaction, the one that wrote the targets."""
    job = ImportJob(
        source_system=source_system,
        operation=operation,
        submitted_by=submitted_by,
        correlation_id=correlation_id,
        created_at=created_at,
        finished_at=timezone.now(),
        **_counters(results),
    )
    items = [
        _item(position, result, payload)
        for position, (result, payload) in enumerate(zip(results, payloads, strict=True))
    ]
    for item, original in zip(items, replay_of, strict=False):
        item.replay_of_id = original
    with connection.cursor() as cursor:
        rows = dumps([_columns(item) for item in items]).decode()
        cursor.execute(_INSERT, _columns(job) | {"items": rows})
        job.pk = cursor.fetchone()[0]
    return job, items


def _counters(results: Sequence[Result]) -> dict[str, Any]:
    counts = Counter(result.outcome for result in results)
    rejected, total = counts[Outcome.REJECTED], len(results)
    status = ImportJob.Status.PARTIALLY_FAILED
    if rejected in (0, total):
        status = ImportJob.Status.FAILED if rejected else ImportJob.Status.COMPLETED
    return {
        "status": status,
        "total_items": total,
        "created_items": counts[Outcome.CREATED],
        "updated_items": counts[Outcome.UPDATED],
        "cancelled_items": counts[Outcome.CANCELLED],
        "rejected_items": rejected,
        "warning_items": sum(bool(result.warnings) for result in results),
    }


def _item(position: int, result: Result, payload: Mapping[str, Any]) -> ImportItem:
    first = result.errors[0] if result.errors else None
    return ImportItem(
        position=position,
        external_id=result.external_id,
        status=result.outcome.value,
        target_id=result.target_id,
        error_code=first.code if first else "",
        error_message=first.message if first else "",
        errors=[error._asdict() for error in result.errors],
        warnings=[warning._asdict() for warning in result.warnings],
        changes=result.changes,
        payload=payload,
    )


def _columns(row: ImportJob | ImportItem) -> dict[str, Any]:
    return {
        field.attname: getattr(row, field.attname)
        for field in row._meta.concrete_fields
        if field.name not in ("id", "job")
    }
