"""The service as in production, started and killed as an operator or a crash does it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.processes import with_descendants
from tests.benchmarks.servers import CHECKOUT, end_with_parent, environment
from tests.servers import free_port

HOST = "127.0.0.1"
PROCESSES = 2
START_SECONDS = 120
STOP_SECONDS = 90
"""More than the service gives running requests after SIGTERM."""


@dataclass
class Service:
    """The service: `python -m ordinavo.server` with its processes."""

    port: int
    environment: dict[str, str]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def pid(self) -> int:
        """Return the process id of the main process. Raises RuntimeError if it was never started."""
        if self.process is None:
            raise RuntimeError("The service was not started.")
        return self.process.pid

    @property
    def is_running(self) -> bool:
        """Return whether the main process runs."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the service without waiting for it."""
        own = {"PORT": str(self.port), "WEB_CONCURRENCY": str(PROCESSES), "LOG_LEVEL": "WARNING"}
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ordinavo.server"],
                cwd=CHECKOUT,
                env=self.environment | own,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=end_with_parent(signal.SIGTERM),
            )

    def wait_until_open(self) -> None:
        """Wait until the port is open. Raises RuntimeError with the end of the log if it does not open."""
        deadline = time.monotonic() + START_SECONDS
        while self.process and self.process.poll() is None and time.monotonic() < deadline:
            with suppress(OSError):
                socket.create_connection((HOST, self.port), 1).close()
                return
            time.sleep(0.05)
        raise RuntimeError(f"The service did not start:\n{self.log.read_text(errors='replace')[-3000:]}")

    def workers(self) -> list[int]:
        """Return the process ids of the web processes: the children of the main process that serve requests."""
        found = []
        for pid in with_descendants(self.pid)[1:]:
            with suppress(OSError):
                command = Path(f"/proc/{pid}/cmdline").read_bytes()
                if command and b"resource_tracker" not in command:
                    found.append(pid)
        return found

    def kill(self) -> None:
        """Kill all processes of the service, as a lack of memory does, and wait for the end of the main process."""
        processes = with_descendants(self.pid)
        for pid in processes:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if self.process:
            self.process.wait(STOP_SECONDS)

    def stop(self) -> float:
        """Send SIGTERM, wait for the end, and return how many seconds it took.

        Raises RuntimeError, after killing it, if the service does not end within STOP_SECONDS.
        """
        begun = time.monotonic()
        if self.process is None or self.process.poll() is not None:
            return 0.0
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise RuntimeError(f"The service did not end within {STOP_SECONDS} s of SIGTERM.") from None
        return time.monotonic() - begun


def create(environment: dict[str, str], log: Path) -> Service:
    """Return the service with a free port and these environment variables, not started yet."""
    return Service(free_port(), environment, log)


def seed(database_url: str) -> dict[str, str]:
    """Create the schema and the rows that the run needs, and return the tokens and the password by name."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.seeding"],
        env=environment(database_url),
        cwd=CHECKOUT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    secrets: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return secrets
