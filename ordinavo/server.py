"""Run the web server: `python -m ordinavo.server`, in production and during development.

Uvicorn serves the application (docs/operations.md): a parent process that starts worker processes again when they end
or hang, and in each worker an event loop that receives requests, with threads that run Django.
"""

import ctypes
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import environ
from uvicorn import Config, Server
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.watchfilesreload import WatchFilesReload

from ordinavo import background_workers
from ordinavo.background_workers import Workers
from ordinavo.common.limits import IDLE_CONNECTION_SECONDS
from ordinavo.observability import processes

CHECKOUT = Path(__file__).resolve().parent.parent
environ.Env.read_env(CHECKOUT / ".env")  # as the settings do, in each process
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ordinavo.settings")
HOST, PORT = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
PROCESSES = int(os.environ.get("WEB_CONCURRENCY", "2"))
# Each process has more threads (WEB_THREADS) than database connections: a thread waits for a connection, and after some
# seconds answers 503.
os.environ.setdefault("DATABASE_POOL_SIZE", "4")
REQUEST_SECONDS_AFTER_SIGTERM = 60
HUNG_WORKER_SECONDS = 15
"""After which a worker process that does not answer its parent is killed and replaced."""
WAITING_CONNECTIONS = 2048
SERVED = "ORDINAVO_SERVER_HAS_SERVED"
"""The variable that new workers have once a worker has been ready. A worker that cannot start is then tried again."""
PR_SET_PDEATHSIG = 1  # of prctl(2)
WORKERS = int(os.environ.get("WORKERS", "0"))
"""Workers that the server starts beside itself, as `make demo` and `make run` do. In production they run alone."""


def listen() -> socket.socket:
    """Return a socket that listens on HOST and PORT.

    Raises SystemExit with one sentence if that is not possible.
    """
    try:
        is_ipv6 = ":" in HOST
        return socket.create_server(
            (HOST, PORT),
            family=socket.AF_INET6 if is_ipv6 else socket.AF_INET,
            backlog=WAITING_CONNECTIONS,
            dualstack_ipv6=is_ipv6 and socket.has_dualstack_ipv6(),
        )
    except OSError as error:
        reason = os.strerror(error.errno or 0)
        raise SystemExit(f"{HOST}:{PORT}: {reason}. Choose another port, such as PORT={PORT + 1}.") from error


def refuse_taken_port() -> None:
    """Check that HOST and PORT can be bound, without leaving them bound. Raises SystemExit if they cannot."""
    listen().close()


def end_with_parent(parent: int) -> None:
    """Arrange that this process is killed when its parent ends, and return. Kill it at once if the parent has ended.

    `parent` is the parent's process id. A parent that is killed cannot stop its children itself. Linux sends the
    signal; elsewhere a thread compares the parent's id twice a second.
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


@contextmanager
def _blocking_sigint() -> Iterator[None]:
    """Block SIGINT during the block, so that a process that is started there inherits the blocked signal.

    Ctrl-C sends SIGINT to all processes of the terminal, and the parent alone decides when its workers stop.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


class Supervisor(Multiprocess):
    """Starts the worker processes, replaces those that end or hang, and stops all of them in limited time."""

    def __init__(self, config: Config, *, sockets: list[socket.socket], background: Workers) -> None:
        super().__init__(config, sockets=sockets)
        self.background = background

    def init_processes(self) -> None:
        """Start the workers."""
        with _blocking_sigint():
            super().init_processes()

    def keep_subprocess_alive(self) -> None:
        """Replace the workers that have ended or hang, and remove their gauges from the metrics."""
        before = list(self.processes)
        if SERVED not in os.environ and any(worker.process.is_alive() and worker.is_ready() for worker in before):
            os.environ[SERVED] = "1"
        with _blocking_sigint():
            super().keep_subprocess_alive()
        for worker in before:
            if worker not in self.processes and worker.pid is not None:
                processes.forget_process(worker.pid)

    def handle_hup(self) -> None:
        """Stop as after SIGTERM: the terminal has been closed. Uvicorn would replace the workers instead."""
        self.handle_term()

    def handle_ttin(self) -> None:
        """Do nothing. Uvicorn would start one more worker."""

    def handle_ttou(self) -> None:
        """Do nothing. Uvicorn would stop a worker."""

    def terminate_all(self) -> None:
        """Tell the workers to stop, and refuse new connections: they would wait for a worker in vain."""
        super().terminate_all()
        self.background.begin_stop()
        for listening in self.sockets:
            listening.close()

    def join_all(self) -> None:
        """Wait for the workers to finish their requests, and kill those that take too long."""
        deadline = time.monotonic() + REQUEST_SECONDS_AFTER_SIGTERM
        for worker in self.processes:
            worker.process.join(max(0.0, deadline - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()


class Reloader(WatchFilesReload):
    """Starts one web process, and starts it and the background workers again when a file of the code changes."""

    background: Workers

    def startup(self) -> None:
        """Start the worker."""
        with _blocking_sigint():
            super().startup()

    def restart(self) -> None:
        """Stop the worker and start it again."""
        self.background.reload()
        with _blocking_sigint():
            super().restart()


def configuration(*, reload: bool) -> Config:
    """Return uvicorn's configuration. Uvicorn's own logs are off: the application logs requests itself."""
    return Config(
        "ordinavo.http.worker:create_application",
        factory=True,
        http="ordinavo.http.protocol:LimitedHttpProtocol",
        ws="none",
        lifespan="on",
        interface="asgi3",
        workers=None if reload else PROCESSES,
        reload=reload,
        reload_dirs=[str(CHECKOUT)] if reload else None,
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # ordinavo.middleware decides which proxies to trust
        backlog=WAITING_CONNECTIONS,
        timeout_keep_alive=IDLE_CONNECTION_SECONDS,
        timeout_worker_healthcheck=HUNG_WORKER_SECONDS,
    )


def _print(line: str) -> None:
    """Write a line to standard output at once, even if that is a pipe."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Serve until SIGINT or SIGTERM, then finish the requests that have begun.

    They have REQUEST_SECONDS_AFTER_SIGTERM; then their workers are killed. Idle workers and idle connections end at
    once. A worker that ends unexpectedly is started again. Raises SystemExit if the port is taken or a worker cannot
    start at all.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: sys.exit(0))  # until the supervisor handles it
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})  # the demo command blocks it for the imports
    listening = listen()
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))  # each connection needs one
    with processes.shared_folder(), background_workers.running(WORKERS) as background:
        _serve(listening, background)
    if sys.stdout.isatty():
        _print("\nStopped.")


def _serve(listening: socket.socket, background: Workers) -> None:
    """Start the web processes and wait for their end. Raises SystemExit if one of them cannot start at all."""
    if os.environ.get("RELOAD"):
        _print(f"Serving on http://{HOST}:{PORT}, the admin is below /admin/. Press Ctrl-C to stop.")
        config = configuration(reload=True)
        reloader = Reloader(config, target=Server(config).run, sockets=[listening])
        reloader.background = background
        reloader.run()
    else:
        supervisor = Supervisor(configuration(reload=False), sockets=[listening], background=background)
        supervisor.run()
        if any(worker.exitcode == STARTUP_FAILURE for worker in supervisor.processes):
            raise SystemExit("The server did not start: a worker process failed, see above.")


if __name__ == "__main__":
    main()
