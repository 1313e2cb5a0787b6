"""Import documents: apply each to its target and record a job that says what happened, in one transaction.

`rehearse_one` and `rehearse_batch` run the same checks as `import_one` and `import_batch`, and write nothing.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from importjobs import chunks, metrics, records
from importjobs.answer_size import Excess
from importjobs.models import ImportItem, ImportJob
from ordinavo.common.findings import Finding
from ordinavo.common.lock_waits import SHORT_WAIT_MS
from ordinavo.common.sql import Rows, Statement
from targets import documents as target_documents
from targets import operations, working_set
from targets.api.target_document import TargetDocumentSerializer
from targets.models import SourceSystem
from targets.races import retry_conflicts, translate_lost_races
from targets.working_set import WorkingSet


@dataclass(frozen=True)
class Batch:
    """The data of a batch itself, without its documents."""

    batch_id: str = ""
    """The sender's name for the batch, or empty."""
    operation: str = "upsert"
    """The default operation of the documents, for the record: each document already carries its own."""
    warnings: list[Finding] = field(default_factory=list)
    """Warnings about the batch itself, such as an unknown field."""


class ImportRecord(NamedTuple):
    """A job and its items, in the order of the documents. The items in memory have no ids, nor has a rehearsed job."""

    job: ImportJob
    items: list[ImportItem]


def stored_target_query(document: Any, *, source_system_key: str) -> Statement:
    """Return the query, which is not run here, of the target that a document names by its externalId.

    `import_one` takes its rows as `prefetched`: one row (revision of the templates, row version, target as JSON
    text). The last two are None if there is no such target, as without an externalId or with an unknown source
    system. The parameters are named `system` and `ids`.
    """
    return working_set.stored_targets_query(source_system_key, [target_documents.identity(document)])


def import_one(
    *,
    document: Any,
    source_system: SourceSystem,
    submitted_by: str,
    correlation_id: str,
    replay_of: int | None = None,
    prefetched: Rows | None = None,
) -> ImportRecord:
    """Import one document and record it as a job with one item. A faulty document gives a rejected item.

    `replay_of` is the id of the rejected item that this import replays. `prefetched` are the rows of
    `stored_target_query`, read a moment ago. Raises TargetLocked or TooManyWaiting if another transaction holds the
    target, and OperationalError if others keep changing it first or if the database cannot be reached. No other
    exception is caught, such as IntegrityError, or an error in our code while the document is applied. After any
    exception nothing is written.
    """
    received_at = timezone.now()

    def attempt(is_retry: bool) -> ImportRecord:
        """Import and record the document once. Raises LostRace if another transaction changed the target first."""
        # At first the target is not locked; the write checks that it is as it was read. A retry locks it.
        lock_ms = SHORT_WAIT_MS if is_retry else None
        targets = WorkingSet(source_system, lock_ms=lock_ms, stored=None if is_retry else prefetched)
        # One statement needs no transaction of its own. Inside of another transaction, its failure must not end that.
        needs_atomic = is_retry or connection.in_atomic_block
        with translate_lost_races(), transaction.atomic() if needs_atomic else nullcontext():
            job = _single_job(document, source_system, submitted_by, correlation_id)
            job.created_at = received_at
            item = _apply_single(document, targets, replay_of)
            _end_with(job, [item])
            pending = targets.pending()
            records.insert_single(job, item, pending[0] if pending else None)
        return ImportRecord(job, [item])

    with metrics.IMPORTS_IN_PROGRESS.track_inprogress():
        record = retry_conflicts(attempt, wait_seconds=settings.LOCK_WAIT_SECONDS)
        metrics.count_after_commit(source_system.key, record.items)
    return record


def import_batch(
    *,
    documents: Sequence[Any],
    batch: Batch,
    source_system: SourceSystem,
    submitted_by: str,
    correlation_id: str,
    replay_of: Sequence[int] = (),
    outlines: Sequence[chunks.Outline] | None = None,
) -> ImportRecord:
    """Import documents as one job, in one transaction. Those of one externalId are applied in the order sent.

    A faulty document gives a rejected item and stops no other one. So does a document that raises an exception while it
    is applied, or that the database refuses to write; its error is `internal_error`. `replay_of` has for each document
    the id of the rejected item that it replays, or is empty. `outlines` are those of the documents, if the caller has
    them. The items in memory have no payload. Raises TargetLocked or TooManyWaiting if another transaction holds a
    target, and OperationalError if others keep changing one first or if the database cannot be reached. Other
    exceptions, such as a failure to record the items, are not caught. After any exception nothing is written.
    """
    received_at = timezone.now()
    outlines = chunks.outlines_of(documents) if outlines is None else outlines

    def attempt(_is_retry: bool) -> ImportRecord:
        """Import and record all documents once, in a transaction. Raises LostRace if it lost a race for a target."""
        job = _batch_job(documents, batch, source_system, submitted_by, correlation_id)
        job.created_at = received_at
        with translate_lost_races(), transaction.atomic():
            working_set.lock_external_ids(source_system, {one.identity for one in outlines})
            items: list[ImportItem] = []
            excess = Excess()
            for chunk in chunks.split(documents, outlines):
                recorded = chunks.import_chunk(chunk, source_system, replay_of)
                items += recorded
                records.record_chunk(job, recorded, is_last=len(items) == len(documents))
                _free(chunk, recorded)
                excess.drop(items, recorded)
        return ImportRecord(job, _in_order_sent(items))

    with metrics.IMPORTS_IN_PROGRESS.track_inprogress():
        record = retry_conflicts(attempt, wait_seconds=settings.BATCH_WAIT_SECONDS)
        metrics.count_after_commit(source_system.key, record.items)
    return record


