"""Import jobs and items as the JSON objects of API responses."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from importjobs.models import ImportItem, ImportJob
from targets.results import Outcome


def envelope(job: ImportJob, items: Iterable[ImportItem]) -> dict[str, Any]:
    """Return the response body of an import: the job's id, status and counters, its items, and a link to the job.

    The items of a batch have their index, counted from 0. A rehearsal has the id None, and `validateOnly` instead of
    the link.
    """
    is_batch = job.batch_id is not None
    answers = [({"index": item.position} if is_batch else {}) | _item(item) for item in items]
    return _counters(job) | {"items": answers} | _links(job)


class ImportJobListSerializer(serializers.BaseSerializer[ImportJob]):
    """Serialize a job for a list, without its items, because there may be thousands."""

    def to_representation(self, instance: ImportJob) -> dict[str, Any]:
        """Return the job's id, status and counters, its source system, operation, batch id and times, and its link."""
        return _counters(instance) | _origin(instance) | _links(instance)


class ImportJobSerializer(serializers.BaseSerializer[ImportJob]):
    """Serialize a job with its items."""

    def to_representation(self, instance: ImportJob) -> dict[str, Any]:
        """Return the response body of the import, and also its source system, operation, batch id and times.

        The items are queried, without their payloads.
        """
        items = instance.items.defer("payload")  # the largest part of a row, and not answered
        return envelope(instance, items) | _origin(instance)


def _counters(job: ImportJob) -> dict[str, Any]:
    """Return the id, the status and the counters of a job.

    `skippedItems` is absent if it is 0, and `warnings`, about the batch itself, if there are none.
    """
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
    """Return an item as a response shows it, without its index.

    A rejected item has its errors instead of `targetId`. Only an updated one has `changes`.
    """
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
    """Return the source system, operation, batch id, times and correlation id of a stored job.

    `operation` is None if an unknown one was sent, `batchId` is absent if none was sent, and `finishedAt` is None
    until the job has ended.
    """
    return {
        "sourceSystem": job.source_system.key,
        "operation": job.operation or None,
        **({"batchId": job.batch_id} if job.batch_id else {}),
        "createdAt": job.created_at,
        "finishedAt": job.finished_at,
        "correlationId": job.correlation_id,
    }


def _links(job: ImportJob) -> dict[str, Any]:
    """Return `links` with the path of a stored job, or only `validateOnly: true` for a rehearsal, which has no id."""
    if job.pk is None:
        return {"validateOnly": True}
    return {"links": {"importJob": f"/import-jobs/{job.pk}"}}
