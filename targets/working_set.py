"""The targets that some documents are about: read together, changed in memory, written together."""

from collections.abc import Callable, Iterable, Sequence
from copy import copy, deepcopy
from functools import cache
from typing import Any
from zlib import crc32

from django.db import connection, models
from django.utils import timezone

from ordinavo.common import bulk_sql
from ordinavo.common.json_codec import loads
from ordinavo.common.sql import Rows, Statement, execute
from targets.documents import Document
from targets.models import SourceSystem, Target
from templates import template_cache
from templates.template_cache import TemplateCache


class WorkingSet:
    """What operations see of the stored targets. Read with `lock`, they stay ours until the transaction ends;
    without it, a single target is written only if it is still what was read."""

    templates: TemplateCache

    def __init__(self, source_system: SourceSystem, *, lock: bool, stored: Rows | None = None) -> None:
        """`stored` are the rows of `stored_targets_query` for the same externalIds, as somebody has just read them."""
        self.source_system = source_system
        self.locks, self._stored = lock, stored
        self._found: dict[str, tuple[int, dict[str, Any]]] = {}
        self._pending: dict[str, Target] = {}

    def load(self, documents: Sequence[Document]) -> None:
        """The targets that documents name, and the templates as they are now, in one query."""
        ids = {document.external_id for document in documents if document.external_id}
        rows = self._stored or execute(*stored_targets_query(self.source_system.pk, ids, lock=self.locks))
        found = [(version, loads(row)) for _revision, version, row in rows if row is not None]
        self.templates = template_cache.at_revision(rows[0][0])
        if any(row["template_id"] and not self.templates.by_id(row["template_id"]) for _version, row in found):
            self.templates = (
                template_cache.current()
            )  # while the query waited for the row, somebody gave it a new template
        self._found = {row["external_id"]: (version, row) for version, row in found}

    def get_for_update(self, external_id: str) -> Target | None:
        """The target as it is by now, to work on; nothing comes of that unless it is kept."""
        if kept := self._pending.get(external_id):
            return _detached(copy(kept))
        if found := self._found.get(external_id):
            return _detached(self._stored_target(*found))
        return None

    def _stored_target(self, version: int, row: dict[str, Any]) -> Target:
        target = Target.from_db(connection.alias, *_read(row))
        target.row_version = version
        target.source_system = self.source_system
        target.template = self.templates.by_id(target.template_id)
        return target

    def save_later(self, draft: Target) -> None:
        self._pending[draft.external_id] = draft

    def pk_of(self, external_id: str) -> int | None:
        """None for one that is not written, as in a rehearsal."""
        if kept := self._pending.get(external_id):
            return kept.pk
        found = self._found.get(external_id)
        return found[1]["id"] if found else None

    def save_pending(self) -> None:
        """All that was kept, in one statement."""
        kept = self.pending()
        if kept:
            for external_id, pk in execute(
                _writing(), {"targets": bulk_sql.rows_as_json(kept, bulk_sql.columns_of(Target))}
            ):
                self._pending[external_id].pk = pk

    def pending(self) -> list[Target]:
        """What is to be written, as of now."""
        kept = [self._pending[external_id] for external_id in sorted(self._pending)]
        now = timezone.now()
        for target in kept:
            target.created_at = target.created_at or now
            target.updated_at = now
        return kept


def _detached(draft: Target) -> Target:
    """With nothing that what it was made from has, too."""
    draft.custom_fields, draft.corrections = dict(draft.custom_fields), deepcopy(draft.corrections)
    return draft


LOCK_BUCKETS = 64


def lock_external_ids(source_system: SourceSystem, external_ids: Iterable[str]) -> None:
    """Batches with an id in common come one after the other; a lock that lasts until the transaction ends.

    Rows alone cannot keep them from waiting for each other: what is new to two of them has none to be locked yet.
    A lock for each of some thousand ids would be more than PostgreSQL locks, so ids share buckets, taken in order."""
    buckets = sorted({crc32(external_id.encode()) % LOCK_BUCKETS for external_id in external_ids})
    execute(
        "SELECT pg_advisory_xact_lock(%(system)s::integer, bucket) FROM unnest(%(buckets)s::integer[]) AS bucket",
        {"system": source_system.pk % 2**31, "buckets": buckets},
    )


def single_write_sql(target: Target) -> str:
    """SQL, with `single_write_parameters`, that writes one target and returns its id, or nothing where somebody was
    quicker: made it too, or changed it since it was read."""
    return _inserting() if target.pk is None else _updating()


