"""Start PgBouncer in front of the database server of the tests, with the configuration of deploy/pgbouncer."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Collection, Iterator
from configparser import ConfigParser
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from django.db import connection

from ordinavo.embedded_postgres.binaries import server_account
from tests.servers import free_port

PROGRAM = os.environ.get("PGBOUNCER") or shutil.which("pgbouncer")
EXAMPLE = Path(__file__).parent.parent / "deploy" / "pgbouncer" / "pgbouncer.ini"
START_SECONDS = 10


@dataclass(frozen=True)
class Pooler:
    """A running PgBouncer."""

    port: int
    user: str

    def url(self, database: str) -> str:
        """Return the DATABASE_URL of a database behind the pooler."""
        return f"postgres://{self.user}@127.0.0.1:{self.port}/{database}"

    def console(self, command: str) -> list[dict[str, str]]:
        """Run a command of the administration console and return its rows."""
        arguments = {"host": "127.0.0.1", "port": self.port, "user": self.user, "dbname": "pgbouncer"}
        with psycopg.connect(**arguments, autocommit=True, cursor_factory=psycopg.ClientCursor) as console:
            cursor = console.execute(command.encode())
            columns = [column.name for column in cursor.description or ()]
            return [dict(zip(columns, row, strict=True)) for row in (cursor.fetchall() if columns else ())]


def version() -> tuple[int, ...]:
    """Return the version of PgBouncer, such as (1, 24, 1), or () if it is not installed."""
    if not PROGRAM:
        return ()
    printed = subprocess.run([PROGRAM, "--version"], check=True, capture_output=True, text=True).stdout
    return tuple(int(part) for part in printed.split()[1].split("."))


@contextmanager
def running_pooler(without: Collection[str] = (), **settings: str | int) -> Iterator[Pooler]:
    """Run PgBouncer in front of the tests' database server, with the example's settings and these. Stop it at the end.

    `without` names settings of the example that an old PgBouncer does not know. Every client of this machine may log
    in, as the role that the tests use. Raises RuntimeError with the log if it does not start.
    """
    given = connection.settings_dict
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="ordinavo-pgbouncer-") as name:
        folder = Path(name)
        own = {"listen_port": port, "unix_socket_dir": "", "auth_type": "any", "auth_file": "", "logfile": folder / "log"}
        own |= {"admin_users": given["USER"], **settings}
        server = {"host": given["HOST"], "port": given["PORT"] or 5432, "user": given["USER"]}
        server |= {"password": given["PASSWORD"]} if given["PASSWORD"] else {}
        configuration = ConfigParser(interpolation=None)
        configuration.read(EXAMPLE)
        configuration["databases"] = {"*": " ".join(f"{key}='{value}'" for key, value in server.items())}
        configuration["pgbouncer"].update({key: str(value) for key, value in own.items()})
        for unknown in without:
            del configuration["pgbouncer"][unknown]
        with (folder / "pgbouncer.ini").open("w") as file:
            configuration.write(file)
        yield from _running(folder, Pooler(port, given["USER"]))


def _running(folder: Path, pooler: Pooler) -> Iterator[Pooler]:
    account = server_account(Path(connection.settings_dict["HOST"] or "none"))
    for path in (folder, *folder.iterdir()):
        os.chown(path, account.uid, account.gid)
    program = str(PROGRAM)
    with subprocess.Popen(
        [program, "-q", str(folder / "pgbouncer.ini")], cwd="/", stderr=subprocess.DEVNULL, **account.options()
    ) as process:
        try:
            _wait(pooler, process, folder / "log")
            yield pooler
        finally:
            process.kill()


def _wait(pooler: Pooler, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            pooler.console("SHOW VERSION")
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(log.read_text() if log.exists() else "PgBouncer did not start.") from None
            time.sleep(0.05)
