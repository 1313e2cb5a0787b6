"""Put the changes of a restored database into order, so that GET /changes can answer again."""

from collections.abc import Iterator

from ordinavo.common.sql import execute
from targets.races import COMMAND_WAIT_SECONDS, retry_conflicts, translate_lost_races

AT_ONCE = 5_000
"""The number of targets that one step looks at."""


def reorder_changes(*, every_target: bool = False) -> Iterator[int]:
    """Mark the targets of another database as changed, in steps. Yield how many targets each step has marked.

    A target is marked if its row carries the id of a transaction that this database has not begun, because the row
    comes from another database. With `every_target`, every target is marked, so that every client that keeps a copy
    reads all targets again. Only the transaction id of a target is changed: it becomes that of the step. Each step is a
    transaction of its own, and runs only when the iterator is advanced. Raises OperationalError if the database fails.
    The steps before it stay done.
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
    """Mark targets among the next AT_ONCE after an id. Return the last id looked at and how many were marked.

    The last id is None if there are no more targets. Raises OperationalError if other transactions keep interfering.
    """

    def attempt(_is_retry: bool) -> tuple[int | None, int]:
        """Run the statement once. Raises LostRace after a deadlock with an import."""
        parameters = {"after": after, "at_once": AT_ONCE, "every_target": every_target}
        with translate_lost_races():
            [(last, marked)] = execute(_STEP, parameters)
        return last, marked

    return retry_conflicts(attempt, wait_seconds=COMMAND_WAIT_SECONDS)
