"""How many queries a page takes."""

from django.db import connection
from django.test.utils import CaptureQueriesContext


def spent(ask):
    with CaptureQueriesContext(connection) as captured:
        ask()
    return len(captured)
