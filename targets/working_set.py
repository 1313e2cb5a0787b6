"""The stored targets that a few documents are about: read together, changed in memory, written together."""

from collections.abc import Callable, Iterable, Sequence
from copy import copy, deepcopy
from functools import cache
from typing import Any
from zlib import crc32

from django.db import models
from django.utils import timezone

from ordinavo.common import bulk_sql, instances, lock_waits
from ordinavo.common.json_codec import loads
from ordinavo.common.sql import Rows, Statement, execute
from targets.documents import Document
from targets.models import SourceSystem, Target
from templates import template_cache
from templates.template_cache import TemplateCache


class WorkingSet:
    """The stored targets that the documents of one import are about: a unit of work.

    `load` reads them in one query, operations change copies of them in memory, and `save_pending` writes the changed
    ones in one statement. With `lock_ms`, `load` locks the rows until the transaction ends, as `save_pending` needs it.
    Without it, a single target can be written with `single_write_sql`, which writes nothing if another transaction
    changed the row after it was read.
    """

    templates: TemplateCache
    """The templates as they were when the targets were read. `load` sets it."""

    def __init__(self, source_system: SourceSystem, *, lock_ms: int | None, stored: Rows | None = None) -> None:
        """Make an empty set of one source system's targets. Nothing is read yet.

        `lock_ms` is how many milliseconds to wait for the lock of a row, or None to lock none.
        `stored` are the rows of `stored_targets_query` for the same externalIds, if the caller has just read them.
        `load` then uses them and does not lock them.
        """
        self.source_system = source_system
        self._lock_ms, self._stored = lock_ms, stored
        self._found: dict[str, tuple[int, dict[str, Any]]] = {}
        self._pending: dict[str, Target] = {}

    def load(self, documents: Sequence[Document]) -> None:
        """Read the stored targets of some documents, in place of those read before, and set `templates`.

        Pending targets stay pending. Documents without an externalId are ignored. Makes one query, or none if the rows
        were given to `__init__`, and more only if a template has changed. With `lock_ms` it waits for other
        transactions that lock the rows, and must run in a transaction. Raises OperationalError if a wait is longer or
        ends in a deadlock.
        """
        ids = {document.external_id for document in documents if document.external_id}
        rows = self._stored or execute(*stored_targets_query(self.source_system.pk, ids, lock_ms=self._lock_ms))
        found = [(version, loads(row)) for _revision, version, row in rows if row is not None]
        self.templates = template_cache.at_revision(rows[0][0])
        if any(row["template_id"] and not self.templates.by_id(row["template_id"]) for _version, row in found):
            # While the query waited for a lock, another transaction gave the target a new template.
            self.templates = template_cache.current()
        self._found = {row["external_id"]: (version, row) for version, row in found}

    def copy_of(self, external_id: str) -> Target | None:
        """Return a copy of a target that the caller may change, or None if none is loaded with this externalId.

        The copy includes what `save_later` was given before. Changes to it are written only if `save_later` gets it.
        Makes no query.
        """
        if pending := self._pending.get(external_id):
            return _with_own_values(copy(pending))
        if found := self._found.get(external_id):
            return _with_own_values(self._stored_target(*found))
        return None

    def new_target(self, external_id: str) -> Target:
        """Return a new target of the source system. It is written only if `save_later` gets it."""
        target = instances.new(Target)
        target.source_system, target.external_id = self.source_system, external_id
        return target

    def _stored_target(self, version: int, row: dict[str, Any]) -> Target:
        """Return a new Target from its row as JSON, with its row version, source system and template.

        Makes no query.
        """
        target = target_from_row(row, self.source_system, self.templates)
        target.row_version = version
        return target

    def save_later(self, target: Target) -> None:
        """Remember a new or changed target for `save_pending`, in place of an earlier one with the same externalId."""
        self._pending[target.external_id] = target

    def pk_of(self, external_id: str) -> int | None:
        """Return the primary key of the target with an externalId.

        None if the target is neither loaded nor pending, or if it is new and not written yet.
        """
        if pending := self._pending.get(external_id):
            return pending.pk
        found = self._found.get(external_id)
        return found[1]["id"] if found else None

    def save_pending(self) -> None:
        """Write all pending targets in one statement, and set the primary keys of new ones.

        Makes no query if none is pending. They stay pending. The rows must have been locked by `load`, because row
        versions are not compared. Raises IntegrityError if another transaction created one of the targets first or if a
        target breaks a constraint, and TypeError if JSON cannot express a value.
        """
        pending = self.pending()
        if not pending:
            return
        for external_id, pk in write_all(pending):
            self._pending[external_id].pk = pk

    def pending(self) -> list[Target]:
        """Return the targets that are to be written, ordered by externalId; empty if there are none.

        Sets their `updated_at`, and the `created_at` of new ones, to the present time. They stay pending even after
        they were written.
        """
        pending = [self._pending[external_id] for external_id in sorted(self._pending)]
        now = timezone.now()
        for target in pending:
            target.created_at = target.created_at or now
            target.updated_at = now
        return pending


