"""Wait in place while the database cannot be reached, so that no attempt at a job is used up by an outage."""

from collections.abc import Callable
from itertools import chain, repeat
from time import sleep
from typing import TypeVar

import psycopg
import structlog
from django.db import Error, connection

from importjobs.background.outcomes import HandedBack
from ordinavo.common.sql import reacquire_connection

T = TypeVar("T")
log = structlog.get_logger(__name__)

MAX_LOSSES = 5
"""How often one call may lose its connection to a database that can be reached again, before that counts as a failure.

The call itself may be what ends the connection, for example because the server process runs out of memory.
"""
_PAUSES = (0.1, 0.2, 0.5, 1, 2)
"""Seconds between two attempts to connect. The last pause repeats."""
# Besides errors without a code, for which the connection is gone: the server shuts down or starts, has no connection
# left, is a standby, or has ended a connection whose transaction was idle (this process was stopped, for example).
_OUTAGE_CODES = ("57P01", "57P02", "57P03", "53300", "25006", "25P03")


def survive_outages(call: Callable[[], T], *, should_stop: Callable[[], bool]) -> T:
    """Return `call()`. If the database goes away meanwhile, wait until it is back, and call again.

    Each call must be a transaction of its own that is safe to repeat. Raises HandedBack if the worker is to stop during
    the wait, the error of the last call after MAX_LOSSES calls that lost their connection, and what else `call` raises.
    """
    for _ in range(MAX_LOSSES - 1):
        try:
            reacquire_connection()  # its statements must use indexes, as those of requests do: PostgreSQL keeps plans
            return call()
        except Error as error:
            if not is_outage(error):
                raise
        _wait_for_database(should_stop)
    reacquire_connection()
    return call()


def is_outage(error: BaseException) -> bool:
    """Return whether an error says that the database cannot be reached, or has ended the connection."""
    cause = error.__cause__
    if not isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError):
        return False
    return cause.sqlstate is None or cause.sqlstate.startswith("08") or cause.sqlstate in _OUTAGE_CODES


def _wait_for_database(should_stop: Callable[[], bool]) -> None:
    """Return when the database answers. Raises HandedBack if the worker is to stop before."""
    log.warning("database_lost")
    for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
        connection.close()
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
        except Error:
            if should_stop():
                raise HandedBack from None
            sleep(pause)
        else:
            log.info("database_back")
            return
