"""Count database queries, and wait until another connection is blocked by a lock."""

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
