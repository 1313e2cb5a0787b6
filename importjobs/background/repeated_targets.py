"""Apply documents of one externalId to each other in a rehearsal, although they are in different parts.

A rehearsal writes no target. So the worker keeps in memory what the parts so far would make of the targets that later
documents may name again, and gives it to the next part.
"""

from importjobs import chunks
from importjobs.background import documents as stored_documents
from importjobs.chunks import PositionedDocument
from importjobs.models import DocumentPart, ImportItem
from targets import documents as target_documents
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
        self._before: dict[int, dict[str, Target]] = {0: {}}
        """By the number of a part, the targets by externalId as they are before it."""

    def rehearse(
        self, chunk: list[PositionedDocument], part: DocumentPart, source_system: SourceSystem
    ) -> list[ImportItem]:
        """Return the unsaved items that importing the documents of a part would give. Nothing is written."""
        repeated_ids = set(part.documents.repeated_ids)
        if not repeated_ids:
            return chunks.rehearse_chunk(chunk, WorkingSet(source_system, lock_ms=None))
        if part.number not in self._before:
            self._read_earlier_parts(part, source_system, repeated_ids)
        before = self._before[part.number]
        items, after = _rehearse(chunk, source_system, before, repeated_ids)
        self._before = {part.number: before, part.number + 1: after}
        return items

    def _read_earlier_parts(self, part: DocumentPart, source_system: SourceSystem, repeated_ids: set[str]) -> None:
        """Rehearse the documents of repeated externalIds in the parts before `part` again, and record no items."""
        kept: dict[str, Target] = {}
        for earlier in DocumentPart.objects.filter(documents=part.documents, number__lt=part.number).iterator(1):
            documents = stored_documents.read_part(earlier, part.documents.defaults)
            repeated = [one for one in documents if target_documents.identity(one.document) in repeated_ids]
            _items, kept = _rehearse(repeated, source_system, kept, repeated_ids)
        self._before = {part.number: kept}


def _rehearse(
    chunk: list[PositionedDocument], source_system: SourceSystem, before: dict[str, Target], repeated_ids: set[str]
) -> tuple[list[ImportItem], dict[str, Target]]:
    """Rehearse documents after others that left the targets `before`. Returns their items and the targets afterwards.

    Only targets with one of `repeated_ids` are returned, and at most MAX_KEPT. `before` is not changed, but for the
    times in its targets.
    """
    targets = WorkingSet(source_system, lock_ms=None)
    for external_id in {target_documents.identity(one.document) for one in chunk} & before.keys():
        targets.save_later(before[external_id])
    items = chunks.rehearse_chunk(chunk, targets)
    after = dict(before)
    for target in targets.pending():
        is_kept = target.external_id in after
        if is_kept or (target.external_id in repeated_ids and len(after) < MAX_KEPT):
            after[target.external_id] = target
    return items, after
