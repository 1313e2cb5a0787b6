"""Run background work in tests, and other work beside it."""

from contextlib import contextmanager
from threading import Event, Thread

from django.db import connection

from ordinavo.worker import work_until_idle


def work():
    """Run all waiting tasks by a real worker. The test must commit: `pytest.mark.django_db(transaction=True)`."""
    work_until_idle()


@contextmanager
def working():
    """Run the tasks that come up during the block in a thread beside it."""
    has_ended = Event()

    def work_on():
        while not has_ended.is_set():
            work()
        connection.close()

    thread = Thread(target=work_on)
    thread.start()
    try:
        yield
    finally:
        has_ended.set()
        thread.join()


def in_thread(pool, act, *arguments):
    """Call a function in a thread of a pool, close its connection at the end, and return the future."""

    def call():
        try:
            return act(*arguments)
        finally:
            connection.close()

    return pool.submit(call)


def waiting_tasks():
    """Return the names of the tasks in the queue, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
        return [name for (name,) in cursor.fetchall()]
