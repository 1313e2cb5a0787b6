"""Wait for a lock of another transaction without holding a database connection.

PostgreSQL lets a statement wait for a row, an advisory lock or the unique key of an uncommitted row, and its connection
waits with it. Some such waits would take all connections of a process, and unrelated requests would get none. So a
statement of an import waits for SHORT_WAIT_MS at most. Then its transaction is rolled back, the thread returns its
connection, and `retry_when_locked` tries again later.
"""

from collections.abc import Callable
from threading import BoundedSemaphore, Lock
from time import monotonic, sleep
from typing import TypeVar

from django.conf import settings
from django.db import OperationalError, connection
from psycopg.errors import LockNotAvailable

from ordinavo.common.codes import Code
from ordinavo.common.errors import ApiError, retry_after
from ordinavo.common.sql import reacquire_connection, release_connection, replace_dead_connection

T = TypeVar("T")

SHORT_WAIT_MS = 100
"""How long a statement of an import waits for a lock while it occupies a connection, in milliseconds."""
BATCH_ROW_WAIT_MS = 3_000
"""The same for a batch that has begun its work. It is longer, because the batch repeats its work after a failure."""
STAFF_WAIT_SECONDS = 3
"""How long an action of staff waits for the locks of others."""
PAUSE_SECONDS = 0.01
"""The pause of a thread between two tries, so that another waiting thread gets its turn."""

_places = BoundedSemaphore(settings.MAX_LOCK_WAITERS)
_turn = Lock()  # all waiting threads of a process share one connection: one of them tries at a time


class TargetLocked(ApiError):
    """Other transactions held a lock for as long as the request could wait."""

    def __init__(self) -> None:
        super().__init__(
            Code.UNAVAILABLE,
            "Another transaction holds this target, so nothing was imported. Send the request again after Retry-After "
            "seconds; with the same Idempotency-Key nothing is imported twice.",
            headers=retry_after(5),
        )


class TooManyWaiting(ApiError):
    """As many requests as may wait for locks in this process are waiting already."""

    def __init__(self) -> None:
        super().__init__(
            Code.UNAVAILABLE,
            "Another transaction holds this target, and too many requests are waiting. Nothing was imported; send the "
            "request again after Retry-After seconds.",
            headers=retry_after(5),
        )


def limit_sql(milliseconds: int) -> str:
    """Return an SQL condition that is always true, and limits the waits for locks until the transaction ends.

    Each wait may take so many milliseconds, then the statement fails with LockNotAvailable. PostgreSQL evaluates the
    condition before it reads the rows that it filters, and so before it locks them. It needs no round trip of its own.
    """
    return f"(SELECT set_config('lock_timeout', '{milliseconds}', true)) IS NOT NULL"


def is_lock_timeout(error: BaseException) -> bool:
    """Return whether an error was raised from psycopg's LockNotAvailable: a wait for a lock took too long.

    It may have been raised directly from it, or through Django's OperationalError. LockNotAvailable itself is not
    recognised.
    """
    cause = error.__cause__
    return isinstance(cause, LockNotAvailable) or (isinstance(cause, OperationalError) and is_lock_timeout(cause))


def retry_when_locked(attempt: Callable[[bool], T], *, seconds: float) -> T:
    """Call `attempt(False)`, then `attempt(True)` while another transaction holds a lock, and return its value.

    The argument tells `attempt` whether the call is a retry. Each call must be a transaction of its own. Between the
    calls the thread holds no connection, and at most one retry runs at a time in a process. At most MAX_LOCK_WAITERS
    threads of a process wait.

    If PostgreSQL has ended the thread's connection since its last statement, the first call gets another one. Inside of
    a transaction `attempt` is called once: the function that opened the transaction has to retry all of it.

    Raises TooManyWaiting at once if too many threads wait, and TargetLocked after `seconds`. An ApiError of `attempt`
    that was raised from a lock timeout is also retried, and raised in place of TargetLocked. No other exception of
    `attempt` is caught.
    """
    if connection.in_atomic_block:
        return attempt(False)
    replace_dead_connection()
    try:
        return attempt(False)
    except (OperationalError, ApiError) as error:
        if not is_lock_timeout(error):
            raise
        locked = error
    release_connection()
    if not _places.acquire(blocking=False):
        raise TooManyWaiting from locked
    try:
        return _retry_in_turn(attempt, monotonic() + seconds, locked)
    finally:
        _places.release()


def _retry_in_turn(attempt: Callable[[bool], T], deadline: float, locked: OperationalError | ApiError) -> T:
    """Call `attempt(True)` in turn with other threads until it raises no lock timeout, and return its value.

    `deadline` is a value of `time.monotonic`, and `locked` is the lock timeout of the call before. Raises TargetLocked
    after the deadline, or the last lock timeout if that is an ApiError.
    """
    while (seconds_left := deadline - monotonic()) > 0 and _turn.acquire(timeout=seconds_left):
        try:
            reacquire_connection()
            return attempt(True)
        except (OperationalError, ApiError) as error:
            if not is_lock_timeout(error):
                raise
            locked = error
        finally:
            release_connection()
            _turn.release()
        sleep(PAUSE_SECONDS)
    raise locked if isinstance(locked, ApiError) else TargetLocked from locked
