"""SQL of our own, prepared once for each connection: to plan such a statement costs PostgreSQL more than to run it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db import DEFAULT_DB_ALIAS, OperationalError, connection, connections
from django.db.backends.postgresql.base import ServerBindingCursor

# A plan that is kept must be right for a table that grows: where it is made while a table is empty yet, it would read
# all of it for ever after. Requests of the API say the first when they begin, those of pages the second.
SEQSCAN_OFF = "set_config('enable_seqscan', 'off', false)"
SEQSCAN_ON = "set_config('enable_seqscan', 'on', false)"


Rows = list[tuple[Any, ...]]


class Statement(NamedTuple):
    sql: str
    parameters: Mapping[str, Any]


def execute(sql: str, parameters: Mapping[str, Any]) -> Rows:
    """Its rows. Outside of a transaction the statement is one of its own.

    Unlike `connection.cursor()` it does not ask first whether the connection still lives: see `execute_with_reconnect`."""
    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    bare: Any = ServerBindingCursor(database.connection)  # type: ignore[call-arg]
    with (database.make_debug_cursor if database.queries_logged else database.make_cursor)(bare) as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if bare.pgresult and bare.pgresult.nfields else []


def execute_with_reconnect(sql: str, parameters: Mapping[str, Any]) -> Rows:
    """For the first statement of a request, which must do no harm twice: a connection that has been idle may have
    died meanwhile (a restart, a failover), and to find out by it is a round trip less than to ask."""
    try:
        return execute(sql, parameters)
    except OperationalError:
        if connection.in_atomic_block or not getattr(connection.connection, "broken", False):
            raise
        connection.close()
        if pool := getattr(connection, "pool", None):
            pool.check()  # where one has died, others have
        return execute(sql, parameters)


def release_connection() -> None:
    """To the pool, for others; `reacquire_connection` takes one again."""
    if connection.in_atomic_block or not getattr(connection, "pool", None):
        return
    connection.close()


def reacquire_connection() -> None:
    """In the middle of a request of the API: another one than before, perhaps."""
    execute_with_reconnect(f"SELECT {SEQSCAN_OFF}", {})
