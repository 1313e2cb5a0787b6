"""SQL of our own, prepared once for each connection: to plan such a statement costs PostgreSQL more than to run it."""

from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.backends.postgresql.base import ServerBindingCursor


def run(sql: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Its rows. Outside of a transaction the statement is one of its own.

    Unlike `connection.cursor()` it does not ask first whether the connection still lives."""
    connection.ensure_connection()
    with connection.wrap_database_errors:
        bare = ServerBindingCursor(connection.connection)
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(bare) as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if bare.pgresult and bare.pgresult.nfields else []
