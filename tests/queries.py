"""Count database queries, and wait for other connections: until one is blocked by a lock, or until they have ended."""

import time

from django.db import connection
from django.test.utils import CaptureQueriesContext

# Only waits for this connection count: tests of other pytest workers use the same database cluster.
WAITS_FOR_THIS_CONNECTION = """
SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))
"""


def count_queries(ask):
    """Return the number of database queries that `ask()` makes."""
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


def wait_until_another_connection_is_blocked(deadline_seconds=30):
    """Wait until another connection is blocked by a lock that the current transaction holds.

    Raises AssertionError if none is blocked before the deadline.
    """
    deadline = time.monotonic() + deadline_seconds
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(WAITS_FOR_THIS_CONNECTION)
            if cursor.fetchone()[0]:
                return
    raise AssertionError("No other connection waits for a lock of this transaction.")


def wait_until_earlier_transactions_have_ended(database=connection, deadline_seconds=120):
    """Wait until every transaction of the database cluster that has begun to write until now has ended.

    These include the tests of other pytest workers. `database` is a connection, of Django or psycopg, that is in no
    transaction. Raises AssertionError if a transaction has not ended before the deadline.
    """
    deadline = time.monotonic() + deadline_seconds
    with database.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()::text")
        own = cursor.fetchone()[0]
        while time.monotonic() < deadline:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot()) > %s::xid8", [own])
            if cursor.fetchone()[0]:
                return
    raise AssertionError("A transaction that began before has not ended.")
