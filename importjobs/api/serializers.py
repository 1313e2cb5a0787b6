"""A job and its items as they are answered."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from importjobs.models import ImportItem, ImportJob
from targets.results import Outcome


def envelope(job: ImportJob, items: Iterable[ImportItem]) -> dict[str, Any]:
    """Of a batch each item has its index; a rehearsal has no id and no links."""
    is_batch = job.batch_id is not None
    answers = [({"index": item.position} if is_batch else {}) | _item(item) for item in items]
    return _counters(job) | {"items": answers} | _links(job)


class ImportJobListSerializer(serializers.BaseSerializer[ImportJob]):
    """A job of the list: without its items, of which there may be thousands."""

    def to_representation(self, instance: ImportJob) -> dict[str, Any]:
        return _counters(instance) | _origin(instance) | _links(instance)


class ImportJobSerializer(serializers.BaseSerializer[ImportJob]):
    def to_representation(self, instance: ImportJob) -> dict[str, Any]:
        items = instance.items.defer("payload")  # most of a row, and not answered
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
    return {
        "sourceSystem": job.source_system.key,
        "operation": job.operation or None,
        **({"batchId": job.batch_id} if job.batch_id else {}),
        "createdAt": job.created_at,
        "finishedAt": job.finished_at,
        "correlationId": job.correlation_id,
    }


def _links(job: ImportJob) -> dict[str, Any]:
    if job.pk is None:
        return {"validateOnly": True}
    return {"links": {"importJob": f"/import-jobs/{job.pk}"}}
