"""The batches of a process take turns, so that they never keep all of its connections and threads for seconds."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore

from django.conf import settings

from templates import statements

from .errors import TooManyBatches

PATIENCE_SECONDS = 25
_places = BoundedSemaphore(settings.BATCHES_IN_PROCESS)
_turns = BoundedSemaphore(settings.BATCHES_AT_ONCE)


@contextmanager
def one() -> Iterator[None]:
    """Waits without a connection. Raises TooManyBatches where too many wait already, or for too long."""
    if not _places.acquire(blocking=False):
        raise TooManyBatches
    try:
        statements.give_back_connection()
        if not _turns.acquire(timeout=PATIENCE_SECONDS):
            raise TooManyBatches
        try:
            yield
        finally:
            _turns.release()
    finally:
        _places.release()
