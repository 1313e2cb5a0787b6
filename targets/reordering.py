"""Put the changes of a restored database into order, so that GET /changes can answer again."""

from collections.abc import Iterator

from ordinavo.common.sql import execute
from targets.races import retry_lost_races, translate_lost_races

AT_ONCE = 5_000
"""Targets that one step looks at."""


def reorder_changes(*, every_target: bool = False) -> Iterator[int]:
    """Mark targets as changed by the present transaction. Yield after each step how many targets that were.

    These are the targets that carry the id of a transaction that this database has not begun: their rows come from
    another one. With `every_target` these are all, so that every copy reads all targets again. Nothing else of a target
    is changed. Each step is a transaction of its own and is done only when the iterator is advanced. Raises
    OperationalError if the database fails; the steps before it stay done.
    """
    after: int | None = 0
    while after is not None:
        after, marked = _step(after, every_target)
        yield marked


_STEP = """
WITH step AS MATERIALIZED (
    SELECT id FROM targets_target WHERE id > %(after)s ORDER BY id LIMIT %(at_once)s
), marked AS (
    UPDATE targets_target AS target SET change_xid = target.change_xid FROM step WHERE target.id = step.id
    AND (%(every_target)s OR target.change_xid > pg_snapshot_xmax(pg_current_snapshot())) RETURNING target.id
)
SELECT (SELECT max(id) FROM step), (SELECT count(*) FROM marked)
"""  # the trigger of the table sets change_xid


def _step(after: int, every_target: bool) -> tuple[int | None, int]:
    """Look at the next targets after an id. Return the id of the last one and how many were marked.

    The id is None if there are no more targets. Raises OperationalError if other transactions keep interfering.
    """

    def attempt(_is_retry: bool) -> tuple[int | None, int]:
        """Run the statement once. Raises LostRace after a deadlock with an import."""
        parameters = {"after": after, "at_once": AT_ONCE, "every_target": every_target}
        with translate_lost_races():
            [(last, marked)] = execute(_STEP, parameters)
        return last, marked

    return retry_lost_races(attempt)
