"""Import documents: apply each to its target and record a job that says what happened, in one transaction.

`rehearse_one` and `rehearse_batch` run the same checks as `import_one` and `import_batch`, and write nothing.
"""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import structlog
from django.db import DatabaseError, OperationalError, connection, transaction
from django.utils import timezone

from importjobs import records
from importjobs.models import ImportItem, ImportJob
from ordinavo.common.codes import Code
from ordinavo.common.findings import Finding
from ordinavo.common.limits import MAX_EXTERNAL_ID_LENGTH
from ordinavo.common.sql import Rows, Statement
from targets import documents as target_documents
from targets import operations, working_set
from targets.api.target_document import TargetDocumentSerializer
from targets.models import SourceSystem
from targets.races import is_lost_race, retry_lost_races, translate_lost_races
from targets.results import Outcome, Result
from targets.working_set import WorkingSet

log = structlog.get_logger(__name__)

CHUNK = 1_000
"""Documents of a batch that are read and written together, with a few statements."""


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


class PositionedDocument(NamedTuple):
    """A document and its position among those that were sent, counted from 0."""

    position: int
    document: Any


def stored_target_query(document: Any, *, source_system_key: str) -> Statement:
    """Return the query of the target that a document names by its externalId, in a source system. It is not run here.

    Its rows can be passed to `import_one` as `prefetched`. For a document without an externalId it finds no target.
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
    `stored_target_query`, read a moment ago. Raises OperationalError if other transactions keep changing the target
    first. Any other exception passes too. After an exception nothing is written.
    """
    received_at = timezone.now()

    def attempt(is_retry: bool) -> ImportRecord:
        """Import and record the document once. Raises LostRace if another transaction changed the target first."""
        # At first the target is not locked; the write checks that it is as it was read. A retry locks it.
        targets = WorkingSet(source_system, lock=is_retry, stored=None if is_retry else prefetched)
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

    return retry_lost_races(attempt)


def import_batch(
    *,
    documents: Sequence[Any],
    batch: Batch,
    source_system: SourceSystem,
    submitted_by: str,
    correlation_id: str,
    replay_of: Sequence[int] = (),
) -> ImportRecord:
    """Import documents as one job, in one transaction. Those of one externalId are applied in the order sent.

    A faulty document gives a rejected item and stops no other one. So does a document that raises an exception while it
    is applied, or that the database refuses to write; its error is `internal_error`. `replay_of` has for each document
    the id of the rejected item that it replays, or is empty. Raises OperationalError if other transactions keep
    changing a target first or if the database cannot be reached. Other exceptions, such as a failure to record the
    items, pass too. After an exception nothing is written.
    """
    received_at = timezone.now()

    def attempt(_is_retry: bool) -> ImportRecord:
        """Import and record all documents once, in a transaction. Raises LostRace if it lost a race for a target."""
        job = _batch_job(documents, batch, source_system, submitted_by, correlation_id)
        job.created_at = received_at
        with translate_lost_races(), transaction.atomic():
            working_set.lock_external_ids(source_system, {target_documents.identity(one) for one in documents})
            items: list[ImportItem] = []
            for chunk in _chunks(documents):
                recorded = _import_chunk(chunk, source_system, replay_of)
                items += recorded
                records.record_chunk(job, recorded, is_last=len(items) == len(documents))
        return ImportRecord(job, _in_order_sent(items))

    return retry_lost_races(attempt)


def rehearse_one(*, document: Any, source_system: SourceSystem) -> ImportRecord:
    """Return the unsaved job and item that `import_one` would record. Nothing is locked or written. Exceptions pass."""
    job = _single_job(document, source_system)
    item = _apply_single(document, WorkingSet(source_system, lock=False), replay_of=None)
    _end_with(job, [item])
    return ImportRecord(job, [item])


def rehearse_batch(*, documents: Sequence[Any], batch: Batch, source_system: SourceSystem) -> ImportRecord:
    """Return the unsaved job and items that `import_batch` would record. Nothing is locked or written.

    Raises DatabaseError if a query fails. A document that only a database constraint would refuse is not rejected here.
    """
    job = _batch_job(documents, batch, source_system)
    items: list[ImportItem] = []
    for chunk in _chunks(documents):
        targets = WorkingSet(source_system, lock=False)
        items += _build_items(chunk, _apply_chunk(chunk, targets), targets, ())
    _end_with(job, items)
    return ImportRecord(job, _in_order_sent(items))


