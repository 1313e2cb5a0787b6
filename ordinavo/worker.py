"""Run a worker: `python -m ordinavo.worker`. It processes import jobs and exports in the background.

Any number of workers may run, on any number of machines. They share nothing but the database.
"""

import asyncio
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import environ
from django.db import connections
from django.db.models import Q
from django.utils import timezone

from ordinavo.server import CHECKOUT

if TYPE_CHECKING:
    from procrastinate import App

environ.Env.read_env(CHECKOUT / ".env")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ordinavo.settings")
CONCURRENCY = int(os.environ.get("WORKER_CONCURRENCY", "2"))
"""Tasks that one worker runs at the same time, each in a thread."""
POLLING_SECONDS = 1.0
"""After which an idle worker looks for tasks that no notification announced, such as the next one of a lock."""


def work_until_idle() -> None:
    """Run the tasks that are waiting in the queue, in this process, and return when there is none to run now.

    Tasks whose pause has not passed stay in the queue.
    """
    while _is_work_waiting():  # a task may wait for another one of the same lock
        asyncio.run(_run(wait=False))


def _is_work_waiting() -> bool:
    """Return whether a task is in the queue that could run now, or after the one before it."""
    from procrastinate.contrib.django.models import ProcrastinateJob  # noqa: PLC0415  after Django is set up

    due = Q(scheduled_at=None) | Q(scheduled_at__lte=timezone.now())
    return ProcrastinateJob.objects.filter(due, status="todo").exists()


async def _run(*, wait: bool) -> None:
    """Run a worker: until it is told to stop, or with `wait` False until no task is left."""
    from procrastinate.contrib.django import app  # noqa: PLC0415  after Django is set up

    with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
        await _work(worker, wait=wait)


async def _work(app: "App", *, wait: bool) -> None:
    """Open the connections of a worker and run it."""
    async with app.open_async():
        await app.run_worker_async(
            concurrency=CONCURRENCY,
            wait=wait,
            listen_notify=wait,
            fetch_job_polling_interval=POLLING_SECONDS,
            delete_jobs="always",
            install_signal_handlers=wait,
            task_middleware=[_close_connections],
        )


def _close_connections(run_task: Callable[[], Any], _context: Any, _worker: Any) -> Any:
    """Run a task, and close the database connections of its thread afterwards."""
    try:
        return run_task()
    finally:
        connections.close_all()


def main() -> None:
    """Set up Django and run a worker until SIGINT or SIGTERM."""
    import django  # noqa: PLC0415  not before the settings can be read

    django.setup()
    asyncio.run(_run(wait=True))


if __name__ == "__main__":
    main()