def single_write_parameters(target: Target) -> dict[str, Any]:
    return {"targets": bulk_sql.rows_as_json([target], bulk_sql.columns_of(Target)), "version": target.row_version}


# Their values are in JSON what they are in Python.
_AS_IN_JSON = (
    models.BooleanField, models.CharField, models.ForeignKey, models.IntegerField, models.JSONField, models.TextField,
)  # fmt: skip


@cache
def _fields() -> list[tuple[str, str, Callable[[Any], Any] | None]]:
    return [
        (field.attname, str(field.column), None if isinstance(field, _AS_IN_JSON) else field.to_python)
        for field in bulk_sql.columns_of(Target)
    ]


def _read(row: dict[str, Any]) -> tuple[list[str], list[Any]]:
    """The fields of a stored target and their values, from the JSON that PostgreSQL made of it."""
    fields = _fields()
    return [name for name, _column, _to_python in fields], [
        to_python(row[column]) if to_python else row[column] for _name, column, to_python in fields
    ]


def _found(system: str, named: str, *, lock: bool) -> str:
    """A target as one value: to describe its columns in each answer takes longer than to read them."""
    return (
        "SELECT xmin::text::bigint AS version, to_jsonb(target)::text AS row FROM targets_target AS target "  # noqa: S608
        f"WHERE source_system_id = {system} AND external_id {named}{' FOR NO KEY UPDATE' if lock else ''}"
    )


# Of many ids, all take the locks in one order. Of one, PostgreSQL before 17 would not look an array up in the index
# while its statistics say that the table is empty, and read all of the source system's targets instead.
_MANY = '= ANY(%(ids)s) ORDER BY external_id COLLATE "C"'
_ONE = "= %(ids)s"
_BY_ID = "%(system)s"
_BY_KEY = "(SELECT id FROM targets_sourcesystem WHERE key = %(system)s)"


def stored_targets_query(source_system: int | str, external_ids: Iterable[str], *, lock: bool = False) -> Statement:
    """What `fetch` reads; of a source system by its id, or by its key for who does not know the id yet."""
    ids = sorted(external_ids)
    named, sought = (_ONE, ids[0]) if len(ids) == 1 else (_MANY, ids)
    system = _BY_KEY if isinstance(source_system, str) else _BY_ID
    return Statement(_stored_targets_sql(system, named, lock=lock), {"system": source_system, "ids": sought})


@cache
def _stored_targets_sql(system: str, named: str, *, lock: bool) -> str:
    return (
        f"WITH found AS MATERIALIZED ({_found(system, named, lock=lock)}) "  # noqa: S608
        f"SELECT catalogue.revision, found.* FROM ({template_cache.REVISION_SQL}) AS catalogue LEFT JOIN found ON true"
    )


def _recordset() -> str:
    return bulk_sql.recordset_sql(bulk_sql.columns_of(Target), "targets")


@cache
def _changes() -> str:
    changing = bulk_sql.columns_of(Target, "id", "source_system", "external_id", "created_at")
    return ", ".join(f"{field.column} = sent.{field.column}" for field in changing)


@cache
def _inserting() -> str:
    new = bulk_sql.columns_of(Target, "id")
    return (
        f"INSERT INTO targets_target ({bulk_sql.column_list(new)}) SELECT {bulk_sql.column_list(new, 'sent.')} FROM {_recordset()} "  # noqa: S608
        "ON CONFLICT (source_system_id, external_id) DO NOTHING RETURNING id"
    )


@cache
def _updating() -> str:
    return (
        f"UPDATE targets_target AS stored SET {_changes()} FROM {_recordset()} WHERE stored.id = sent.id "  # noqa: S608
        "AND stored.xmin::text::bigint = %(version)s RETURNING stored.id"
    )


@cache
def _writing() -> str:
    new = bulk_sql.columns_of(Target, "id")
    return (
        f"WITH sent AS MATERIALIZED (SELECT sent.* FROM {_recordset()}), "  # noqa: S608
        f"updated AS (UPDATE targets_target AS stored SET {_changes()} FROM sent WHERE stored.id = sent.id) "
        f"INSERT INTO targets_target ({bulk_sql.column_list(new)}) "
        f"SELECT {bulk_sql.column_list(new, 'sent.')} FROM sent WHERE sent.id IS NULL "
        f"RETURNING external_id, id"
    )