def write_all(targets: Sequence[Target]) -> Rows:
    """Write targets in one statement, and return a row (externalId, id) for each new one.

    Those with an id are updated, the others inserted. The rows must be locked, because row versions are not compared.
    Raises IntegrityError or DataError for values that the database refuses, and TypeError if JSON cannot express one.
    """
    return execute(_write_all_sql(), {"targets": bulk_sql.rows_as_json(targets, _sent_columns())})


def target_from_row(row: dict[str, Any], source_system: SourceSystem, templates: TemplateCache) -> Target:
    """Return a new Target from its row as JSON by column (`to_jsonb` in SQL), with its source system and template.

    Its template is None if `templates` does not have it. Makes no query. Raises KeyError if the row lacks a column.
    """
    target = instances.stored(Target, *_names_and_values(row))
    target.source_system = source_system
    target.template = templates.by_id(target.template_id)
    return target


def _with_own_values(target: Target) -> Target:
    """Replace the custom fields and the corrections of a target by copies, and return the same target.

    Changes to them then do not reach the target that it was copied from. An object or list inside of a custom field is
    still shared.
    """
    target.custom_fields = dict(target.custom_fields)
    target.corrections = deepcopy(target.corrections) if target.corrections else {}
    return target


LOCK_BUCKETS = 64


def lock_external_ids(source_system: SourceSystem, external_ids: Iterable[str]) -> None:
    """Wait until no other batch imports one of these ids, and make other batches wait until this transaction ends.

    Must run in a transaction. With no ids it takes no lock. Raises OperationalError if a wait exceeds SHORT_WAIT_MS;
    call it first, so that a retry repeats no work. Row locks are not enough, because a new target has no row yet. A
    lock for each of some thousand ids would be more than PostgreSQL has room for, so ids share LOCK_BUCKETS advisory
    locks, which are taken in order to avoid deadlocks.
    """
    buckets = sorted({crc32(external_id.encode()) % LOCK_BUCKETS for external_id in external_ids})
    execute(
        "SELECT pg_advisory_xact_lock(%(system)s::integer, bucket) FROM unnest(%(buckets)s::integer[]) AS bucket "  # noqa: S608
        f"WHERE {lock_waits.limit_sql(lock_waits.SHORT_WAIT_MS)}",
        {"system": source_system.pk % 2**31, "buckets": buckets},
    )


def single_write_sql(target: Target) -> str:
    """Return SQL that inserts or updates one target and returns its id. Run it with `single_write_parameters`.

    A target without a primary key is inserted. Its parameters are `targets`, a JSON list of one row, and for an update
    `version`. The SQL writes nothing and returns no row if another transaction created or changed the target first.
    """
    return _insert_sql() if target.pk is None else _update_sql()


def single_write_parameters(target: Target) -> dict[str, Any]:
    """Return the parameters of `single_write_sql`: `targets` is the target's row as JSON, `version` its row version.

    The version is None for a new target. Raises TypeError if JSON cannot express one of the target's values.
    """
    return {"targets": bulk_sql.rows_as_json([target], _sent_columns()), "version": target.row_version}


# The fields whose values are in JSON what they are in Python.
_SAME_IN_JSON = (
    models.BooleanField, models.CharField, models.ForeignKey, models.IntegerField, models.JSONField, models.TextField,
)  # fmt: skip


@cache
def _readers() -> list[tuple[str, str, Callable[[Any], Any] | None]]:
    """Return for each column of a target its attribute, its name, and the function that converts its value from JSON.

    The function is None if the value is the same in JSON. The list is cached, so callers must not change it.
    """
    return [
        (field.attname, str(field.column), None if isinstance(field, _SAME_IN_JSON) else field.to_python)
        for field in bulk_sql.columns_of(Target)
    ]


def _names_and_values(row: dict[str, Any]) -> tuple[list[str], list[Any]]:
    """Return two lists for `instances.stored`: the attributes of a stored target, and their Python values.

    `row` is the target's row as JSON, by column. Raises KeyError if the row lacks a column.
    """
    readers = _readers()
    return [name for name, _column, _to_python in readers], [
        to_python(row[column]) if to_python else row[column] for _name, column, to_python in readers
    ]


# Many rows are locked in one order, so that two batches cannot wait for each other. For one id, PostgreSQL before 17
# would not use the index for an array while its statistics say that the table is empty.
_MANY_IDS = '= ANY(%(ids)s) ORDER BY external_id COLLATE "C"'
_ONE_ID = "= %(ids)s"
_SYSTEM_BY_ID = "%(system)s"
_SYSTEM_BY_KEY = "(SELECT id FROM targets_sourcesystem WHERE key = %(system)s)"


