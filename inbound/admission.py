"""Concurrency limits for batches, so that batches never occupy every thread and connection of a process.

`slot` limits the batches that a process reads or imports (BATCHES_IN_PROCESS, half of the threads); `connection_slot`
limits those that hold a database connection (BATCHES_AT_ONCE, a share of the pool). A batch that waits for a lock keeps
its places and holds no connection (`ordinavo.common.lock_waits`).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.conf import settings

from inbound.errors import TooManyBatches
from ordinavo.common import sql

_slots = BoundedSemaphore(settings.BATCHES_IN_PROCESS)
_large_body = BoundedSemaphore(1)
_connection_slots = BoundedSemaphore(settings.BATCHES_AT_ONCE)


@contextmanager
def slot() -> Iterator[None]:
    """Count one batch as in progress in this process during the block, and no longer, even if the block raises.

    Raises TooManyBatches at once, without waiting, if as many batches as the setting BATCHES_IN_PROCESS are in
    progress.
    """
    if not _slots.acquire(blocking=False):
        raise TooManyBatches
    try:
        yield
    finally:
        _slots.release()


@contextmanager
def large_body(is_large: bool) -> Iterator[None]:
    """Let one request with a large body use the memory that it needs during the block. Does nothing for a small one.

    Raises TooManyBatches at once if this process has another large body in memory.
    """
    if not is_large:
        yield
        return
    if not _large_body.acquire(blocking=False):
        raise TooManyBatches
    try:
        yield
    finally:
        _large_body.release()


@contextmanager
def connection_slot() -> Iterator[None]:
    """Let one batch use a database connection during the block, as one of at most BATCHES_AT_ONCE in this process.

    The batch returns its connection to the pool, waits until fewer batches use one, and takes a connection again. So a
    waiting batch never holds a connection that another request needs. Raises TooManyBatches if it waits for other
    batches longer than BATCH_WAIT_SECONDS, and django.db.OperationalError if no connection can be had. The place is
    free again after the block, even if the block raises.
    """
    sql.release_connection()
    if not _connection_slots.acquire(timeout=settings.BATCH_WAIT_SECONDS):
        raise TooManyBatches
    try:
        sql.reacquire_connection()
        yield
    finally:
        _connection_slots.release()
