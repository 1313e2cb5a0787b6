"""Run blocking functions in worker threads, and limit how long a request waits for a thread and for its answer."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypeVar

T = TypeVar("T")


class NoThread(Exception):
    """All threads stayed busy for as long as a request may wait. The function was not called."""


class Overdue(Exception):
    """The function has not returned in time. It still runs in its thread."""


class WorkerThreads:
    """A fixed number of threads that run blocking functions for the event loop."""

    def __init__(self, count: int, *, queue_seconds: float, run_seconds: float) -> None:
        self._executor = ThreadPoolExecutor(count, thread_name_prefix="request")
        self._free = asyncio.Semaphore(count)
        self._queue_seconds, self._run_seconds = queue_seconds, run_seconds

    async def run(self, function: Callable[[Any], T], argument: Any) -> T:
        """Call a function with its argument in a thread, and return what it returns.

        Raises NoThread if no thread becomes free within `queue_seconds`, Overdue if the function takes longer than
        `run_seconds`, and what the function raises. An overdue function keeps its thread until it returns.
        """
        try:
            async with asyncio.timeout(self._queue_seconds if self._free.locked() else None):
                await self._free.acquire()
        except TimeoutError:
            raise NoThread from None
        running = self._executor.submit(function, argument)
        try:
            async with asyncio.timeout(self._run_seconds):
                return await asyncio.wrap_future(running)
        except TimeoutError:
            raise Overdue from None
        finally:
            self._free_after(running)

    def _free_after(self, running: "Future[Any]") -> None:
        """Make the thread of a function available to others: now if the function has returned, else when it returns."""
        if running.done():
            self._free.release()
            return
        loop = asyncio.get_running_loop()

        def release(_ended: "Future[Any]") -> None:
            """Let the event loop make the thread available. Does nothing if the loop has ended."""
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._free.release)

        running.add_done_callback(release)

    def close(self) -> None:
        """Accept no more functions. Those that run continue, and are not waited for."""
        self._executor.shutdown(wait=False, cancel_futures=True)
