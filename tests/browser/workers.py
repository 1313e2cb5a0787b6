"""Run background work in browser tests, in a thread of its own, because Playwright runs an event loop in this one."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connections

from ordinavo.worker import work_until_idle


def work():
    """Run all waiting tasks by a real worker."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(work_until_idle).result()
        thread.submit(connections.close_all).result()
