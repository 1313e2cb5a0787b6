"""Run background work in tests."""

from django.db import connection

from ordinavo.worker import work_until_idle


def work():
    """Run all waiting tasks by a real worker. The test must commit: `pytest.mark.django_db(transaction=True)`."""
    work_until_idle()


def waiting_tasks():
    """Return the names of the tasks in the queue, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
        return [name for (name,) in cursor.fetchall()]