def stored_targets_query(
    source_system: int | str, external_ids: Iterable[str], *, lock_ms: int | None = None
) -> Statement:
    """Return the query of the stored targets with some externalIds, and of the revision of the templates.

    `source_system` is an id, or a key if the caller does not know the id yet. The query is not run here. With
    `lock_ms`, it locks the targets' rows until the transaction ends, and waits for each so many milliseconds; this
    limit holds for all later waits of the transaction. Its result has a row (revision, row version, target as JSON
    text) for each target, or one row (revision, None, None) if there is no such target or no such source system.
    """
    ids = sorted(external_ids)
    condition, parameter = (_ONE_ID, ids[0]) if len(ids) == 1 else (_MANY_IDS, ids)
    system = _SYSTEM_BY_KEY if isinstance(source_system, str) else _SYSTEM_BY_ID
    sql = _stored_targets_sql(system, condition, lock_ms=lock_ms)
    return Statement(sql, {"system": source_system, "ids": parameter})


@cache
def _stored_targets_sql(system: str, condition: str, *, lock_ms: int | None) -> str:
    """Return the SQL of `stored_targets_query`, which needs the parameters `system` and `ids`.

    `system` is SQL for the id of the source system, and `condition` is SQL that compares external_id with the ids.
    `lock_ms` adds FOR NO KEY UPDATE and its time limit. When run, it returns rows (revision, row version, target as
    JSON text).
    """
    limit, lock = (f"{lock_waits.limit_sql(lock_ms)} AND ", " FOR NO KEY UPDATE") if lock_ms is not None else ("", "")
    # Each target is one JSON value: to describe some thirty columns in each answer takes longer than to read them.
    return (
        "WITH found AS MATERIALIZED ("  # noqa: S608  names of columns
        "SELECT xmin::text::bigint AS version, to_jsonb(target)::text AS row FROM targets_target AS target "
        f"WHERE {limit}source_system_id = {system} AND external_id {condition}{lock}) "
        f"SELECT catalogue.revision, found.* FROM ({template_cache.REVISION_SQL}) AS catalogue LEFT JOIN found ON true"
    )


def _sent_columns(*without: str) -> "list[models.Field[Any, Any]]":
    """Return the model fields of a target that an import writes, but not those in `without`.

    `change_xid` is never among them: a database trigger sets it.
    """
    return bulk_sql.columns_of(Target, "change_xid", *without)


def _sent_rows(*without: str) -> str:
    """Return the SQL of a table `sent` with a row for each target in the parameter "targets", which is JSON.

    It has the columns that an import writes, but not those of the fields in `without`.
    """
    return bulk_sql.recordset_sql(_sent_columns(*without), "targets")


@cache
def _assignments() -> str:
    """Return the assignments of an UPDATE, from the table `sent`, as SQL without the word SET.

    All columns are assigned, except id, source system, externalId and `created_at`.
    """
    changing = _sent_columns("id", "source_system", "external_id", "created_at")
    return ",".join(f"{field.column}=sent.{field.column}" for field in changing)


@cache
def _insert_sql() -> str:
    """Return SQL that inserts the target in the parameter `targets`, which is JSON.

    When run, it returns a row with the id. It inserts nothing and returns no row if the source system has a target with
    this externalId already. It waits for SHORT_WAIT_MS at most if another transaction has just inserted it.
    """
    new = _sent_columns("id")
    return (
        f"INSERT INTO targets_target ({bulk_sql.column_list(new)}) "  # noqa: S608  names of columns
        f"SELECT sent.* FROM {_sent_rows('id')} WHERE {lock_waits.limit_sql(lock_waits.SHORT_WAIT_MS)} "
        "ON CONFLICT (source_system_id, external_id) DO NOTHING RETURNING id"
    )


@cache
def _update_sql() -> str:
    """Return SQL that updates the stored target with the id of the row in the parameter `targets`, which is JSON.

    When run, it returns a row with the id. It changes nothing and returns no row if the stored target was deleted or
    has another row version than the parameter `version`.
    """
    sent = _sent_rows("source_system", "external_id", "created_at")
    return (
        f"UPDATE targets_target AS stored SET {_assignments()} FROM {sent} WHERE stored.id = sent.id "  # noqa: S608
        f"AND stored.xmin::text::bigint = %(version)s AND {lock_waits.limit_sql(lock_waits.SHORT_WAIT_MS)} "
        "RETURNING stored.id"
    )


@cache
def _write_all_sql() -> str:
    """Return SQL that writes the targets in the parameter `targets`, which is JSON.

    Those with an id are updated, the others inserted. When run, it returns a row (externalId, id) for each inserted
    one. It does not compare row versions. It fails with IntegrityError if a target to be inserted exists already, and
    writes nothing for an id that was deleted.
    """
    new = _sent_columns("id")
    return (
        f"WITH sent AS MATERIALIZED (SELECT sent.* FROM {_sent_rows()}), "  # noqa: S608  names of columns
        f"updated AS (UPDATE targets_target AS stored SET {_assignments()} FROM sent WHERE stored.id = sent.id) "
        f"INSERT INTO targets_target ({bulk_sql.column_list(new)}) "
        f"SELECT {bulk_sql.column_list(new, 'sent.')} FROM sent WHERE sent.id IS NULL "
        f"RETURNING external_id, id"
    )
