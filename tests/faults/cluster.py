"""A PostgreSQL server of its own that can be killed, stopped and started again. Its data survives that."""

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from ordinavo.embedded_postgres.binaries import Account
from tests.benchmarks import cluster
from tests.benchmarks.processes import with_descendants
from tests.faults import disk

DATABASE = "faults"
START_SECONDS = 120
_SETTINGS = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "100",
    "max_wal_size": "256MB",
    "timezone": "UTC",
}


@dataclass
class Cluster:
    """A PostgreSQL server, and the programs and the account to start it with."""

    folder: Path
    """Its Unix socket is here."""
    data: Path
    log: Path
    programs: Path
    account: Account
    disk: "disk.Disk | None"
    """The file system of its data, if it has one of its own."""
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        """Return the DATABASE_URL."""
        return f"postgres://postgres@/{DATABASE}?host={self.folder}"

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment variables of a process of the service that uses this server.

        Its settings are those of production: with the settings of the tests, PostgreSQL may lose acknowledged commits.
        """
        return {"DATABASE_URL": self.url, "DJANGO_SETTINGS_MODULE": "ordinavo.settings"}

    @property
    def pid(self) -> int:
        """Return the process id of the postmaster. Raises RuntimeError if it was never started."""
        if self.process is None:
            raise RuntimeError("PostgreSQL was not started.")
        return self.process.pid

    def connect(self, database: str = DATABASE) -> "psycopg.Connection[Any]":
        """Open a connection in autocommit mode."""
        where = {"host": str(self.folder), "user": "postgres", "dbname": database}
        return psycopg.connect(**where, autocommit=True, connect_timeout=5, application_name="faults")

    def start(self) -> float:
        """Start the server if it does not run, and return when it accepts connections (monotonic clock)."""
        if self.process is None or self.process.poll() is not None:
            settings = _SETTINGS | {"unix_socket_directories": str(self.folder)}
            with self.log.open("ab") as log:
                self.process = cluster.start(self.programs, self.data, self.account, settings, log, signal.SIGQUIT)
        return self.wait_until_ready()

    def wait_until_ready(self) -> float:
        """Wait until the server accepts connections, and return the time. Start it again if it ended by itself.

        Raises RuntimeError with the end of its log after START_SECONDS.
        """
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with suppress(psycopg.OperationalError):
                self.connect("postgres").close()
                return time.monotonic()
            if self.process and self.process.poll() is not None:
                return self.start()
            time.sleep(0.02)
        raise RuntimeError(f"PostgreSQL did not start:\n{self.log.read_text(errors='replace')[-3000:]}")

    def stop_immediately(self) -> None:
        """Stop the server as a crash does, without a checkpoint, and wait for its end."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        """Stop the server after a checkpoint, and wait for its end. Does nothing if it does not run."""
        self._end(signal.SIGINT)

    def processes(self) -> list[int]:
        """Return the ids of all processes of the server, the postmaster first."""
        return with_descendants(self.pid)

    def service_backends(self) -> list[int]:
        """Return the process ids of all client connections except this one."""
        sql = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
        with self.connect() as connection:
            return [pid for (pid,) in connection.execute(sql).fetchall()]

    def _end(self, number: signal.Signals) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(60)


@contextmanager
def running(root: Path | None, log: Path) -> Iterator[Cluster]:
    """Create and start a server with an empty database. At the end, stop it and delete its data, but not its log.

    Its folder is created in `root` or /var/tmp.
    """
    with (
        cluster.new_folder("ordinavo-faults-", root) as (folder, programs, account),
        disk.mounted(folder, account) as own_disk,
    ):
        data = (own_disk.mount if own_disk else folder) / "data"
        made = Cluster(folder, data, log, programs, account, own_disk)
        try:
            cluster.initialise(programs, data, account)
            made.start()
            with made.connect("postgres") as connection:
                connection.execute(f"CREATE DATABASE {DATABASE}")
            yield made
        finally:
            made.stop()
