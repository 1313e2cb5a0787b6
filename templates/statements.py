"""SQL of our own, prepared once for each connection: to plan such a statement costs PostgreSQL more than to run it."""

from collections.abc import Mapping
from typing import Any

from django.db import OperationalError, connection
from django.db.backends.postgresql.base import ServerBindingCursor


def run(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Its rows. Outside of a transaction the statement is one of its own.

    Unlike `connection.cursor()` it does not ask first whether the connection still lives: see `run_first`."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        bare: Any = ServerBindingCursor(connection.connection)  # type: ignore[call-arg]
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(bare) as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if bare.pgresult and bare.pgresult.nfields else []


def run_first(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """For the first statement of a request, which must do no harm twice: a connection that has been idle may have
    died meanwhile (a restart, a failover), and to find out by it is a round trip less than to ask."""
    try:
        return run(sql, parameters)
    except OperationalError:
        if connection.in_atomic_block or not getattr(connection.connection, "broken", False):
            raise
        connection.close()
        if pool := getattr(connection, "pool", None):
            pool.check()  # where one has died, others have
        return run(sql, parameters)
