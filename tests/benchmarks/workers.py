"""Start and stop a worker of background jobs."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks import servers

START_SECONDS = 30


@contextmanager
def running(database_url: str, folder: Path, *, niceness: int | None) -> Iterator[int]:
    """Start a worker, and return its process id when it is ready. At the end, stop it.

    With a niceness of 0, other programs on the machine hit the worker as they hit the servers. None means the
    worker's default. Raises SystemExit with its log if it does not start.
    """
    own = {} if niceness is None else {"WORKER_NICENESS": str(niceness)}
    log = folder / "worker.log"
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "ordinavo.worker"],
            cwd=servers.CHECKOUT,
            env=servers.environment(database_url) | own,
            stdout=file,
            stderr=file,
            preexec_fn=servers.end_with_parent(signal.SIGTERM),
        )
    try:
        _wait(process, log)
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)


def _wait(process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if b"worker_started" in log.read_bytes():
            return
        time.sleep(0.1)
    raise SystemExit(f"The worker did not start:\n{log.read_text(errors='replace')[-3000:]}")
