"""The targets that some documents are about: read together, changed in memory, written together."""

from collections.abc import Iterable, Sequence
from copy import copy, deepcopy
from functools import cache

from django.db import connection
from django.db.models import QuerySet
from django.db.models.functions import Collate
from django.utils import timezone

from templates import bulk
from templates.shelf import Shelf

from .documents import Document
from .models import SourceSystem, Target


class WorkingSet:
    """What operations see of the stored targets. Read with `hold`, they stay ours until the transaction ends."""

    def __init__(self, source_system: SourceSystem, shelf: Shelf, *, hold: bool) -> None:
        self.source_system = source_system
        self.shelf = shelf
        self._hold = hold
        self._targets: dict[str, Target] = {}
        self._to_write: set[str] = set()

    def fetch(self, documents: Sequence[Document]) -> None:
        """The targets that documents name, and the templates that these need: two queries at most."""
        ids = {document.external_id for document in documents if document.external_id}
        if ids:
            stored = _stored(self.source_system, ids).select_related("template")
            stored = stored.select_for_update(of=("self",)) if self._hold else stored
            self._targets = {target.external_id: target for target in stored}
        self.shelf.fetch(keys=_template_keys(documents), ids=self._template_ids(documents))

    def draft(self, external_id: str) -> Target | None:
        """A copy to work on; nothing comes of it unless it is kept."""
        target = self._targets.get(external_id)
        if target is None:
            return None
        draft = copy(target)
        draft.custom_fields, draft.corrections = dict(target.custom_fields), deepcopy(target.corrections)
        return draft

    def keep(self, draft: Target) -> None:
        self._targets[draft.external_id] = draft
        self._to_write.add(draft.external_id)

    def pk_of(self, external_id: str) -> int | None:
        """None for one that is not written, as in a rehearsal."""
        target = self._targets.get(external_id)
        return target.pk if target else None

    def write(self) -> None:
        """All that was kept, in one statement; in one order, so that two batches cannot wait for each other."""
        kept = [self._targets[external_id] for external_id in sorted(self._to_write)]
        if not kept:
            return
        now = timezone.now()
        for target in kept:
            target.created_at = target.created_at or now
            target.updated_at = now
        with connection.cursor() as cursor:
            cursor.execute(_statement(), {"targets": bulk.rows(kept, bulk.columns(Target))})
            for external_id, pk in cursor.fetchall():
                self._targets[external_id].pk = pk
        self._to_write.clear()

    def _template_ids(self, documents: Sequence[Document]) -> set[int]:
        found = [self._targets.get(document.external_id) for document in documents]
        pairs = list(zip(documents, found, strict=True))
        ids = {target.template_id for document, target in pairs if target and document.custom_fields != {}}
        if any(target is None or not target.title for _document, target in pairs):
            ids.add(self.source_system.default_template_id)
        return {pk for pk in ids if pk}


def hold(source_system: SourceSystem, external_ids: Iterable[str]) -> None:
    """Holds what is stored of a batch before its first chunk, in the one order of all batches."""
    rows = _stored(source_system, external_ids).select_for_update(of=("self",))
    list(rows.values_list("pk", flat=True))


def _stored(source_system: SourceSystem, external_ids: Iterable[str]) -> QuerySet[Target]:
    stored = Target.objects.filter(source_system=source_system, external_id__in=list(external_ids))
    return stored.order_by(Collate("external_id", "C"))


def _template_keys(documents: Sequence[Document]) -> set[str]:
    return {key for document in documents if (key := document.values.get("templateKey"))}


@cache
def _statement() -> str:
    fields = bulk.columns(Target)
    new = bulk.columns(Target, "id")
    changing = bulk.columns(Target, "id", "source_system", "external_id", "created_at")
    changes = ", ".join(f"{field.column} = sent.{field.column}" for field in changing)
    return (
        f"WITH sent AS MATERIALIZED (SELECT sent.* FROM {bulk.recordset(fields, 'targets')}), "  # noqa: S608  names of columns
        f"updated AS (UPDATE targets_target AS stored SET {changes} FROM sent WHERE stored.id = sent.id) "
        f"INSERT INTO targets_target ({bulk.names(new)}) "
        f"SELECT {bulk.names(new, 'sent.')} FROM sent WHERE sent.id IS NULL "
        f"RETURNING external_id, id"
    )
