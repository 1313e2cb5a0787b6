"""Run the web server: `python -m ordinavo.server`, in production and during development.

Granian serves the application because it answers at least as many imports on the same cores as gunicorn with threads
does (docs/operations.md).
"""

import ctypes
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import environ
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

environ.Env.read_env(Path(__file__).resolve().parent.parent / ".env")  # as the settings do, in each process
HOST, PORT = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
PROCESSES = int(os.environ.get("WEB_CONCURRENCY", "2"))
# Each process has more threads than database connections: a thread waits for a connection, and after some seconds
# answers 503.
os.environ.setdefault("DATABASE_POOL_SIZE", "4")
THREADS = int(os.environ.setdefault("WEB_THREADS", "16"))
REQUEST_SECONDS_AFTER_SIGTERM = 60
PR_SET_PDEATHSIG = 1  # of prctl(2)
STOP_SIGNALS = {signal.SIGINT, signal.SIGTERM}


def refuse_taken_port() -> None:
    """Check that HOST and PORT can be bound, without leaving them bound.

    Raises SystemExit with one sentence if they cannot. Without this check each worker prints an error of its own.
    """
    with socket.socket(socket.AF_INET6 if ":" in HOST else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, PORT))
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise SystemExit(f"{HOST}:{PORT}: {reason}. Choose another port, such as PORT={PORT + 1}.") from error


def end_with_parent(parent: int) -> None:
    """Arrange that this process is killed when its parent ends, and return. Kill it at once if the parent has ended.

    `parent` is the parent's process id. A parent that is killed cannot stop its children itself. Linux sends the
    signal; elsewhere a thread compares the parent's id twice a second. It is SIGKILL because Granian's worker can hang
    for good at a second SIGTERM.
    """
    if sys.platform != "linux":
        threading.Thread(target=_wait_for_end, args=(parent,), daemon=True).start()
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGKILL))
    if os.getppid() != parent:  # it ended before the call
        os.kill(os.getpid(), signal.SIGKILL)


def _wait_for_end(parent: int) -> None:
    """Wait until the process with the id `parent` has ended, then kill this process. Never returns."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGKILL)


def notice_signals_while_waiting() -> None:
    """Make the main thread run the handlers of SIGINT and SIGTERM even if it begins to wait at that very moment.

    Python only notes a signal, and runs its handler later in the main thread. A signal that arrives just before the
    main thread begins to wait for a lock, as Granian's does, would be noticed with the next signal only. So a thread
    reads the numbers of arrived signals, and interrupts the main thread by another one. Call it in the main thread.
    """
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.signal(signal.SIGURG, lambda number, frame: None)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    threading.Thread(target=_interrupt_main_thread, args=(reader,), daemon=True).start()


def _interrupt_main_thread(arrived: int) -> None:
    """Read the numbers of arrived signals from a pipe, and send SIGURG to the main thread after each stop signal.

    It is sent several times within two seconds, because also SIGURG may arrive just before the wait. Never returns.
    """
    main_thread = threading.main_thread().ident
    while numbers := os.read(arrived, 64):
        if main_thread is not None and not STOP_SIGNALS.isdisjoint(numbers):
            for _ in range(20):
                time.sleep(0.1)
                signal.pthread_kill(main_thread, signal.SIGURG)


def load_application() -> Callable[..., Any]:
    """Set up the signals of a new worker process, and return the WSGI application. Granian calls this function first.

    A forked worker starts with the signal handlers of its parent. They set a flag that a worker never reads, so a
    SIGTERM before Granian installs the worker's own handlers would be lost, and the parent would wait in vain. Until
    then SIGTERM ends the worker. SIGINT stays blocked in workers: Ctrl-C sends it to all processes of the terminal, and
    the parent alone decides when its workers stop. If the parent ends, the worker is killed. Raises
    ImproperlyConfigured for wrong settings, and SystemCheckError if a system check of Django fails.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    notice_signals_while_waiting()
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        end_with_parent(parent.pid)
    from ordinavo.wsgi import application  # noqa: PLC0415  in the worker, so that a reload imports it again

    return application


def _block_signals_while_forking() -> None:
    """Register hooks that block SIGINT and SIGTERM while this process forks, so that a new worker loses neither.

    This process unblocks them after the fork. In the worker both stay blocked until load_application, which unblocks
    only SIGTERM.
    """

    def change(how: int) -> None:
        """Block or unblock the signals: `how` is SIG_BLOCK or SIG_UNBLOCK. Does nothing in a worker."""
        if multiprocessing.parent_process() is None:  # not for what a worker forks
            signal.pthread_sigmask(how, STOP_SIGNALS)

    os.register_at_fork(before=lambda: change(signal.SIG_BLOCK), after_in_parent=lambda: change(signal.SIG_UNBLOCK))


def _is_useful(record: logging.LogRecord) -> bool:
    """Return False for Granian's warning about more threads than cores, True for any other log record."""
    return "spawning up to" not in record.getMessage()


def _print(line: str) -> None:
    """Write a line to standard output at once, even if that is a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Serve until SIGINT or SIGTERM, then finish the requests that have begun.

    They have REQUEST_SECONDS_AFTER_SIGTERM; then their workers are killed. Idle workers and idle connections end at
    once. A worker that ends unexpectedly is started again. Raises SystemExit if the port is taken, or if a worker ends
    again within seconds of its restart.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until Granian handles it: Python would print a traceback
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # the demo command blocks it for the imports
    refuse_taken_port()
    reload = bool(os.environ.get("RELOAD"))
    if reload:
        _print(f"Serving on http://{HOST}:{PORT}, the admin is below /admin/. Press Ctrl-C to stop.")
    logging.getLogger("_granian").addFilter(_is_useful)
    notice_signals_while_waiting()
    _block_signals_while_forking()
    Granian(
        "ordinavo.wsgi:application",
        address=HOST,
        port=PORT,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=PROCESSES,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=REQUEST_SECONDS_AFTER_SIGTERM,
        log_level=LogLevels.warning,
        reload=reload,
    ).serve(target_loader=load_application, wrap_loader=False)
    if sys.stdout.isatty():
        _print("\nStopped.")


if __name__ == "__main__":
    main()
