"""The one way in: carries out documents and records what became of each, in one transaction."""

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import structlog
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.utils import timezone
from psycopg.errors import DeadlockDetected, ForeignKeyViolation

from importjobs import records
from importjobs.models import ImportItem, ImportJob
from ordinavo.common.findings import Finding
from ordinavo.common.sql import Rows, Statement
from targets import documents, operations, working_set
from targets.api.target_document import TargetDocumentSerializer
from targets.models import SourceSystem
from targets.results import Outcome, Result
from targets.working_set import WorkingSet

log = structlog.get_logger(__name__)

CHUNK = 1_000
_ATTEMPTS = 5


@dataclass(frozen=True)
class Batch:
    """What a batch says of itself, beside its documents."""

    batch_id: str = ""
    operation: str = "upsert"
    warnings: list[Finding] = field(default_factory=list)


class Sent(NamedTuple):
    position: int
    payload: Any


def stored_target_query(payload: Any, *, source_system: str) -> Statement:
    """What `run` reads for one document before it writes, for who has it read together with something else."""
    return working_set.stored_targets_query(source_system, [documents.identity(payload)])


def run(
    *,
    payloads: Sequence[Any],
    source_system: SourceSystem,
    submitted_by: str,
    correlation_id: str,
    batch: Batch | None = None,
    replay_of: Sequence[int] = (),
    stored: Rows | None = None,
) -> tuple[ImportJob, list[ImportItem]]:
    """Imports documents in their order. What is wrong with one is in its item, nothing is raised.

    `replay_of` names, document by document, the item that staff replay. `stored` are the rows of
    `stored_target_query`, as somebody has just read them.

    Where another import of the same externalId comes in between, this one starts over with what that has made."""
    created_at = timezone.now()
    for attempt in range(1, _ATTEMPTS + 1):
        job = _job(payloads, source_system, batch, submitted_by, correlation_id)
        job.created_at = created_at
        try:
            if batch is None:
                targets = WorkingSet(source_system, lock=attempt > 1, stored=stored if attempt == 1 else None)
                items = _import_alone(job, payloads[0], replay_of, targets)
            else:
                items = _import(job, payloads, replay_of)
            if items:
                return job, items
        except (IntegrityError, OperationalError) as error:
            if attempt == _ATTEMPTS or not _was_a_race(error):
                raise
    raise OperationalError("Other imports of the same target came in between, again and again.")


def rehearse(
    *, payloads: Sequence[Any], source_system: SourceSystem, batch: Batch | None = None
) -> tuple[ImportJob, list[ImportItem]]:
    """What an import would do: the same code on the same targets, but nothing is held or written."""
    job = _job(payloads, source_system, batch)
    made: list[ImportItem] = []
    for chunk in _chunks(payloads):
        targets = WorkingSet(source_system, lock=False)
        results = _carry_out(chunk, targets, one_by_one=batch is not None)
        made += _items(chunk, results, targets, ())
    made.sort(key=lambda item: item.position)
    records.count(job, made)
    return job, made


def _job(
    payloads: Sequence[Any],
    source_system: SourceSystem,
    batch: Batch | None,
    submitted_by: str = "",
    correlation_id: str = "",
) -> ImportJob:
    operation = batch.operation if batch else documents.operation_of(payloads[0])
    return ImportJob(
        source_system=source_system,
        operation=operation,
        batch_id=batch.batch_id if batch else None,
        warnings=[warning._asdict() for warning in batch.warnings] if batch else [],
        submitted_by=submitted_by,
        correlation_id=correlation_id,
    )


