"""Apply documents of one externalId to each other in a rehearsal, although they are in different parts.

A rehearsal writes no target. So the worker keeps in memory what the parts so far would make of the targets that later
documents may name again, and gives it to the next part.
"""

from importjobs import chunks
from importjobs.background import documents as stored_documents
from importjobs.background.reading_ahead import ReadPart
from importjobs.chunks import PositionedDocument
from importjobs.models import DocumentPart, ImportItem, StoredDocuments
from targets import documents as target_documents
from targets.documents import Document
from targets.models import SourceSystem, Target
from targets.working_set import WorkingSet

MAX_KEPT = 20_000
"""Targets that are kept in memory. The documents of further repeated externalIds are compared within a part only."""


class RepeatedTargets:
    """The targets that several documents of one rehearsal name, as the parts so far would make them.

    Use one object for all parts of a rehearsal, in their order. The same part may be rehearsed again, because its
    transaction failed. After a restart of the worker, the documents of the earlier parts that matter are read again.
    """

    def __init__(self) -> None:
        self._ids: frozenset[str] = frozenset()
        """Of the targets that several documents name. Read from the database with the first part."""
        self._has_ids = False
        self._before: dict[int, dict[str, Target]] = {0: {}}
        """By the number of a part, the targets by externalId as they are before it."""

    def rehearse(self, part: ReadPart, documents: StoredDocuments, source_system: SourceSystem) -> list[ImportItem]:
        """Return the unsaved items that importing a part of some documents would give. Nothing is written.

        It remembers what the part makes of the targets that later documents name. Raises DatabaseError if the targets
        cannot be read.
        """
        if not self._has_ids:
            self._ids, self._has_ids = frozenset(documents.repeated_ids), True
        if not self._ids:
            return chunks.rehearse_chunk(part.sent, WorkingSet(source_system, lock_ms=None), part.read)
        number = part.part.number
        if number not in self._before:
            self._before = {number: self._read_earlier_parts(number, documents, source_system)}
        before = self._before[number]
        items, after = self._rehearse(part.sent, source_system, before, part.read)
        self._before = {number: before, number + 1: after}
        return items

    def _read_earlier_parts(
        self, number: int, documents: StoredDocuments, source_system: SourceSystem
    ) -> dict[str, Target]:
        """Rehearse the documents of repeated externalIds before a part again. Returns the targets as they are then."""
        kept: dict[str, Target] = {}
        for earlier in DocumentPart.objects.filter(documents=documents, number__lt=number).iterator(1):
            sent = stored_documents.read_part(earlier, documents.defaults)
            repeated = [one for one in sent if target_documents.identity(one.document) in self._ids]
            _items, kept = self._rehearse(repeated, source_system, kept)
        return kept

    def _rehearse(
        self,
        chunk: list[PositionedDocument],
        source_system: SourceSystem,
        before: dict[str, Target],
        parsed: list[Document] | None = None,
    ) -> tuple[list[ImportItem], dict[str, Target]]:
        """Rehearse documents after others that left the targets `before`. Returns their items and the targets then.

        Only targets that several documents name are returned, and at most MAX_KEPT. `before` is not changed, but for
        the times in its targets. `parsed` is as for `chunks.import_chunk`.
        """
        targets = WorkingSet(source_system, lock_ms=None)
        for external_id in {target_documents.identity(one.document) for one in chunk} & before.keys():
            targets.save_later(before[external_id])
        items = chunks.rehearse_chunk(chunk, targets, parsed)
        after = dict(before)
        for target in targets.pending():
            is_kept = target.external_id in after
            if is_kept or (target.external_id in self._ids and len(after) < MAX_KEPT):
                after[target.external_id] = target
        return items, after
