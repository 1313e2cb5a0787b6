"""Run SQL of our own as prepared statements, with as few round trips as possible.

PostgreSQL takes longer to plan these statements than to run them. psycopg therefore prepares a statement on its
connection once it has run there twice (`prepare_threshold` in the settings), and PostgreSQL reuses its plan.
"""

import select
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import monotonic
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections, transaction
from django.db.backends.postgresql.base import ServerBindingCursor

# A plan that is made while a table is still empty reads the whole table, and is reused when the table has grown.
# Requests of the API therefore forbid sequential scans before their first statement. Admin pages allow them again,
# because their queries are planned each time, and for some of them a sequential scan is the best plan.


def _set_seqscan(value: str) -> str:
    """Return an SQL expression that sets enable_seqscan, or one that does nothing behind a pooler in transaction mode.

    Such a pooler would give the setting to other clients. There SESSION_SETTINGS turns sequential scans off for all.
    """
    return "NULL" if settings.DATABASE_POOLER == "transaction" else f"set_config('enable_seqscan', '{value}', false)"


SEQSCAN_OFF = _set_seqscan("off")
"""An SQL expression that makes PostgreSQL prefer indexes on this connection."""
SEQSCAN_ON = _set_seqscan("on")
"""An SQL expression that restores PostgreSQL's default on this connection."""


Rows = list[tuple[Any, ...]]
"""The rows of a result, each a tuple of its columns."""


MAX_LONG_STATEMENT_SECONDS = 600
"""Of a statement of an export that reads a whole list. Other statements have the limit of the settings."""


class Statement(NamedTuple):
    """An SQL statement with its parameters, ready for `execute(*statement)`."""

    sql: str
    parameters: Mapping[str, Any]


def execute(sql: str, parameters: Mapping[str, Any]) -> Rows:
    """Run one statement and return its rows, or an empty list if it returns none.

    Parameters are named: `%(name)s`. Outside of a transaction the statement is its own transaction. Raises
    django.db.Error, as Django's cursors do, also if no connection can be made.

    Django's own cursors put the parameters into the text of the statement, so that it cannot be prepared. This one
    sends them apart. It also skips Django's health check of the connection, which is a round trip.
    """
    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    bare: Any = ServerBindingCursor(database.connection)  # type: ignore[call-arg]
    with (database.make_debug_cursor if database.queries_logged else database.make_cursor)(bare) as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if bare.pgresult and bare.pgresult.nfields else []


def execute_with_reconnect(sql: str, parameters: Mapping[str, Any]) -> Rows:
    """Run one statement as `execute` does, and once more on a new connection if the connection was dead.

    For the first statement of a request: an idle connection may have died in a restart or a failover. Trying costs a
    round trip less than asking first. The statement may run twice, so it must be harmless when repeated.

    Returns the rows. A dead connection is closed, and the pool replaces its other connections. Raises OperationalError
    without a second try if the connection is alive or in a transaction, or if the first try took so long that the host
    must be unreachable, and any other django.db.Error likewise. What the second try raises is not caught.
    """
    started = monotonic()
    try:
        return execute(sql, parameters)
    except OperationalError:
        if connection.in_atomic_block or not getattr(connection.connection, "broken", False):
            raise
        _discard_connections(started)
        if monotonic() - started > _FAST_FAILURE_SECONDS:
            raise  # the host is silent, so a new connection would fail as slowly
        return execute(sql, parameters)


_FAST_FAILURE_SECONDS = 0.5
_discarded_at = 0.0


def _discard_connections(used_since: float) -> None:
    """Close this thread's dead connection, and make the pool replace all others, which are probably dead as well.

    To ask each of them would take long if the host is silent. The pool also replaces those in use, when they come back.
    `used_since` is when this thread took its connection, in the time of `monotonic`. If the pool replaced its
    connections after that, it does not do so again.
    """
    global _discarded_at
    connection.close()
    pool = getattr(connection, "pool", None)
    if pool and _discarded_at < used_since:
        _discarded_at = monotonic()
        pool.drain()


def replace_dead_connection() -> None:
    """Take another connection if PostgreSQL has ended that of this thread since its last statement.

    For statements that must not run twice, so that they cannot be repeated after an error. PostgreSQL announces that it
    ends an idle connection, so its socket has data that nobody has asked for. To look costs no round trip. Does nothing
    inside a transaction or without a connection. Raises django.db.OperationalError if no other connection can be had.
    """
    if connection.in_atomic_block or connection.connection is None:
        return
    poll = select.poll()
    poll.register(connection.connection.pgconn.socket, select.POLLIN)
    if poll.poll(0):
        started = monotonic()
        connection.connection.close()
        _discard_connections(started)
        reacquire_connection()


@contextmanager
def long_statement() -> Iterator[None]:
    """Run the block in a transaction whose statements may take MAX_LONG_STATEMENT_SECONDS each."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{MAX_LONG_STATEMENT_SECONDS}s"])
        yield


def new_connection(**parameters: Any) -> "psycopg.Connection[Any]":
    """Return a new connection to the database of the settings, apart from the pool and from Django's own.

    `parameters` are those of psycopg.connect, beside the settings'. Raises psycopg.OperationalError.
    """
    return psycopg.connect(**connection.get_connection_params() | parameters)


def release_connection() -> None:
    """Return this thread's connection to the pool while the request waits for something else, such as its body.

    Does nothing inside a transaction or without a pool. After the wait, call `reacquire_connection`.
    """
    if connection.in_atomic_block or not getattr(connection, "pool", None):
        return
    connection.close()


def reacquire_connection() -> None:
    """Take a connection from the pool again, perhaps another one, and make PostgreSQL prefer indexes on it.

    If the thread still has a connection, that one is used. Raises django.db.OperationalError if no connection can be
    had.
    """
    execute_with_reconnect(f"SELECT {SEQSCAN_OFF}", {})
