"""Concurrency limits for batches, so that batches never occupy every thread and connection of a process.

`slot` limits the batches that a process reads or imports (BATCHES_IN_PROCESS, half of the threads); `connection_slot`
limits those that hold a database connection (BATCHES_AT_ONCE, all connections of the pool but one).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.conf import settings

from inbound.errors import TooManyBatches
from ordinavo.common import sql

MAX_WAIT_SECONDS = 25
_slots = BoundedSemaphore(settings.BATCHES_IN_PROCESS)
_connection_slots = BoundedSemaphore(settings.BATCHES_AT_ONCE)


@contextmanager
def slot() -> Iterator[None]:
    """Admit one batch to a thread of this process, from before its body is read.

    Raises TooManyBatches at once if as many batches as allowed are in progress.
    """
    if not _slots.acquire(blocking=False):
        raise TooManyBatches
    try:
        yield
    finally:
        _slots.release()


@contextmanager
def connection_slot() -> Iterator[None]:
    """Admit one batch to a database connection. While it waits, it holds none.

    Raises TooManyBatches after MAX_WAIT_SECONDS.
    """
    sql.release_connection()
    if not _connection_slots.acquire(timeout=MAX_WAIT_SECONDS):
        raise TooManyBatches
    try:
        sql.reacquire_connection()
        yield
    finally:
        _connection_slots.release()
