"""Run a PostgreSQL server for the benchmark: durable, reached by a Unix socket, in a temporary folder."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import psycopg

from ordinavo.embedded_postgres.binaries import Account, server_account, usable_installation
from ordinavo.embedded_postgres.folders import find_installation
from tests.benchmarks.servers import end_with_parent

_INITDB_OPTIONS = [
    "--username=postgres",
    "--auth=trust",  # only this user can enter the folder of the socket
    "--encoding=UTF8",
    "--no-instructions",
]
_LOCALE = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
_OLDER_LOCALE = ["--locale=C.UTF-8"]  # before PostgreSQL 17
# A commit waits until its data is on the disk, as in production.
SETTINGS = {
    "listen_addresses": "",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "max_connections": "200",
    "timezone": "UTC",
    "log_min_messages": "log",
    "log_checkpoints": "off",
}


@dataclass(frozen=True)
class Cluster:
    """A running PostgreSQL server."""

    folder: Path
    programs: Path
    """The folder with pgbench and psql."""
    account: Account
    process: "subprocess.Popen[bytes]"

    @property
    def pid(self) -> int:
        """Return the process id of the postmaster."""
        return self.process.pid

    def url(self, database: str) -> str:
        """Return the DATABASE_URL of a database."""
        return f"postgres://postgres@/{database}?host={self.folder}"

    def connect(self, database: str, **options: Any) -> "psycopg.Connection[Any]":
        """Open a connection in autocommit mode."""
        return psycopg.connect(host=str(self.folder), user="postgres", dbname=database, autocommit=True, **options)

    def create(self, database: str) -> None:
        """Create an empty database."""
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {database}")


@contextmanager
def running(settings: dict[str, str], root: str | None = None, installation: Path | None = None) -> Iterator[Cluster]:
    """Start a server with some settings. At the end, stop it and delete its data.

    The data is stored in a new folder in `root` or /var/tmp. The programs are those of the wheel or of `installation`.
    Raises SystemExit with the log if the server does not start.
    """
    with new_folder("ordinavo-bench-", root, installation) as (folder, programs, account):
        initialise(programs, folder / "data", account)
        named = SETTINGS | settings | {"unix_socket_directories": str(folder)}
        with (folder / "log").open("wb") as log:
            process = start(programs, folder / "data", account, named, log, signal.SIGINT)
        cluster = Cluster(folder, programs, account, process)
        try:
            _wait(cluster)
            yield cluster
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)


@contextmanager
def new_folder(
    prefix: str, root: Path | str | None, installation: Path | None = None
) -> Iterator[tuple[Path, Path, Account]]:
    """Create a folder for a server in `root` or /var/tmp. Delete it at the end.

    Returns it, the folder of the programs, and the account to run them as. It is not in /tmp or TMPDIR, which are often
    in memory, where an fsync costs nothing.
    """
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=root or "/var/tmp"))
    try:
        account = server_account(folder / "data")
        if os.geteuid() == 0:
            os.chown(folder, account.uid, account.gid)
        installation = usable_installation(installation or find_installation(), folder, account)
        yield folder, installation / "bin", account
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def initialise(programs: Path, data: Path, account: Account) -> None:
    """Create the data of a server in a new folder."""
    version = subprocess.run([programs / "initdb", "--version"], check=True, capture_output=True, text=True).stdout
    is_older = int(version.split()[2].split(".")[0]) < 17
    locale = _OLDER_LOCALE if is_older else _LOCALE
    initdb = [programs / "initdb", *_INITDB_OPTIONS, *locale, f"--pgdata={data}"]
    subprocess.run(initdb, check=True, stdout=subprocess.DEVNULL, **_process_options(account))


def start(
    programs: Path, data: Path, account: Account, settings: dict[str, str], log: IO[bytes], at_end: signal.Signals
) -> "subprocess.Popen[bytes]":
    """Start a server, and do not wait for it. If this process ends, the server gets the signal `at_end`."""
    arguments = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return subprocess.Popen(
        [programs / "postgres", "-D", data, *arguments],
        stdout=log,
        stderr=log,
        preexec_fn=end_with_parent(at_end),
        **_process_options(account),
    )


def _process_options(account: Account) -> dict[str, Any]:
    return {"cwd": "/", "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}} | account.options()


def _wait(cluster: Cluster) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            cluster.connect("postgres").close()
            return
        except psycopg.OperationalError:
            if cluster.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit((cluster.folder / "log").read_text(errors="replace")) from None
            time.sleep(0.05)
