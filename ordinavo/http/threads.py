"""Run blocking functions in worker threads, and limit how long a request waits for a thread and for its answer."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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
        await self._reserve_thread()
        loop = asyncio.get_running_loop()
        returned: asyncio.Future[T] = loop.create_future()

        def call() -> None:
            """Call the function in a thread, and pass what it returned or raised to the event loop."""
            try:
                result, error = function(argument), None
            except BaseException as raised:  # noqa: BLE001  raised again in the event loop
                result, error = None, raised
            with suppress(RuntimeError):  # the loop may have ended meanwhile
                loop.call_soon_threadsafe(self._end, returned, result, error)

        self._executor.submit(call)
        overdue = loop.call_later(self._run_seconds, self._give_up, returned)
        try:
            return await returned
        finally:
            overdue.cancel()

    async def _reserve_thread(self) -> None:
        """Wait until a thread is free, and reserve it. Raises NoThread after `queue_seconds`."""
        if not self._free.locked():
            await self._free.acquire()  # at once
            return
        try:
            async with asyncio.timeout(self._queue_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise NoThread from None

    def _end(self, returned: "asyncio.Future[Any]", result: Any, error: BaseException | None) -> None:
        """Make the thread of a function available to others, and pass the result on if it is still awaited."""
        self._free.release()
        if returned.done():
            return
        if error is None:
            returned.set_result(result)
        else:
            returned.set_exception(error)

    @staticmethod
    def _give_up(returned: "asyncio.Future[Any]") -> None:
        """Let `run` raise Overdue, unless the function has returned."""
        if not returned.done():
            returned.set_exception(Overdue())

    def close(self) -> None:
        """Accept no more functions. Those that run continue, and are not waited for."""
        self._executor.shutdown(wait=False, cancel_futures=True)