def _single_job(
    document: Any, source_system: SourceSystem, submitted_by: str = "", correlation_id: str = ""
) -> ImportJob:
    """Return an unsaved job in Processing for one document, with counters of 0 and without `created_at`."""
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
    """Return an unsaved job in Processing for a batch, with counters of 0 and without `created_at`."""
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
    """Read the stored target, apply the document to it in memory and return the unsaved item. Any exception passes."""
    parsed = TargetDocumentSerializer.read(document)
    targets.load([parsed])
    result = operations.apply(parsed, targets)
    target_id = targets.pk_of(result.external_id)
    return records.build_item(position=0, result=result, payload=document, target_id=target_id, replay_of=replay_of)


def _chunks(documents: Sequence[Any]) -> Iterator[list[PositionedDocument]]:
    """Yield the documents sorted by externalId, in chunks of about CHUNK. Yields one empty chunk if there are none.

    Documents of one externalId, or of none, are in one chunk, in the order sent, even if it gets longer than CHUNK.
    """
    chunk: list[PositionedDocument] = []
    last = ""
    for identity, position in sorted((target_documents.identity(one), n) for n, one in enumerate(documents)):
        if len(chunk) >= CHUNK and identity != last:
            yield chunk
            chunk = []
        chunk.append(PositionedDocument(position, documents[position]))
        last = identity
    yield chunk


def _import_chunk(
    chunk: list[PositionedDocument], source_system: SourceSystem, replay_of: Sequence[int]
) -> list[ImportItem]:
    """Lock the targets of a chunk until the transaction ends, write them, and return the chunk's unsaved items.

    If the database refuses the chunk, its halves are imported instead, down to the document at fault, which gets an
    item rejected as `internal_error`. Raises OperationalError, and the DatabaseError of one document's lost race,
    unchanged. An exception that is not a DatabaseError passes too.
    """
    targets = WorkingSet(source_system, lock=True)
    try:
        with transaction.atomic():
            results = _apply_chunk(chunk, targets)
            targets.save_pending()
        return _build_items(chunk, results, targets, replay_of)
    except OperationalError:
        raise
    except DatabaseError as error:
        if len(chunk) == 1:
            if is_lost_race(error):
                raise
            return _build_items(chunk, [_unexpected_failure(chunk[0], error)], targets, replay_of)
    middle = len(chunk) // 2
    first, second = (_import_chunk(half, source_system, replay_of) for half in (chunk[:middle], chunk[middle:]))
    return first + second


def _apply_chunk(chunk: list[PositionedDocument], targets: WorkingSet) -> list[Result]:
    """Read the targets of a chunk, apply the documents to them in memory and return one result for each document.

    If applying a document raises an exception, it is rejected as `internal_error`; a DatabaseError passes unchanged.
    """
    parsed = [TargetDocumentSerializer.read(one.document) for one in chunk]
    targets.load(parsed)
    results = []
    for one, document in zip(chunk, parsed, strict=True):
        try:
            results.append(operations.apply(document, targets))
        except DatabaseError:
            raise
        except Exception as error:
            results.append(_unexpected_failure(one, error))
    return results


def _unexpected_failure(failed: PositionedDocument, error: Exception) -> Result:
    """Log an exception with its traceback, and return the result that rejects its document as `internal_error`."""
    log.error("item_failed", position=failed.position, exc_info=error)
    message = (
        "Something went wrong on our side with this item. Send it again; if it fails again, tell us the correlation id."
    )
    external_id = target_documents.identity(failed.document)[:MAX_EXTERNAL_ID_LENGTH]
    return Result(Outcome.REJECTED, external_id, errors=[Finding(Code.INTERNAL_ERROR, "", message)])


def _build_items(
    chunk: list[PositionedDocument], results: list[Result], targets: WorkingSet, replay_of: Sequence[int]
) -> list[ImportItem]:
    """Return an unsaved item for each document of a chunk. Raises ValueError if there are not as many results."""
    return [
        records.build_item(
            position=one.position,
            result=result,
            payload=one.document,
            target_id=targets.pk_of(result.external_id),
            replay_of=replay_of[one.position] if replay_of else None,
        )
        for one, result in zip(chunk, results, strict=True)
    ]


def _in_order_sent(items: list[ImportItem]) -> list[ImportItem]:
    """Return a new list of the items, sorted by the position of their documents."""
    return sorted(items, key=lambda item: item.position)
