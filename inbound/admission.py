"""The batches of a process take turns, so that they never keep all of its connections and threads for seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.conf import settings

from inbound.errors import TooManyBatches
from ordinavo.common import sql

PATIENCE_SECONDS = 25
_places = BoundedSemaphore(settings.BATCHES_IN_PROCESS)
_turns = BoundedSemaphore(settings.BATCHES_AT_ONCE)


@contextmanager
def slot() -> Iterator[None]:
    """A thread for a batch, from before its body is read. Raises TooManyBatches at once where there is none."""
    if not _places.acquire(blocking=False):
        raise TooManyBatches
    try:
        yield
    finally:
        _places.release()


@contextmanager
def connection_slot() -> Iterator[None]:
    """A connection for a batch; waits without one. Raises TooManyBatches where that takes too long."""
    sql.release_connection()
    if not _turns.acquire(timeout=PATIENCE_SECONDS):
        raise TooManyBatches
    try:
        sql.reacquire_connection()
        yield
    finally:
        _turns.release()