def _import_alone(job: ImportJob, payload: Any, replay_of: Sequence[int], targets: WorkingSet) -> list[ImportItem]:
    """Writes all there is to write in one round trip, if nobody was quicker since what is stored was read.

    Empty where somebody was. A working set that holds has the stored target wait for us."""
    # Within a transaction an error must not end all of it.
    with transaction.atomic() if targets.locks or connection.in_atomic_block else nullcontext():
        sent = [Sent(0, payload)]
        items = _items(sent, _carry_out(sent, targets, one_by_one=False), targets, replay_of)
        records.count(job, items)
        kept = targets.pending()
        return items if records.write_alone(job, items[0], kept[0] if kept else None) else []


def _import(job: ImportJob, payloads: Sequence[Any], replay_of: Sequence[int]) -> list[ImportItem]:
    """All that is not rejected is written together, in one transaction."""
    with transaction.atomic():
        working_set.lock_external_ids(job.source_system, {documents.identity(payload) for payload in payloads})
        made: list[ImportItem] = []
        items: list[ImportItem] = []
        for chunk in _chunks(payloads):
            if items:
                records.write_ahead(job, items)
            items = _together(chunk, job.source_system, replay_of)
            made += items
        made.sort(key=lambda item: item.position)
        records.count(job, made)
        records.close(job, items)
        return made


def _chunks(payloads: Sequence[Any]) -> Iterator[list[Sent]]:
    """By externalId; one id's documents stay together, as sent."""
    chunk: list[Sent] = []
    last = ""
    for identity, position in sorted((documents.identity(payload), n) for n, payload in enumerate(payloads)):
        if len(chunk) >= CHUNK and identity != last:
            yield chunk
            chunk = []
        chunk.append(Sent(position, payloads[position]))
        last = identity
    yield chunk


def _together(chunk: list[Sent], source_system: SourceSystem, replay_of: Sequence[int]) -> list[ImportItem]:
    """All of a chunk in a few sql. What the database refuses of a batch is found by halving."""
    targets = WorkingSet(source_system, lock=True)
    try:
        with transaction.atomic():
            results = _carry_out(chunk, targets, one_by_one=True)
            targets.save_pending()
        return _items(chunk, results, targets, replay_of)
    except OperationalError:
        raise
    except DatabaseError as error:
        if len(chunk) == 1:
            if isinstance(error, IntegrityError) and _was_a_race(error):
                raise
            return _items(chunk, [_unexpected(chunk[0], error)], targets, replay_of)
    middle = len(chunk) // 2
    return [item for half in (chunk[:middle], chunk[middle:]) for item in _together(half, source_system, replay_of)]


def _carry_out(chunk: list[Sent], targets: WorkingSet, *, one_by_one: bool) -> list[Result]:
    read = [TargetDocumentSerializer.read(sent.payload) for sent in chunk]
    targets.load(read)
    results = []
    for sent, document in zip(chunk, read, strict=True):
        try:
            results.append(operations.apply(document, targets))
        except DatabaseError:
            raise
        except Exception as error:
            if not one_by_one:
                raise
            results.append(_unexpected(sent, error))
    return results


def _unexpected(sent: Sent, error: Exception) -> Result:
    """A fault of ours in one item of a batch leaves the others standing."""
    log.error("item_failed", position=sent.position, exc_info=error)
    message = "Something went wrong on our side with this item; send it again, and then tell us the correlation id."
    finding = Finding("internal_error", "", message)
    return Result(Outcome.REJECTED, documents.identity(sent.payload)[:128], errors=[finding])


def _items(chunk: list[Sent], results: list[Result], targets: WorkingSet, replay_of: Sequence[int]) -> list[ImportItem]:
    return [
        records.item(
            sent.position,
            result,
            sent.payload,
            targets.pk_of(result.external_id),
            replay_of[sent.position] if replay_of else None,
        )
        for sent, result in zip(chunk, results, strict=True)
    ]


def _was_a_race(error: Exception) -> bool:
    """Another import made the target first, or the two waited for each other, or staff deleted its template."""
    cause = error.__cause__
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", "")
    return (
        isinstance(cause, DeadlockDetected | ForeignKeyViolation) or constraint == "targets_target_external_id_unique"
    )
