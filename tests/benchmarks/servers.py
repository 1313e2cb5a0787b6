"""Start and stop the servers that are compared. Their commands are defined here only.

In a command, `{port}` is replaced by a free port. NAME=value before the program sets an environment variable.
"""

import ctypes
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
BIN = str(Path(sys.executable).parent)
PROCESSES = 2
"""Worker processes of each server: the default of the product's WEB_CONCURRENCY."""

# Variants of our server, each as in production; `make bench` measures the first.
OURS = {
    "connect": "python -m ordinavo.server",
}
PEERS = {
    "plain": (
        f"gunicorn --workers {PROCESSES} --threads 4 --worker-class gthread --keep-alive 15 "
        "--log-level warning --bind 127.0.0.1:{port} tests.benchmarks.peers.plain_drf.wsgi:application"
    ),
    "fast": (
        f"uvicorn --workers {PROCESSES} --loop uvloop --http httptools --no-access-log --log-level warning "
        "--timeout-keep-alive 60 --host 127.0.0.1 --port {port} tests.benchmarks.peers.fast.app:app"
    ),
}
# These protect nothing: the servers listen on loopback only, for a quarter of an hour.
SIGNING_KEY = "bench-ABCDEFGHIJKLMNOPQRSTUVWXYZ-abcdefghijklmnopqrstuvwxyz"
_ENVIRONMENT = {
    "DEBUG": "false",
    "HTTPS_ONLY": "false",
    "ALLOWED_HOSTS": "127.0.0.1",
    "LOG_LEVEL": "INFO",
    "HOST": "127.0.0.1",
    "SECRET_KEY": "bench-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "TOKEN_SIGNING_KEY": SIGNING_KEY,
}


@dataclass
class Server:
    """A running server."""

    name: str
    port: int
    pid: int
    log: Path
    idle: dict[int, int]
    """Resident bytes of each process after a second of load, by process id."""


def end_with_parent(number: signal.Signals) -> Callable[[], None]:
    """Return a `preexec_fn` that lets Linux send this signal to the new process when the benchmark is killed."""
    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(1, int(number))


def environment(database_url: str) -> dict[str, str]:
    """Return the environment variables of production. They do not depend on the caller's shell or the file .env."""
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ}
    return inherited | _ENVIRONMENT | {"DATABASE_URL": database_url}


@contextmanager
def running(name: str, command: str, database_url: str, folder: Path) -> Iterator[Server]:
    """Start a server by its command. At the end, stop it. Raises SystemExit with its log if it does not start."""
    port = _free_port()
    words = shlex.split(command.replace("{port}", str(port)))
    own = {}
    while "=" in words[0]:
        key, _, value = words.pop(0).partition("=")
        own[key] = value
    words[0] = f"{BIN}/{words[0]}" if os.path.exists(f"{BIN}/{words[0]}") else words[0]
    log = folder / f"{name}.log"
    env = environment(database_url) | {"PORT": str(port)} | own
    with log.open("wb") as file:
        process = subprocess.Popen(
            words,
            cwd=CHECKOUT,
            env=env,
            stdout=file,
            stderr=file,
            start_new_session=True,
            preexec_fn=end_with_parent(signal.SIGTERM),
        )
    try:
        _wait(process, port, log)
        yield Server(name, port, process.pid, log, {})
    finally:
        _stop(process)


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its own session, so nothing else is killed
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"{log.stem} did not start:\n{log.read_text(errors='replace')[-3000:]}")
