"""Import jobs and items in the shape that the API answers."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from importjobs.models import ImportItem, ImportJob
from targets.results import Outcome


def envelope(job: ImportJob, items: Iterable[ImportItem]) -> dict[str, Any]:
    """Return the answer to an import: the job's counters and its items.

    The items of a batch carry their index, counted from 0. A rehearsal has no id and no links.
    """
    is_batch = job.batch_id is not None
    answers = [({"index": item.position} if is_batch else {}) | _item(item) for item in items]
    return _counters(job) | {"items": answers} | _links(job)


class ImportJobListSerializer(serializers.BaseSerializer[ImportJob]):
    """A job in a list, without its items: there may be thousands."""

    def to_representation(self, instance: ImportJob) -> dict[str, Any]:
        """Return the job's counters, origin and link."""
        return _counters(instance) | _origin(instance) | _links(instance)


class ImportJobSerializer(serializers.BaseSerializer[ImportJob]):
    """A job with its items."""

    def to_representation(self, instance: ImportJob) -> dict[str, Any]:
        """Return the answer that the import got, and where the job comes from."""
        items = instance.items.defer("payload")  # the largest part of a row, and not answered
        return envelope(instance, items) | _origin(instance)


def _counters(job: ImportJob) -> dict[str, Any]:
    skipped = {"skippedItems": job.skipped_items} if job.skipped_items else {}
    warnings = {"warnings": job.warnings} if job.warnings else {}
    counters = {
        "importJobId": job.pk,
        "status": job.status,
        "totalItems": job.total_items,
        "createdItems": job.created_items,
        "updatedItems": job.updated_items,
        "cancelledItems": job.cancelled_items,
        "rejectedItems": job.rejected_items,
        "warningItems": job.warning_items,
    }
    return counters | skipped | warnings


def _item(item: ImportItem) -> dict[str, Any]:
    answer: dict[str, Any] = {"externalId": item.external_id, "status": item.status}
    if item.status == Outcome.REJECTED:
        answer |= {
            "errorCode": item.error_code,
            "errorMessage": item.error_message,
            "errors": item.errors,
        }
    else:
        answer["targetId"] = item.target_id
    if item.status == Outcome.UPDATED:
        answer["changes"] = item.changes
    return answer | {"warnings": item.warnings}


def _origin(job: ImportJob) -> dict[str, Any]:
    """Return where a job comes from and when it ran. A job that has not ended has no finishedAt."""
    return {
        "sourceSystem": job.source_system.key,
        "operation": job.operation or None,
        **({"batchId": job.batch_id} if job.batch_id else {}),
        "createdAt": job.created_at,
        "finishedAt": job.finished_at,
        "correlationId": job.correlation_id,
    }


def _links(job: ImportJob) -> dict[str, Any]:
    """Return the link to a stored job, or the mark of a rehearsal, which stores none."""
    if job.pk is None:
        return {"validateOnly": True}
    return {"links": {"importJob": f"/import-jobs/{job.pk}"}}
