"""How many queries a page takes."""

import time

from django.db import connection
from django.test.utils import CaptureQueriesContext


def spent(ask):
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)


def until_somebody_waits(deadline_seconds=30):
    """Returns when a statement waits for a lock that another transaction has."""
    deadline = time.monotonic() + deadline_seconds
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("Nobody waits.")
