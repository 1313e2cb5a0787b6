"""Run a worker: `python -m ordinavo.worker`. It processes import jobs in the background.

Any number of workers may run, on any number of machines. They share nothing but the database. A worker announces every
HEARTBEAT_SECONDS that it is alive. The tasks of one that is silent for STALLED_SECONDS are given to another.
"""

import asyncio
import logging
import math
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import environ
import structlog
from django.db import connections
from django.db.models import Q
from django.utils import timezone

from ordinavo import memory
from ordinavo.background_workers import PARENT_OF_WORKER
from ordinavo.common.limits import STALLED_SECONDS
from ordinavo.server import CHECKOUT, end_with_parent

environ.Env.read_env(CHECKOUT / ".env")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ordinavo.settings")
log = structlog.get_logger(__name__)
CONCURRENCY = int(os.environ.get("WORKER_CONCURRENCY", "3"))
"""Tasks that one worker runs at the same time, each in a thread. Exports are at most two of all workers' tasks, because
of their locks, so that with three there is always a place for an import."""
NICENESS = int(os.environ.get("WORKER_NICENESS", "5"))
"""How much the worker yields to web processes on the same machine, so that requests go first."""
POLLING_SECONDS = 1.0
"""After which an idle worker looks for tasks that no notification announced, such as the next one of a lock."""
HEARTBEAT_SECONDS = 3.0
RESCUE_SECONDS = 5.0
"""How often a worker looks for the tasks of workers that are gone."""
STOP_SECONDS = 9.0
LONGEST_PAUSE_SECONDS = 5.0
"""The longest pause before a worker tries again to reach the database."""


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
    """Run a worker: until it is cancelled, or with `wait` False until no task is left.

    When it is cancelled, each task has until the end of its part; then it is handed back. Returns early if the database
    goes away, and raises an exception of procrastinate if it cannot be reached at the start.
    """
    from procrastinate.contrib.django import app  # noqa: PLC0415  after Django is set up
    from procrastinate.periodic import PeriodicRegistry  # noqa: PLC0415

    # An app of its own: tasks that put further tasks into the queue do so in their transaction, by Django's connection.
    # `replace_connector` would give them a connection of the worker.
    worker = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    if not wait:
        worker.periodic_registry = PeriodicRegistry()  # what is due by the clock is not waiting in the queue
    async with worker.open_async():
        rescue = asyncio.create_task(_rescue_tasks()) if wait else None
        try:
            await worker.run_worker_async(
                concurrency=CONCURRENCY,
                wait=wait,
                listen_notify=wait and not _has_transaction_pooler(),
                fetch_job_polling_interval=POLLING_SECONDS,
                update_heartbeat_interval=HEARTBEAT_SECONDS,
                stalled_worker_timeout=STALLED_SECONDS,
                # Then the tasks are told to stop after their part.
                shutdown_graceful_timeout=0.1 if wait else math.inf,
                delete_jobs="always",
                install_signal_handlers=False,
                task_middleware=[_run_task],
            )
        finally:
            if rescue:
                rescue.cancel()


def _has_transaction_pooler() -> bool:
    """Return whether a pooler would give the connection that listens for notifications to other clients."""
    from django.conf import settings  # noqa: PLC0415  after Django is set up

    return bool(settings.DATABASE_POOLER == "transaction")


async def _rescue_tasks() -> None:
    """Put the tasks of workers that are gone back into the queue, again and again. Errors in a row are logged once."""
    has_failed = False
    while True:
        try:
            await asyncio.to_thread(_rescue_once)
            has_failed = False
        except Exception as error:
            if not has_failed:
                log.warning("rescue_failed", error=type(error).__name__)
            has_failed = True
        await asyncio.sleep(RESCUE_SECONDS)


def _rescue_once() -> None:
    """Put the tasks of workers that are gone back into the queue, and add missing ones."""
    from importjobs.background import queue  # noqa: PLC0415  after Django is set up

    try:
        if tasks := queue.put_back_tasks_of_lost_workers():
            log.warning("tasks_rescued", tasks=tasks)
        queue.enqueue_lost()
    finally:
        connections.close_all()


def _run_task(run_task: Callable[[], Any], context: Any, _worker: Any) -> Any:
    """Run a task, log how it ended, and close the database connections of its thread."""
    values, started = {"task": context.job.task_name, **context.job.task_kwargs}, time.monotonic()
    outcome = "done"
    try:
        return run_task()
    except Exception as error:
        outcome = type(error).__name__
        raise
    finally:
        log.info("task_ended", **values, outcome=outcome, seconds=round(time.monotonic() - started, 3))
        connections.close_all()


async def _run_until_stopped() -> None:
    """Run a worker until SIGINT or SIGTERM. If the database goes away, start it again when that is back.

    Ends within STOP_SECONDS of the signal. A part that is not finished by then is rolled back, and another worker goes
    on with it when this one has been silent for STALLED_SECONDS.
    """
    loop, stopping, failed = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    # The end of a task could not be stored, for example. The next worker has another id, so the task is rescued.
    loop.set_exception_handler(lambda _loop, _context: failed.set())
    pause = 0.5
    while not stopping.is_set():
        started = time.monotonic()
        failed.clear()
        work = asyncio.create_task(_run(wait=True))
        events = [asyncio.create_task(event.wait()) for event in (stopping, failed)]
        await asyncio.wait({work, *events}, return_when=asyncio.FIRST_COMPLETED)
        work.cancel()
        await asyncio.wait({work}, timeout=STOP_SECONDS if stopping.is_set() else None)
        if stopping.is_set():
            return
        error = None if work.cancelled() else work.exception()
        log.warning("worker_interrupted", error=type(error).__name__, seconds=pause)
        pause = 0.5 if time.monotonic() - started > 60 else min(pause * 2, LONGEST_PAUSE_SECONDS)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopping.wait(), pause)


def main() -> None:
    """Set up Django and run a worker until SIGINT or SIGTERM."""
    import django  # noqa: PLC0415  not before the settings can be read

    if parent := os.environ.get(PARENT_OF_WORKER):
        end_with_parent(int(parent))
    os.nice(NICENESS)
    memory.return_freed_memory()
    django.setup()
    memory.collect_garbage_seldom()
    log.info("worker_started", concurrency=CONCURRENCY)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(_run_until_stopped())
    log.info("worker_stopped")
    logging.shutdown()
    os._exit(0)  # threads that are still at a part end with the process


if __name__ == "__main__":
    main()
