"""Run workers beside the web server: `WORKERS=1 python -m ordinavo.server`, as `make demo` and `make run` do.

In production, workers are usually services of their own (`python -m ordinavo.worker`).
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from ordinavo.observability import processes

STOP_SECONDS = 10
"""After SIGTERM. A worker that takes longer is killed."""
_POLL_SECONDS = 0.2
_RESTART_SECONDS = (0.5, 2, 5, 10)
"""The pause before a worker that has ended is started again. The last one repeats."""
PARENT_OF_WORKER = "ORDINAVO_PARENT_OF_WORKER"
"""The variable with the process id of the server that has started a worker. The worker ends with it."""


class Workers:
    """Worker processes that are started again when they end, until they are told to stop."""

    def __init__(self, number: int, *, is_quiet: bool = False) -> None:
        self._number, self._output = number, subprocess.DEVNULL if is_quiet else None
        self._stopping, self._reloading = threading.Event(), threading.Event()
        # Linux kills the children when the thread that started them ends, so one thread does all of it.
        self._thread = threading.Thread(target=self._keep_running, name="workers", daemon=True)

    def start(self) -> None:
        """Start the worker processes."""
        self._thread.start()

    def reload(self) -> None:
        """Stop the workers and start them again, with the code as it is now. Returns at once."""
        self._reloading.set()

    def begin_stop(self) -> None:
        """Tell the workers to stop. Returns at once."""
        self._stopping.set()

    def join(self) -> None:
        """Wait until all workers have ended. They are killed STOP_SECONDS after they were told to stop."""
        self._thread.join()

    def _keep_running(self) -> None:
        """Start the workers, start those again that have ended, and stop them at the end."""
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # the children inherit it: only the parent stops them
        while not self._stopping.is_set():
            self._reloading.clear()
            running = [_Restarted(self._output) for _ in range(self._number)]
            while not (self._stopping.wait(_POLL_SECONDS) or self._reloading.is_set()):
                for worker in running:
                    worker.restart_if_ended()
            _stop([worker.process for worker in running])


class _Restarted:
    """One worker process, or after its end the one that has replaced it."""

    def __init__(self, output: int | None) -> None:
        self._output = output
        self.process = _start(output)
        self._ends = 0
        self._start_at: float | None = None

    def restart_if_ended(self) -> None:
        """Start the process again a growing pause after it has ended."""
        if self.process.poll() is None:
            return
        if self._start_at is None:
            processes.forget_process(self.process.pid)
            self._start_at = monotonic() + _RESTART_SECONDS[min(self._ends, len(_RESTART_SECONDS) - 1)]
            self._ends += 1
        elif monotonic() >= self._start_at:
            self.process, self._start_at = _start(self._output), None


def _start(output: int | None) -> "subprocess.Popen[bytes]":
    """Start a worker process, which ends when this process does. `output` is as of subprocess, for both its streams."""
    environment = os.environ | {PARENT_OF_WORKER: str(os.getpid())}
    return subprocess.Popen([sys.executable, "-m", "ordinavo.worker"], env=environment, stdout=output, stderr=output)


def _stop(started: "list[subprocess.Popen[bytes]]") -> None:
    """Stop processes and wait for their end. Kill those that take longer than STOP_SECONDS."""
    deadline = monotonic() + STOP_SECONDS
    for process in started:
        process.terminate()
    for process in started:
        try:
            process.wait(max(0.0, deadline - monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        processes.forget_process(process.pid)


@contextmanager
def running(number: int, *, is_quiet: bool = False) -> Iterator[Workers]:
    """Run so many workers during the block. At its end, wait for their end. Starts no thread if the number is 0.

    What they log is not shown if `is_quiet`.
    """
    workers = Workers(number, is_quiet=is_quiet)
    if not number:
        yield workers
        return
    workers.start()
    try:
        yield workers
    finally:
        workers.begin_stop()
        workers.join()
