"""Run PgBouncer in front of a PostgreSQL server, with the configuration of deploy/pgbouncer."""

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from ordinavo.embedded_postgres.binaries import Account, server_account
from tests.servers import free_port

PROGRAM = os.environ.get("PGBOUNCER") or shutil.which("pgbouncer")
MISSING = "PgBouncer is not installed: put pgbouncer on the PATH, or set PGBOUNCER to the program."
EXAMPLE = Path(__file__).parent.parent / "deploy" / "pgbouncer" / "pgbouncer.ini"
START_SECONDS = 30


class PostgreSQL(NamedTuple):
    """Where PgBouncer connects to."""

    host: str
    """A host name, or the folder of a Unix socket."""
    port: int | str
    user: str
    password: str = ""


@dataclass
class Pooler:
    """A PgBouncer that runs, or that was killed and can be started again."""

    folder: Path
    port: int
    user: str
    account: Account
    process: "subprocess.Popen[bytes] | None" = None

    def url(self, database: str) -> str:
        """Return the DATABASE_URL of a database behind the pooler."""
        return f"postgres://{self.user}@127.0.0.1:{self.port}/{database}"

    def console(self, command: str) -> None:
        """Run a command of the administration console. Raises psycopg.Error if it fails."""
        where: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "user": self.user, "dbname": "pgbouncer"}
        with psycopg.connect(**where, autocommit=True, cursor_factory=psycopg.ClientCursor) as console:
            console.execute(command.encode())

    def start(self) -> None:
        """Start PgBouncer and wait until it answers. Raises RuntimeError with its log if it does not."""
        command = [str(PROGRAM), "-q", str(self.folder / "pgbouncer.ini")]
        self.process = subprocess.Popen(command, cwd="/", stderr=subprocess.DEVNULL, **self.account.options())
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            with suppress(psycopg.OperationalError):
                self.console("SHOW VERSION")
                return
            time.sleep(0.05)
        raise RuntimeError(f"PgBouncer did not start:\n{(self.folder / 'log').read_text()[-3000:]}")

    def kill(self) -> None:
        """Kill PgBouncer, with all connections of clients, and wait for its end."""
        if self.process:
            self.process.kill()
            self.process.wait()


def version() -> tuple[int, ...]:
    """Return the version of PgBouncer, such as (1, 24, 1), or () if it is not installed."""
    if not PROGRAM:
        return ()
    printed = subprocess.run([PROGRAM, "--version"], check=True, capture_output=True, text=True).stdout
    return tuple(int(part) for part in printed.split()[1].split("."))


def environment(mode: str) -> dict[str, str]:
    """Return the settings of a service behind PgBouncer in this mode, without prepared statements if it is too old."""
    is_supported = mode == "session" or version() >= (1, 22)
    return {"DATABASE_POOLER": mode, "PREPARED_STATEMENTS": str(is_supported).lower()}


@contextmanager
def running_pooler(server: PostgreSQL, **settings: str | int) -> Iterator[Pooler]:
    """Run PgBouncer in front of a server, with the settings of the example and these. Stop it at the end.

    Every client of this machine may log in, as the server's user. PgBouncer refuses to run as root: then it runs under
    the account of the socket's folder.
    """
    with tempfile.TemporaryDirectory(prefix="ordinavo-pgbouncer-") as name:
        folder = Path(name)
        pooler = Pooler(folder, free_port(), server.user, server_account(Path(server.host)))
        with (folder / "pgbouncer.ini").open("w") as file:
            _configuration(server, pooler, settings).write(file)
        for path in (folder, folder / "pgbouncer.ini"):
            os.chown(path, pooler.account.uid, pooler.account.gid)
        try:
            pooler.start()
            yield pooler
        finally:
            pooler.kill()


def _configuration(server: PostgreSQL, pooler: Pooler, settings: dict[str, str | int]) -> ConfigParser:
    """Return the example's configuration, changed for this machine and by the settings."""
    configuration = ConfigParser(interpolation=None)
    configuration.read(EXAMPLE)
    address = {name: value for name, value in server._asdict().items() if value}
    configuration["databases"] = {"*": " ".join(f"{name}='{value}'" for name, value in address.items())}
    own = {"listen_port": pooler.port, "unix_socket_dir": "", "auth_type": "any", "auth_file": ""}
    own |= {"logfile": pooler.folder / "log", "admin_users": server.user, **settings}
    configuration["pgbouncer"].update({name: str(value) for name, value in own.items()})
    if version() < (1, 21):
        del configuration["pgbouncer"]["max_prepared_statements"]  # unknown before
    return configuration
