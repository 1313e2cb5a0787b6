"""The targets that some documents are about: read together, changed in memory, written together."""

from collections.abc import Callable, Iterable, Sequence
from copy import copy, deepcopy
from functools import cache
from typing import Any
from zlib import crc32

from django.db import connection, models
from django.utils import timezone

from templates import bulk, shelf
from templates.exactjson import loads
from templates.shelf import Shelf
from templates.statements import Rows, Statement, run

from .documents import Document
from .models import SourceSystem, Target


class WorkingSet:
    """What operations see of the stored targets. Read with `hold`, they stay ours until the transaction ends;
    without it, a single target is written only if it is still what was read."""

    shelf: Shelf

    def __init__(self, source_system: SourceSystem, *, hold: bool, stored: Rows | None = None) -> None:
        """`stored` are the rows of `query_stored` for the same externalIds, as somebody has just read them."""
        self.source_system = source_system
        self.holds, self._stored = hold, stored
        self._found: dict[str, tuple[int, dict[str, Any]]] = {}
        self._kept: dict[str, Target] = {}

    def fetch(self, documents: Sequence[Document]) -> None:
        """The targets that documents name, and the templates as they are now, in one query."""
        ids = {document.external_id for document in documents if document.external_id}
        rows = self._stored or run(*query_stored(self.source_system.pk, ids, hold=self.holds))
        found = [(version, loads(row)) for _revision, version, row in rows if row is not None]
        self.shelf = shelf.at(rows[0][0])
        if any(row["template_id"] and not self.shelf.with_id(row["template_id"]) for _version, row in found):
            self.shelf = shelf.current()  # while the query waited for the row, somebody gave it a new template
        self._found = {row["external_id"]: (version, row) for version, row in found}

    def draft(self, external_id: str) -> Target | None:
        """The target as it is by now, to work on; nothing comes of that unless it is kept."""
        if kept := self._kept.get(external_id):
            return _detached(copy(kept))
        if found := self._found.get(external_id):
            return _detached(self._stored_target(*found))
        return None

    def _stored_target(self, version: int, row: dict[str, Any]) -> Target:
        target = Target.from_db(connection.alias, *_read(row))
        target.row_version = version
        target.source_system = self.source_system
        target.template = self.shelf.with_id(target.template_id)
        return target

    def keep(self, draft: Target) -> None:
        self._kept[draft.external_id] = draft

    def pk_of(self, external_id: str) -> int | None:
        """None for one that is not written, as in a rehearsal."""
        if kept := self._kept.get(external_id):
            return kept.pk
        found = self._found.get(external_id)
        return found[1]["id"] if found else None

    def write(self) -> None:
        """All that was kept, in one statement."""
        kept = self.kept()
        if kept:
            for external_id, pk in run(_writing(), {"targets": bulk.rows(kept, bulk.columns(Target))}):
                self._kept[external_id].pk = pk

    def kept(self) -> list[Target]:
        """What is to be written, as of now."""
        kept = [self._kept[external_id] for external_id in sorted(self._kept)]
        now = timezone.now()
        for target in kept:
            target.created_at = target.created_at or now
            target.updated_at = now
        return kept


def _detached(draft: Target) -> Target:
    """With nothing that what it was made from has, too."""
    draft.custom_fields, draft.corrections = dict(draft.custom_fields), deepcopy(draft.corrections)
    return draft


LANES = 64


def take_turns(source_system: SourceSystem, external_ids: Iterable[str]) -> None:
    """Batches with an id in common come one after the other; a lock that lasts until the transaction ends.

    Rows alone cannot keep them from waiting for each other: what is new to two of them has none to be locked yet.
    A lock for each of some thousand ids would be more than PostgreSQL holds, so ids share lanes, taken in order."""
    lanes = sorted({crc32(external_id.encode()) % LANES for external_id in external_ids})
    run(
        "SELECT pg_advisory_xact_lock(%(system)s::integer, lane) FROM unnest(%(lanes)s::integer[]) AS lane",
        {"system": source_system.pk % 2**31, "lanes": lanes},
    )


