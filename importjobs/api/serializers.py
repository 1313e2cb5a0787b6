"""Import jobs and items as the JSON objects of API responses."""

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers

from importjobs.models import ImportItem, ImportJob
from targets.results import Outcome


def envelope(job: ImportJob, items: Iterable[ImportItem]) -> dict[str, Any]:
    """Return the response body of an import: the keys of `_counters`, `batchId`, `items` as of `_item`, and `links`.

    `batchId` is absent for a single import and for a batch without an id.
    `_counters` gives `importJobId`, `status`, the counters such as `createdItems`, and `warnings` if there are any. The
    items of a batch also have their `index`, counted from 0. A rehearsal has None as `importJobId`, and `validateOnly:
    true` instead of `links`.
    """
    is_batch = job.batch_id is not None
    answers = [({"index": item.position} if is_batch else {}) | _item(item) for item in items]
    return _counters(job) | _batch_id(job) | {"items": answers} | _links(job)


class ImportJobListSerializer(serializers.BaseSerializer[ImportJob]):
    """Serialize a job for a list, without its items, because there may be thousands."""

    def to_representation(self, instance: ImportJob) -> dict[str, Any]:
        """Return the job as an object: its id, status and counters, where it came from and when, and its link.

        The keys are those of `_counters`, `_origin` and `_links`. Its source system is queried if it was not selected.
        """
        return _counters(instance) | _origin(instance) | _links(instance)


class ImportJobSerializer(serializers.BaseSerializer[ImportJob]):
    """Serialize a job with its items."""

    def to_representation(self, instance: ImportJob) -> dict[str, Any]:
        """Return the job as an object: its id, status, counters, `items` and `links`, and the keys of `_origin`.

        All its items are queried, without their payloads, in the order of their positions.
        """
        items = instance.items.defer("payload")  # the largest part of a row, and not answered
        return envelope(instance, items) | _origin(instance)


def _counters(job: ImportJob) -> dict[str, Any]:
    """Return `importJobId`, `status` and the counters of a job, such as `createdItems`.

    `skippedItems` is absent if it is 0. `warnings` has the warnings about the batch itself, and is absent if there are
    none.
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
    """Return an item as a response shows it: `externalId`, `status`, `targetId` and `warnings`, but no `index`.

    A rejected item has `errorCode`, `errorMessage` and `errors` instead of `targetId`. Only an updated one has
    `changes`, a list that may be empty.
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
    """Return `sourceSystem` (its key), `operation`, `batchId`, `createdAt`, `finishedAt` and `correlationId` of a job.

    `operation` is None if an unknown one was sent, `batchId` is absent for a single import and for a batch without an
    id, and `finishedAt` is None until the job has ended. The times are datetimes.
    """
    return {
        "sourceSystem": job.source_system.key,
        "operation": job.operation or None,
        **_batch_id(job),
        "createdAt": job.created_at,
        "finishedAt": job.finished_at,
        "correlationId": job.correlation_id,
    }


def _batch_id(job: ImportJob) -> dict[str, str]:
    """Return {"batchId": the sender's name for the batch}, or an empty dictionary if the job has none."""
    return {"batchId": job.batch_id} if job.batch_id else {}


def _links(job: ImportJob) -> dict[str, Any]:
    """Return {"links": {"importJob": path}} for a stored job, {"validateOnly": True} for a rehearsal without an id."""
    if job.pk is None:
        return {"validateOnly": True}
    return {"links": {"importJob": f"/import-jobs/{job.pk}"}}