def rehearse_one(*, document: Any, source_system: SourceSystem) -> ImportRecord:
    """Return the unsaved job and item that `import_one` would record. Nothing is locked or written.

    Raises DatabaseError if a query fails; no other exception is caught. A document that only a database constraint
    would refuse is not rejected here. The job has no id, no `created_at` and no user.
    """
    job = _single_job(document, source_system)
    item = _apply_single(document, WorkingSet(source_system, lock_ms=None), replay_of=None)
    _end_with(job, [item])
    return ImportRecord(job, [item])


def rehearse_batch(
    *,
    documents: Sequence[Any],
    batch: Batch,
    source_system: SourceSystem,
    outlines: Sequence[chunks.Outline] | None = None,
) -> ImportRecord:
    """Return the unsaved job and items that `import_batch` would record. Nothing is locked or written.

    A document that raises an exception while it is applied gives an item rejected as `internal_error`. One that only a
    database constraint would refuse is not rejected here. Raises DatabaseError if a query fails. The job has no id, no
    `created_at` and no user, and the items no payload. `outlines` are those of the documents, if the caller has them.
    """
    job = _batch_job(documents, batch, source_system)
    outlines = chunks.outlines_of(documents) if outlines is None else outlines
    items: list[ImportItem] = []
    excess = Excess()
    for chunk in chunks.split(documents, outlines):
        rehearsed = chunks.rehearse_chunk(chunk, WorkingSet(source_system, lock_ms=None))
        records.count_items(job, rehearsed)
        items += rehearsed
        _free(chunk, rehearsed)
        excess.drop(items, rehearsed)
    records.set_final_status(job)
    return ImportRecord(job, _in_order_sent(items))


def _single_job(
    document: Any, source_system: SourceSystem, submitted_by: str = "", correlation_id: str = ""
) -> ImportJob:
    """Return an unsaved job in Processing for one document: `total_items` is 1, and the other counters are 0.

    The caller sets `created_at` before it records the job.
    """
    return ImportJob(
        source_system=source_system,
        operation=target_documents.operation_of(document),
        status=ImportJob.Status.PROCESSING,
        total_items=1,
        submitted_by=submitted_by,
        correlation_id=correlation_id,
    )


def _batch_job(
    documents: Sequence[Any],
    batch: Batch,
    source_system: SourceSystem,
    submitted_by: str = "",
    correlation_id: str = "",
) -> ImportJob:
    """Return an unsaved job in Processing for a batch: `total_items` is the number of documents, other counters are 0.

    Its operation, id and warnings are those of `batch`. The caller sets `created_at` before it records the job.
    """
    return ImportJob(
        source_system=source_system,
        operation=batch.operation,
        batch_id=batch.batch_id,
        status=ImportJob.Status.PROCESSING,
        total_items=len(documents),
        warnings=[warning._asdict() for warning in batch.warnings],
        submitted_by=submitted_by,
        correlation_id=correlation_id,
    )


def _end_with(job: ImportJob, items: list[ImportItem]) -> None:
    """Count all items of a job and set its final status and end time, in memory."""
    records.count_items(job, items)
    records.set_final_status(job)


def _apply_single(document: Any, targets: WorkingSet, replay_of: int | None) -> ImportItem:
    """Read the stored target, apply the document to it in memory and return the unsaved item.

    A faulty document gives a rejected item, and `targets` stays as it is. Otherwise a changed target is pending in
    `targets` for the caller to write. `replay_of` is the id of the rejected item that is replayed, or None. Raises
    OperationalError if the target cannot be read. Any other exception while the document is applied is not caught.
    """
    parsed = TargetDocumentSerializer.read(document)
    targets.load([parsed])
    result = operations.apply(parsed, targets)
    target_id = targets.pk_of(result.external_id)
    return records.build_item(position=0, result=result, payload=document, target_id=target_id, replay_of=replay_of)


def _free(chunk: list[chunks.PositionedDocument], items: list[ImportItem]) -> None:
    """Free the documents of a chunk, which its items also have as their payload, before the next one is parsed."""
    for item in items:
        item.payload = None
    chunk.clear()


def _in_order_sent(items: list[ImportItem]) -> list[ImportItem]:
    """Return a new list of the items, sorted by the position of their documents."""
    return sorted(items, key=lambda item: item.position)