def written_alone(target: Target) -> str:
    """SQL, with `parameters_alone`, that writes one target and returns its id, or nothing where somebody was
    quicker: made it too, or changed it since it was read."""
    return _inserting() if target.pk is None else _updating()


def parameters_alone(target: Target) -> dict[str, Any]:
    return {"targets": bulk.rows([target], bulk.columns(Target)), "version": target.row_version}


# Their values are in JSON what they are in Python.
_AS_IN_JSON = (
    models.BooleanField, models.CharField, models.ForeignKey, models.IntegerField, models.JSONField, models.TextField,
)  # fmt: skip


@cache
def _fields() -> list[tuple[str, str, Callable[[Any], Any] | None]]:
    return [
        (field.attname, str(field.column), None if isinstance(field, _AS_IN_JSON) else field.to_python)
        for field in bulk.columns(Target)
    ]


def _read(row: dict[str, Any]) -> tuple[list[str], list[Any]]:
    """The fields of a stored target and their values, from the JSON that PostgreSQL made of it."""
    fields = _fields()
    return [name for name, _column, _to_python in fields], [
        to_python(row[column]) if to_python else row[column] for _name, column, to_python in fields
    ]


def _found(system: str, named: str, *, hold: bool) -> str:
    """A target as one value: to describe its columns in each answer takes longer than to read them."""
    return (
        "SELECT xmin::text::bigint AS version, to_jsonb(target)::text AS row FROM targets_target AS target "  # noqa: S608
        f"WHERE source_system_id = {system} AND external_id {named}{' FOR NO KEY UPDATE' if hold else ''}"
    )


# Of many ids, all take the locks in one order. Of one, PostgreSQL before 17 would not look an array up in the index
# while its statistics say that the table is empty, and read all of the source system's targets instead.
_MANY = '= ANY(%(ids)s) ORDER BY external_id COLLATE "C"'
_ONE = "= %(ids)s"
_BY_ID = "%(system)s"
_BY_KEY = "(SELECT id FROM targets_sourcesystem WHERE key = %(system)s)"


def query_stored(source_system: int | str, external_ids: Iterable[str], *, hold: bool = False) -> Statement:
    """What `fetch` reads; of a source system by its id, or by its key for who does not know the id yet."""
    ids = sorted(external_ids)
    named, sought = (_ONE, ids[0]) if len(ids) == 1 else (_MANY, ids)
    system = _BY_KEY if isinstance(source_system, str) else _BY_ID
    return Statement(_query_stored(system, named, hold=hold), {"system": source_system, "ids": sought})


@cache
def _query_stored(system: str, named: str, *, hold: bool) -> str:
    return (
        f"WITH found AS MATERIALIZED ({_found(system, named, hold=hold)}) "  # noqa: S608
        f"SELECT catalogue.revision, found.* FROM ({shelf.REVISION}) AS catalogue LEFT JOIN found ON true"
    )


def _recordset() -> str:
    return bulk.recordset(bulk.columns(Target), "targets")


@cache
def _changes() -> str:
    changing = bulk.columns(Target, "id", "source_system", "external_id", "created_at")
    return ", ".join(f"{field.column} = sent.{field.column}" for field in changing)


@cache
def _inserting() -> str:
    new = bulk.columns(Target, "id")
    return (
        f"INSERT INTO targets_target ({bulk.names(new)}) SELECT {bulk.names(new, 'sent.')} FROM {_recordset()} "  # noqa: S608
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
    new = bulk.columns(Target, "id")
    return (
        f"WITH sent AS MATERIALIZED (SELECT sent.* FROM {_recordset()}), "  # noqa: S608
        f"updated AS (UPDATE targets_target AS stored SET {_changes()} FROM sent WHERE stored.id = sent.id) "
        f"INSERT INTO targets_target ({bulk.names(new)}) "
        f"SELECT {bulk.names(new, 'sent.')} FROM sent WHERE sent.id IS NULL "
        f"RETURNING external_id, id"
    )
