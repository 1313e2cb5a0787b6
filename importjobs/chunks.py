"""Import the documents of a batch in chunks, so that their number costs few statements.

The documents of one externalId are in one chunk, in the order sent: each is applied to what the one before it made.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import structlog
from django.db import DatabaseError, OperationalError, transaction

from importjobs import records
from importjobs.models import ImportItem
from ordinavo.common.codes import Code
from ordinavo.common.findings import Finding
from ordinavo.common.limits import MAX_EXTERNAL_ID_LENGTH
from ordinavo.common.lock_waits import BATCH_ROW_WAIT_MS
from targets import documents as target_documents
from targets import operations
from targets.api.target_document import TargetDocumentSerializer
from targets.documents import Document
from targets.models import SourceSystem
from targets.races import is_lost_race
from targets.results import Outcome, Result
from targets.working_set import WorkingSet

log = structlog.get_logger(__name__)

CHUNK = 1_000
"""Documents of a batch that are read and written together, with a few statements."""
CHUNK_BYTES = 2 * 1024 * 1024
"""JSON text of these documents. Parsed, it may take 30 times as much memory."""


class Outline(NamedTuple):
    """The facts about a document by which a batch is split into chunks."""

    identity: str
    """As of `targets.documents.identity`."""
    size: int = 0
    """Bytes of its JSON text, or 0 if it is in memory anyway."""


class PositionedDocument(NamedTuple):
    """A document and its position among those that were sent, counted from 0."""

    position: int
    document: Any


def outlines_of(documents: Sequence[Any]) -> list[Outline]:
    """Return the outlines of documents that are in memory."""
    return [Outline(target_documents.identity(one)) for one in documents]


def split(documents: Sequence[Any], outlines: Sequence[Outline]) -> Iterator[list[PositionedDocument]]:
    """Yield the documents sorted by externalId, in chunks of about CHUNK. Yields one empty chunk if there are none.

    `outlines` has the outline of each document. A chunk ends early if it would exceed CHUNK_BYTES. Documents of one
    externalId, or of none, are in the order sent, and in one chunk unless it would exceed CHUNK_BYTES, even if it gets
    longer than CHUNK. A document is taken from `documents` only when its chunk is yielded.
    """
    chunk: list[PositionedDocument] = []
    last, size = "", 0
    for identity, position in sorted((one.identity, n) for n, one in enumerate(outlines)):
        is_long = len(chunk) >= CHUNK and identity != last
        if chunk and (is_long or size + outlines[position].size > CHUNK_BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(PositionedDocument(position, documents[position]))
        last, size = identity, size + outlines[position].size
    yield chunk


def read(chunk: Sequence[PositionedDocument]) -> list[Document]:
    """Return each document of a chunk as it is read, with its errors and warnings. Needs no database."""
    return [TargetDocumentSerializer.read(one.document) for one in chunk]


def import_chunk(
    chunk: list[PositionedDocument],
    source_system: SourceSystem,
    replay_of: Sequence[int],
    parsed: list[Document] | None = None,
    before_write: Callable[[], None] | None = None,
) -> list[ImportItem]:
    """Lock the targets of a chunk until the transaction ends, write them, and return the chunk's unsaved items.

    If the database refuses the chunk, its halves are imported instead, down to the document at fault, which gets an
    item rejected as `internal_error`. Raises OperationalError if the database cannot be reached or a wait for a lock
    fails, and IntegrityError if a chunk of one document lost a race. An exception that is not a DatabaseError is not
    caught. `replay_of` has for each position the id of the replayed item, or is empty. `parsed` is what `read` returned
    for the chunk, if the caller has it; it is changed, so it can be used once. `before_write` is called when the
    targets are about to be written.
    """
    targets = WorkingSet(source_system, lock_ms=BATCH_ROW_WAIT_MS)
    try:
        with transaction.atomic():
            results = _apply_chunk(chunk, targets, parsed)
            if before_write:
                before_write()
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
    first, second = (import_chunk(half, source_system, replay_of) for half in (chunk[:middle], chunk[middle:]))
    return first + second


def rehearse_chunk(
    chunk: list[PositionedDocument], targets: WorkingSet, parsed: list[Document] | None = None
) -> list[ImportItem]:
    """Return the unsaved items that importing a chunk would give. Nothing is locked or written.

    `targets` must lock nothing. Its pending targets count as stored, and the changed ones are pending in it afterwards.

    A document that raises an exception while it is applied gives an item rejected as `internal_error`. Raises
    DatabaseError if the targets cannot be read. `parsed` is as for `import_chunk`.
    """
    return _build_items(chunk, _apply_chunk(chunk, targets, parsed), targets, ())


def _apply_chunk(chunk: list[PositionedDocument], targets: WorkingSet, parsed: list[Document] | None) -> list[Result]:
    """Read the targets of a chunk, apply the documents to them in memory and return one result for each document.

    If applying a document raises an exception, the document is rejected as `internal_error`. A DatabaseError is not
    caught.
    """
    parsed = read(chunk) if parsed is None else parsed
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
