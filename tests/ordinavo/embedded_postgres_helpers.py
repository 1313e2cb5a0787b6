"""Start the embedded PostgreSQL and processes that use it, for its tests."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import django
from psycopg.pq import PGconn, Ping

from ordinavo.embedded_postgres.folders import own_folder, socket_directory
from ordinavo.embedded_postgres.locks import is_locked

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = Path(django.__file__).parents[1]
# It executes each line of its input: SQL, or Python after an exclamation mark.
PROGRAM = """
import os, sys
from pathlib import Path
import django
from django.conf import settings
from ordinavo.embedded_postgres import database_settings
settings.configure(DATABASES={"default": database_settings(Path(sys.argv[1]))}, USE_TZ=True)
django.setup()
from django.db import connection
print("loaded", flush=True)
for line in sys.stdin:
    try:
        if line.startswith("!"):
            exec(line[1:])
            continue
        with connection.cursor() as cursor:
            cursor.execute(line)
            print("ok", cursor.fetchone() if cursor.description else "", flush=True)
    except Exception as error:
        print(type(error).__name__, str(error).replace(chr(10), "|"), flush=True)
    connection.close()
"""


class Client:
    """A process that uses the database. It opens a new connection for each line of SQL."""

    def __init__(
        self, checkout: Path, import_root: Path = ROOT, python: str = sys.executable, uid: int | None = None
    ) -> None:
        account: dict[str, Any] = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
        self.process: subprocess.Popen[str] = subprocess.Popen(
            [python, "-c", PROGRAM, checkout],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            env={"PATH": os.environ["PATH"], "PYTHONPATH": f"{import_root}:{PACKAGES}"},
            **account,
        )

    def send(self, line: str) -> None:
        """Send a line without waiting for its answer."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()

    def answer(self) -> str:
        """Wait for the answer to a line: "ok" and the first row, or the error's type and message."""
        assert self.process.stdout is not None
        while (line := self.process.stdout.readline()) == "loaded\n":
            pass
        return line.strip()

    def ask(self, line: str = "SELECT 1") -> str:
        """Send a line and return its answer."""
        self.send(line)
        return self.answer()

    def end(self, number: signal.Signals = signal.SIGKILL) -> str:
        """End the process by the signal, and return what it wrote to standard error."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=20)[1]


class EmbeddedServer:
    """The server of a checkout, as it can be observed from outside."""

    def __init__(self, checkout: Path) -> None:
        self.checkout = checkout
        self.folder = own_folder(checkout)
        self.clients: list[Client] = []

    def client(self) -> Client:
        """Start a process that uses the server."""
        self.clients.append(Client(self.checkout))
        return self.clients[-1]

    def is_running(self) -> bool:
        """Return whether the supervisor or any process of the server is alive."""
        locks = (self.folder / "supervisor.lock", self.folder / "server.lock")
        return any(lock.exists() and is_locked(lock) for lock in locks)

    def accepts_connections(self) -> bool:
        """Return whether the server answers on its socket, without becoming a client of it."""
        address = f"host={socket_directory(self.checkout)} user=postgres dbname=postgres"
        return PGconn.ping(address.encode()) == Ping.OK

    def postmaster(self) -> int:
        """Return the process id of the server's main process."""
        return int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def supervisor(self) -> int:
        """Return the process id of the supervisor, the parent of the main process."""
        return int(Path(f"/proc/{self.postmaster()}/stat").read_text().rpartition(")")[2].split()[1])

    def kill_supervisor(self) -> int:
        """Kill the supervisor, wait for its end, and return its process id."""
        killed = self.supervisor()
        os.kill(killed, signal.SIGKILL)
        wait_until(lambda: not is_locked(self.folder / "supervisor.lock"))
        return killed

    def clean_up(self) -> None:
        """End the clients, wait for the end of the server, and delete its folders."""
        for client in self.clients:
            with suppress(ProcessLookupError):
                client.end()
        wait_until(lambda: not self.is_running())
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(socket_directory(self.checkout), ignore_errors=True)


def holds_for_a_second(condition: Callable[[], bool]) -> bool:
    """Return whether the condition stays true for a second, in which the supervisor checks several times."""
    end = time.monotonic() + 1
    while time.monotonic() < end:
        if not condition():
            return False
        time.sleep(0.02)
    return True


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until the condition is true, and fail after the given seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "did not happen in time"
        time.sleep(0.02)
