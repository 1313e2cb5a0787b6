"""Import jobs and items as the JSON objects of API responses."""

from collections.abc import Iterable
from typing import Any

from django.db.models import BooleanField, Case, QuerySet, Value, When
from rest_framework import serializers

from importjobs.answer_size import AnswerSize, Details
from importjobs.background import progress
from importjobs.models import ImportItem, ImportJob, ItemRecord, JobRecord, Rehearsal, RehearsedItem
from ordinavo.common.limits import MAX_ANSWERED_ITEMS
from targets.results import Outcome


def envelope(job: JobRecord, items: Iterable[ItemRecord], *, are_all_items: bool = True) -> dict[str, Any]:
    """Return the response body of an import: the keys of `_counters`, `batchId`, `items` as of `_item`, and `links`.

    `_counters` gives `importJobId`, `status`, the counters such as `createdItems`, and `warnings` if there are any.
    `batchId` is absent for a single import and for a batch without an id. The items of a batch also have their `index`,
    counted from 0. AnswerSize limits what the items name. If it leaves something out, or with `are_all_items` False,
    `links` has the link to the list of items. A rehearsal has `validateOnly: true`; one that is not processed in the
    background has None as `importJobId`, and no `links`. A job that has not ended has `progress`.
    """
    is_batch = job.batch_id is not None
    size = AnswerSize()
    answers = [({"index": item.position} if is_batch else {}) | _item(item, size.details(item)) for item in items]
    links = _links(job, to_items=size.is_cut or not are_all_items)
    return _counters(job) | _progress(job) | _batch_id(job) | {"items": answers} | links


def items_of(job: JobRecord) -> "QuerySet[Any]":
    """Return the query of the items of a job or of a rehearsal. It is not run here."""
    model = RehearsedItem if isinstance(job, Rehearsal) else ImportItem
    return model._default_manager.filter(job=job.pk)


class ImportJobListSerializer(serializers.BaseSerializer[ImportJob]):
    """Serialize a job for a list, without its items, because there may be thousands."""

    def to_representation(self, instance: ImportJob) -> dict[str, Any]:
        """Return the job as an object: its id, status and counters, where it came from and when, and its link.

        The keys are those of `_counters`, `_origin` and `_links`. Its source system is queried if it was not selected.
        """
        return _counters(instance) | _origin(instance) | _links(instance)


class ImportJobSerializer(serializers.BaseSerializer[JobRecord]):
    """Serialize a job with its first items."""

    def to_representation(self, instance: JobRecord) -> dict[str, Any]:
        """Return the job as an object: its id, status, counters, `items` and `links`, and the keys of `_origin`.

        Up to MAX_ANSWERED_ITEMS items are queried, without their payloads, in the order sent. If the job has more, the
        rejected ones come first.
        """
        items = items_of(instance).defer("payload")  # the largest part of a row, and not answered
        are_all_items = instance.recorded_items <= MAX_ANSWERED_ITEMS
        if not are_all_items:
            items = items.order_by(_REJECTED_FIRST, "position")[:MAX_ANSWERED_ITEMS]
        return envelope(instance, items, are_all_items=are_all_items) | _origin(instance)


class ImportItemSerializer(serializers.BaseSerializer[ItemRecord]):
    """Serialize an item for the list of a job's items, with all its errors, warnings and changes."""

    def to_representation(self, instance: ItemRecord) -> dict[str, Any]:
        """Return the item as an object: its `index`, counted from 0, and the keys of `_item`.

        If its payload was queried, `payload` is the document as it was sent.
        """
        details = Details(instance.errors, instance.warnings, instance.changes)
        answer = {"index": instance.position} | _item(instance, details)
        return answer if "payload" in instance.get_deferred_fields() else answer | {"payload": instance.payload}


_REJECTED_FIRST = Case(When(status=Outcome.REJECTED, then=Value(False)), default=True, output_field=BooleanField())


def _counters(job: JobRecord) -> dict[str, Any]:
    """Return `importJobId`, `status` and the counters of a job, such as `createdItems`.

    `skippedItems` is absent if it is 0. `warnings` has the warnings about the batch itself, and is absent if there are
    none. `untriedItems` is there only if the job ended with documents that were never tried, and `failure`, a sentence,
    if the worker gave the job up.
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
    untried = {"untriedItems": job.untried_items} if job.has_ended and job.untried_items else {}
    failure = {"failure": job.failure} if job.failure else {}
    return counters | skipped | untried | failure | warnings


def _progress(job: JobRecord) -> dict[str, Any]:
    """Return {"progress": …} for a job that has not ended, else an empty dictionary.

    It has `processedItems`, and `estimatedSecondsLeft`, which is None until the first items are processed. Queries the
    run of the job if it was not selected.
    """
    if job.has_ended:
        return {}
    seconds_left = progress.seconds_left(job)
    return {"progress": {"processedItems": job.recorded_items, "estimatedSecondsLeft": seconds_left}}


def _item(item: ItemRecord, details: Details) -> dict[str, Any]:
    """Return an item as a response shows it: `externalId`, `status`, `targetId` and `warnings`, but no `index`.

    A rejected item has `errorCode`, `errorMessage` and `errors` instead of `targetId`. Only an updated one has
    `changes`, a list that may be empty. `omittedFindings` counts the errors and warnings that the response leaves out,
    and `omittedChanges` the changes; they are absent if nothing is left out.
    """
    answer: dict[str, Any] = {"externalId": item.external_id, "status": item.status}
    if item.status == Outcome.REJECTED:
        answer |= {
            "errorCode": item.error_code,
            "errorMessage": item.error_message,
            "errors": details.errors,
        }
    else:
        answer["targetId"] = item.target_id
    if item.status == Outcome.UPDATED:
        answer["changes"] = details.changes
    answer["warnings"] = details.warnings
    if details.omitted_findings:
        answer["omittedFindings"] = details.omitted_findings
    if details.omitted_changes:
        answer["omittedChanges"] = details.omitted_changes
    return answer


def _origin(job: JobRecord) -> dict[str, Any]:
    """Return `sourceSystem` (its key), `operation`, `createdAt`, `finishedAt` and `correlationId` of a job.

    `operation` is None if an unknown one was sent, and `finishedAt` is None until the job has ended. The times are
    datetimes.
    """
    return {
        "sourceSystem": job.source_system.key,
        "operation": job.operation or None,
        **_batch_id(job),
        "createdAt": job.created_at,
        "finishedAt": job.finished_at,
        "correlationId": job.correlation_id,
    }


def _batch_id(job: JobRecord) -> dict[str, str]:
    """Return {"batchId": the sender's name for the batch}, or an empty dictionary if the job has none."""
    return {"batchId": job.batch_id} if job.batch_id else {}


def _links(job: JobRecord, *, to_items: bool = False) -> dict[str, Any]:
    """Return {"links": {"importJob": path}} for a stored job, {"validateOnly": True} for a rehearsal without an id.

    A stored rehearsal has both. With `to_items` the links have the path of the list of items as `items`.
    """
    if job.pk is None:
        return {"validateOnly": True}
    rehearsal = {"validateOnly": True} if isinstance(job, Rehearsal) else {}
    path = f"/import-jobs/{job.pk}"
    return rehearsal | {"links": {"importJob": path} | ({"items": f"{path}/items"} if to_items else {})}
