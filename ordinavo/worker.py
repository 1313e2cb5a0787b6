"""Run a worker: `python -m ordinavo.worker`. It processes import jobs and exports in the background.

Any number of workers may run, on any number of machines. They share nothing but the database.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING, Any

import environ
import structlog
from django.db import Error, connections

from ordinavo.background_workers import PARENT
from ordinavo.server import CHECKOUT, end_with_parent

if TYPE_CHECKING:
    from procrastinate import App

environ.Env.read_env(CHECKOUT / ".env")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ordinavo.settings")
CONCURRENCY = int(os.environ.get("WORKER_CONCURRENCY", "2"))
"""Tasks that one worker runs at the same time, each in a thread."""
NICENESS = int(os.environ.get("WORKER_NICENESS", "5"))
"""Added to the niceness of the process: requests that somebody waits for get the processor first."""
POLL_SECONDS = 1
"""Between two looks into the queue. A pooler in transaction mode cannot pass on PostgreSQL's notifications."""
LOST_TASKS_SECONDS = 5
"""Between two searches for tasks of killed workers."""
STOP_SECONDS = 9
"""After SIGTERM, tasks are asked to hand their work back. Then the process ends, and PostgreSQL rolls them back."""
RESTART_PAUSES = (0.5, 1, 2, 5)
"""Seconds before the worker connects again after an outage. The last pause repeats."""

log = structlog.get_logger(__name__)


def work_until_idle() -> None:
    """Run the tasks that are waiting in the queue, in this process, and return when there is none to run now.

    Tasks whose pause has not passed stay in the queue.
    """
    asyncio.run(_run_worker(wait=False))


async def _run_worker(*, wait: bool) -> None:
    """Run the worker of procrastinate: until it is cancelled, or with `wait` False until no task is left.

    Raises what the database raises. Tasks that run are then asked to hand their work back.
    """
    from procrastinate.contrib.django import app  # noqa: PLC0415  after Django is set up

    with app.replace_connector(app.connector.get_worker_connector()) as worker:  # type: ignore[attr-defined]
        await _work(worker, wait=wait)


async def _work(app: "App", *, wait: bool) -> None:
    """Open the connections of a worker and run it."""
    from ordinavo.common import task_queue  # noqa: PLC0415

    async with app.open_async():
        await app.run_worker_async(
            concurrency=CONCURRENCY,
            wait=wait,
            listen_notify=False,
            fetch_job_polling_interval=POLL_SECONDS,
            abort_job_polling_interval=60,  # no task is aborted through procrastinate
            update_heartbeat_interval=task_queue.HEARTBEAT_SECONDS,
            stalled_worker_timeout=task_queue.STALLED_SECONDS,
            shutdown_graceful_timeout=0,  # tells the tasks at once to hand their work back
            delete_jobs="always",
            install_signal_handlers=False,
            task_middleware=[_run_task],
        )


def _run_task(run_task: Callable[[], Any], context: Any, _worker: Any) -> Any:
    """Run a task, log its end, and close the database connections of its thread."""
    from importjobs.background.outcomes import HandedBack, Unfinished  # noqa: PLC0415

    values = {"task": context.job.task_name, **context.job.task_kwargs}
    started = monotonic()
    try:
        result = run_task()
        log.info("task_ended", **values, seconds=round(monotonic() - started, 3))
        return result
    except (HandedBack, Unfinished) as error:
        log.info("task_unfinished", **values, outcome=type(error).__name__)
        raise
    except Exception as error:
        log.error("task_failed", **values, exc_info=error)
        raise
    finally:
        connections.close_all()


async def _run_until_stopped() -> None:
    """Run workers one after the other until SIGINT or SIGTERM: a worker ends when it loses the database."""
    loop, stopped, failed = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    # Such as: the end of a task could not be stored. The next worker has another id, and the task is put back.
    loop.set_exception_handler(lambda _loop, _context: failed.set())
    search = asyncio.create_task(_put_back_lost_work())
    log.info("worker_started", concurrency=CONCURRENCY, niceness=os.nice(0))
    interruptions = 0
    while not stopped.is_set():
        failed.clear()
        began = monotonic()
        error = await _run_one_worker(stopped, failed)
        if stopped.is_set():
            break
        interruptions = 0 if monotonic() - began > 2 * RESTART_PAUSES[-1] else interruptions + 1
        if interruptions <= 1:
            log.error("worker_interrupted", error=type(error).__name__ if error else "")
        await _first(stopped.wait(), timeout=RESTART_PAUSES[min(interruptions, len(RESTART_PAUSES) - 1)])
    search.cancel()
    log.info("worker_stopped")


async def _run_one_worker(stopped: asyncio.Event, failed: asyncio.Event) -> BaseException | None:
    """Run a worker until it ends by itself or one of the events is set. Return the exception that ended it, or None.

    Kills this process if the worker takes longer than STOP_SECONDS after `stopped` is set.
    """
    worker = asyncio.create_task(_run_worker(wait=True))
    await _first(worker, stopped.wait(), failed.wait())
    if stopped.is_set():
        asyncio.get_running_loop().call_later(STOP_SECONDS, os._exit, 1)
    worker.cancel()
    [ended] = await asyncio.gather(worker, return_exceptions=True)
    return None if ended is None or isinstance(ended, asyncio.CancelledError) else ended


async def _first(*awaitables: Any, timeout: float | None = None) -> None:
    """Wait until one of these has ended, or the timeout (seconds) has passed. Cancel those that were begun here."""
    tasks = [one if isinstance(one, asyncio.Task) else asyncio.ensure_future(one) for one in awaitables]
    await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
    for task, given in zip(tasks, awaitables, strict=True):
        if task is not given:
            task.cancel()


async def _put_back_lost_work() -> None:
    """Every LOST_TASKS_SECONDS, put tasks of killed workers back into the queue, and add missing ones."""
    while True:
        await asyncio.to_thread(_put_back_once)
        await asyncio.sleep(LOST_TASKS_SECONDS)


def _put_back_once() -> None:
    """Put lost tasks back and log them. Does nothing while the database cannot be reached."""
    from importjobs.background import queue  # noqa: PLC0415
    from ordinavo.common import task_queue  # noqa: PLC0415

    try:
        if tasks := task_queue.put_back_lost_tasks():
            log.warning("tasks_put_back", tasks=tasks)
        if runs := queue.enqueue_lost_runs():
            log.warning("tasks_added", runs=runs)
    except Exception as error:
        if not isinstance(error.__cause__, Error) and not isinstance(error, Error):
            log.error("search_for_lost_tasks_failed", exc_info=error)
    finally:
        connections.close_all()


def main() -> None:
    """Set up Django and run a worker until SIGINT or SIGTERM. It ends within about STOP_SECONDS."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the loop handles it: Python would print a traceback
    if parent := os.environ.get(PARENT):
        end_with_parent(int(parent))
    os.environ["DATABASE_POOL_SIZE"] = "0"  # each thread has a connection of its own
    os.nice(NICENESS)
    import django  # noqa: PLC0415  not before the settings can be read

    django.setup()
    asyncio.run(_run_until_stopped())
    sys.stdout.flush()


if __name__ == "__main__":
    main()
