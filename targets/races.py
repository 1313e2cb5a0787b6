"""Lost races: another transaction changed what this one had read, so this one has to look again and retry."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from django.db import DatabaseError, IntegrityError, OperationalError, connection
from psycopg.errors import DeadlockDetected, ForeignKeyViolation

from ordinavo.common.lock_waits import retry_when_locked

T = TypeVar("T")

MAX_ATTEMPTS = 5
COMMAND_WAIT_SECONDS = 60
"""How long a step of a management command waits for locks of imports and of staff."""


class LostRace(Exception):
    """Another transaction changed or created the target first. Look again and retry."""


def is_lost_race(error: DatabaseError) -> bool:
    """Return whether the database refused a statement only because another transaction came first.

    That other transaction created the same target, deleted a row that a foreign key refers to (any foreign key counts),
    or waited for this transaction while this one waited for it (a deadlock).
    """
    cause = error.__cause__
    if isinstance(error, OperationalError):
        return isinstance(cause, DeadlockDetected)
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", "")
    return isinstance(error, IntegrityError) and (
        isinstance(cause, ForeignKeyViolation) or constraint == "targets_target_external_id_unique"
    )


@contextmanager
def translate_lost_races() -> Iterator[None]:
    """Raise LostRace instead of a database error that a lost race explains. Any other exception is raised unchanged.

    The database error is the cause of LostRace. Enclose the whole transaction: PostgreSQL checks foreign keys when it
    commits.
    """
    try:
        yield
    except DatabaseError as error:
        if is_lost_race(error):
            raise LostRace(str(error)) from error
        raise


def retry_lost_races(attempt: Callable[[bool], T], *, is_retry: bool = False) -> T:
    """Call `attempt(False)`, then `attempt(True)` for as long as it raises LostRace, and return what it returns.

    The argument tells `attempt` whether the call is a retry. With `is_retry`, the first call is one too. There is no
    pause between the calls. Each must be a transaction of its own, or a savepoint. Raises OperationalError after
    MAX_ATTEMPTS calls that all raised LostRace, which the API answers as 503 with Retry-After. Raises it at once if the
    savepoint could not be rolled back, because the connection was lost meanwhile: the transaction around it is lost,
    too. Any other exception of `attempt` is not caught.
    """
    lost: LostRace | None = None
    for number in range(MAX_ATTEMPTS):
        try:
            return attempt(is_retry or number > 0)
        except LostRace as error:
            if connection.in_atomic_block and connection.needs_rollback:
                raise OperationalError("The transaction was lost with its connection.") from error
            lost = error
    raise OperationalError(f"Other transactions changed the target first, {MAX_ATTEMPTS} times in a row.") from lost


def retry_conflicts(attempt: Callable[[bool], T], *, wait_seconds: float) -> T:
    """Call `attempt` as `retry_lost_races` does, and also again after another transaction held a lock for too long.

    For locks it waits `wait_seconds` at most, as `lock_waits.retry_when_locked` describes: between the calls the thread
    holds no database connection. Raises what those two functions raise.
    """
    return retry_when_locked(lambda is_retry: retry_lost_races(attempt, is_retry=is_retry), seconds=wait_seconds)
