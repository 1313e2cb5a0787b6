"""Start the server as in production: in its own process, on its own port, with its own database."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import psycopg
from django.db import connection

from ordinavo import demo_data
from ordinavo.common.scopes import Scope

CHECKOUT = Path(__file__).parent.parent
TIMEOUT_SECONDS = 60


class DemoDatabase(NamedTuple):
    """A migrated database with the demo data."""

    name: str
    token: str
    """An API token with all scopes for the demo's source system, without a rate limit."""


class Server(NamedTuple):
    """A running server that accepts connections."""

    base_url: str
    token: str
    """An API token with all scopes for the demo's source system, without a rate limit."""
    database: str
    """The name of its database."""

    def connect(self, **options: Any) -> "psycopg.Connection[Any]":
        """Open a separate connection to the server's database."""
        given = connection.settings_dict
        names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
        where = {ours: given[theirs] or None for ours, theirs in names.items()}
        return psycopg.connect(dbname=self.database, **where, **options)


@contextmanager
def fresh_server(template: DemoDatabase | None = None, **environment: str) -> Iterator[Server]:
    """Start a server with the given environment variables. At the end, stop it and drop its database.

    Its database is a copy of `template`, which saves the seconds that migrations and demo data take. Without
    `template`, a new one is created. Raises RuntimeError if the server does not start.
    """
    if template is None:
        with demo_database() as database, server_on(database, **environment) as server:
            yield server
    else:
        with fresh_database(template.name) as name, server_on(template._replace(name=name), **environment) as server:
            yield server


@contextmanager
def another_server(running: Server, **environment: str) -> Iterator[Server]:
    """Start a second server on the database of a running one. Stop it at the end."""
    with server_on(DemoDatabase(running.database, running.token), **environment) as server:
        yield server


@contextmanager
def server_on(database: DemoDatabase, **environment: str) -> Iterator[Server]:
    """Start a server on a database with the given environment variables. Stop it at the end."""
    address = {"HOST": "127.0.0.1", "PORT": str(free_port())}
    base_url = f"http://{address['HOST']}:{address['PORT']}"
    with _serving(base_url, _environment(database.name) | address | environment):
        yield Server(base_url, database.token, database.name)


@contextmanager
def demo_database() -> Iterator[DemoDatabase]:
    """Create a migrated database with the demo data and a token. Drop it at the end."""
    with fresh_database() as name:
        environment = _environment(name)
        manage("migrate", "--verbosity=0", **environment)
        manage("seed_demo", **environment)
        rights = ["--source-system", demo_data.SOURCE_SYSTEM["key"], "--scope", *Scope.values]
        token = manage("issue_token", "Tests", *rights, "--days=1", "--rate-limit=0", **environment)
        yield DemoDatabase(name, token)


@contextmanager
def fresh_database(template: str = "template1") -> Iterator[str]:
    """Create a database with a random name as a copy of `template`, and return its name. Drop it at the end.

    Until then this process stays connected to the database server, so that an embedded one keeps running.
    """
    name = f"scratch_{secrets.token_hex(6)}"
    with connection._nodb_cursor() as cursor:
        cursor.execute("SET statement_timeout = '5min'")  # both write a checkpoint, which takes long on a busy disk
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        try:
            yield name
        finally:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def database_url(name: str) -> str:
    """Return the DATABASE_URL of a database in the cluster of the tests.

    If the cluster is reached by a Unix socket, its folder is the beginning of the path, as django-environ expects it.
    """
    given = connection.settings_dict
    user, password = quote(given["USER"], safe=""), quote(given["PASSWORD"], safe="")
    host, port = given["HOST"], given["PORT"] or 5432
    where = f":{port}/{host}" if host.startswith("/") else f"{host}:{port}"
    return f"postgres://{user}:{password}@{where}/{name}"


def free_port() -> int:
    """Return a TCP port of 127.0.0.1 that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def manage(*arguments: str, **environment: str) -> str:
    """Run a management command and return what it printed. Raises CalledProcessError if it fails."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, cwd=CHECKOUT, env=os.environ | environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.strip()


def _environment(database: str) -> dict[str, str]:
    return {
        "DJANGO_SETTINGS_MODULE": "ordinavo.settings",
        "DATABASE_URL": database_url(database),
        "LOG_LEVEL": "WARNING",
    }


@contextmanager
def _serving(base_url: str, environment: dict[str, str]) -> Iterator[None]:
    with launch([sys.executable, "-m", "ordinavo.server"], environment) as process:
        wait_for_answer(base_url, process)
        yield


@contextmanager
def launch(command: list[str], environment: dict[str, str], **options: Any) -> "Iterator[subprocess.Popen[bytes]]":
    """Start a command in its own process group, as a terminal does. At the end, kill all processes of the group.

    SIGINT gets its default handler, because this process may ignore it: a shell starts commands with `&` that way, and
    child processes inherit it.
    """
    with subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env=os.environ | environment,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **options,
    ) as process:
        try:
            yield process
            process.terminate()
            process.wait(TIMEOUT_SECONDS)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def wait_for_answer(base_url: str, process: "subprocess.Popen[bytes]") -> None:
    """Wait until the server answers. Raises RuntimeError if it ends first or does not answer within a minute."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{base_url}/integration/health", timeout=5)
        except urllib.error.HTTPError:
            return  # 401, because the request has no token: the server is up
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("The server did not start; its output is above.")
