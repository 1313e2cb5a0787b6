"""Find the targets that changed since a position, in an order in which no change can be missed.

A trigger writes the id of the current transaction into each target's row that is inserted or updated (`change_xid`).
Transactions do not commit in the order of their ids: one with a lower id may commit later. A reader that remembers the
highest id it has seen would miss it. So only changes of transactions older than every running transaction
(`pg_snapshot_xmin`) are returned. All of those have ended, so no further change can appear among them.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from ordinavo.common.codes import Code
from ordinavo.common.errors import ApiError, InvalidParameter, retry_after
from ordinavo.common.json_codec import loads
from ordinavo.common.sql import execute
from targets.models import SourceSystem, Target
from targets.working_set import target_from_row
from templates import template_cache


class Position(NamedTuple):
    """A place in the order of changes: everything up to and including it has been read."""

    transaction_id: int
    target_id: int


class Cursor(NamedTuple):
    """The positions up to which the changes of each source system have been read."""

    database: str
    """The identity of the database that the transaction ids are from. It changes if the database is restored."""
    positions: Mapping[int, Position]
    """By the id of the source system. A source system that is missing has not been read yet."""


class Page(NamedTuple):
    """Some changed targets, in the order of their last changes."""

    targets: list[Target]
    cursor: Cursor
    has_more: bool


class ForeignCursor(InvalidParameter):
    """The cursor is from another database, or from before this one was restored. Start again without a cursor."""

    def __init__(self) -> None:
        super().__init__(
            "after is from another database, or from before this one was restored: changes could be missing. "
            "Start again without it."
        )


class NotInOrder(ApiError):
    """Rows carry transaction ids of another database, as after a restore. Run `manage.py reorder_changes`."""

    def __init__(self) -> None:
        super().__init__(
            Code.UNAVAILABLE,
            "The database was restored, and its changes are not in order yet. "
            "Ask an administrator to run 'manage.py reorder_changes'.",
            headers=retry_after(_RETRY_AFTER_RESTORE_SECONDS),
        )


_RETRY_AFTER_RESTORE_SECONDS = 60


def changes_after(*, cursor: Cursor | None, source_systems: Sequence[SourceSystem], limit: int) -> Page:
    """Return at most `limit` targets of these source systems that changed after the cursor, as they are now.

    Without a cursor, and for a source system that is not in the cursor, reading starts before the first target.
    The new cursor has exactly these source systems. Makes one query, and more only if a template has changed. Raises
    ForeignCursor or NotInOrder if changes could be missed.
    """
    read = cursor.positions if cursor else {}
    positions = {system.pk: read.get(system.pk, _START) for system in source_systems}
    rows = execute(_CHANGES, _parameters(positions, limit))
    state = _State(*rows[0][: len(_State._fields)])
    if cursor and (cursor.database != state.database or _latest(positions) > int(state.next_transaction_id)):
        raise ForeignCursor
    if state.has_foreign_rows:
        raise NotInOrder
    found = [row[len(_State._fields) :] for row in rows if row[-1] is not None]
    has_more = len(found) > limit
    del found[limit:]
    # Move no further than the last change: after a crash, PostgreSQL reuses the ids of transactions that wrote nothing.
    reached = Position(int(found[-1][0]), found[-1][1]) if found else _START
    targets = _targets([loads(row) for _xid, _id, row in found], source_systems, state)
    moved = {system: max(position, reached) for system, position in positions.items()}
    return Page(targets, Cursor(state.database, moved), has_more)


_START = Position(0, 0)


class _State(NamedTuple):
    """The state of the database in the snapshot from which the changes are read."""

    database: str
    next_transaction_id: str
    templates_revision: Any
    has_foreign_rows: bool


# The identity of a database. A restored dump has another table, a new cluster another identifier, and a cluster that
# was promoted or recovered to a point in time another timeline. Each may lack changes that a reader has seen.
_IDENTITY = """
left(md5(concat_ws(
    ' ', (pg_control_system()).system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8),
    (SELECT oid FROM pg_database WHERE datname = current_database()), 'targets_target'::regclass::oid
)), 16)
"""
# Each source system's changes are read from the index, no more than one page of each, and then merged. The
# request's own transaction has not ended, so its rows are not read, but they are not foreign either.
_CHANGES = f"""
WITH state AS MATERIALIZED (
    SELECT {_IDENTITY} AS database, pg_snapshot_xmin(snapshot) AS oldest, pg_snapshot_xmax(snapshot) AS next,
    GREATEST(pg_snapshot_xmax(snapshot), pg_current_xact_id_if_assigned()) AS highest, revision
    FROM pg_current_snapshot() AS snapshot, ({template_cache.REVISION_SQL}) AS catalogue
), position AS MATERIALIZED (
    SELECT * FROM unnest(%(systems)s::bigint[], %(xids)s::text[]::xid8[], %(ids)s::bigint[]) AS _ (system, xid, id)
), page AS MATERIALIZED (
    SELECT changed.* FROM state, position, LATERAL (
        SELECT change_xid, target.id FROM targets_target AS target
        WHERE source_system_id = position.system AND (change_xid, target.id) > (position.xid, position.id)
        AND change_xid < state.oldest
        ORDER BY change_xid, target.id LIMIT %(rows)s
    ) AS changed
    ORDER BY change_xid, id LIMIT %(rows)s
)
SELECT state.database, state.next::text, state.revision, EXISTS (
    SELECT FROM position, LATERAL (
        SELECT FROM targets_target WHERE source_system_id = position.system AND change_xid > state.highest LIMIT 1
    ) AS foreign_row
), found.change_xid::text, found.id, found.row FROM state LEFT JOIN (
    SELECT page.change_xid, page.id, to_jsonb(target)::text AS row
    FROM page JOIN targets_target AS target ON target.id = page.id
) AS found ON true
ORDER BY found.change_xid, found.id
"""  # noqa: S608  constants


def _parameters(positions: Mapping[int, Position], limit: int) -> dict[str, Any]:
    """Return the parameters of the query _CHANGES. One more row than `limit` shows whether there is another page."""
    return {
        "systems": list(positions),
        "xids": [str(position.transaction_id) for position in positions.values()],
        "ids": [position.target_id for position in positions.values()],
        "rows": limit + 1,
    }


def _latest(positions: Mapping[int, Position]) -> int:
    """Return the highest transaction id of the positions, or 0 if there are none."""
    return max((position.transaction_id for position in positions.values()), default=0)


def _targets(rows: Iterable[dict[str, Any]], source_systems: Sequence[SourceSystem], state: _State) -> list[Target]:
    """Build targets from rows that were read as JSON, with their source systems and templates."""
    templates = template_cache.at_revision(state.templates_revision)
    by_id = {system.pk: system for system in source_systems}
    return [target_from_row(row, by_id[row["source_system_id"]], templates) for row in rows]
