"""A server as it runs in earnest: on a free port, with the demo data in a database of its own."""

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


class Server(NamedTuple):
    base_url: str
    token: str
    """Of all scopes, for the demo's source system, without a rate limit."""
    database: str

    def connect(self, **options: Any) -> "psycopg.Connection[Any]":
        """A connection of the test's own to the server's database."""
        given = connection.settings_dict
        names = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
        where = {ours: given[theirs] or None for ours, theirs in names.items()}
        return psycopg.connect(dbname=self.database, **where, **options)


@contextmanager
def fresh_server(**environment: str) -> Iterator[Server]:
    """Ends the server and drops its database, whatever happens."""
    with fresh_database() as name:
        port = free_port()
        environment = {
            "DJANGO_SETTINGS_MODULE": "ordinavo.settings", "DATABASE_URL": database_url(name), "LOG_LEVEL": "WARNING",
            "HOST": "127.0.0.1", "PORT": str(port),
        } | environment  # fmt: skip
        _manage("migrate", "--verbosity=0", **environment)
        _manage("seed_demo", **environment)
        with _serving(f"http://127.0.0.1:{port}", environment) as base_url:
            yield Server(base_url, _token(environment), name)


@contextmanager
def fresh_database() -> Iterator[str]:
    """Its name. This process uses the server meanwhile, so that an embedded one stays up."""
    name = f"scratch_{secrets.token_hex(6)}"
    with connection._nodb_cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
        try:
            yield name
        finally:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


def database_url(name: str) -> str:
    """For a socket, django-environ takes its folder for the beginning of the path."""
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


def _manage(*arguments: str, **environment: str) -> str:
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(
        command, cwd=CHECKOUT, env=os.environ | environment, stdout=subprocess.PIPE, text=True, check=True
    )
    return done.stdout.strip()


def _token(environment: dict[str, str]) -> str:
    rights = ["--source-system", demo_data.SOURCE_SYSTEM["key"], "--scope", *Scope.values]
    return _manage("issue_token", "Tests", *rights, "--days=1", "--rate-limit=0", **environment)


@contextmanager
def _serving(base_url: str, environment: dict[str, str]) -> Iterator[str]:
    with launch([sys.executable, "-m", "ordinavo.server"], environment) as process:
        wait_for_answer(base_url, process)
        yield base_url


@contextmanager
def launch(command: list[str], environment: dict[str, str], **options: Any) -> "Iterator[subprocess.Popen[bytes]]":
    """Start a command in a process group of its own, as a terminal does. At the end nothing of the group is left.

    Ctrl-C has its default effect there, even if this process ignores SIGINT: a shell has what it starts with `&`
    ignore it, and children inherit that."""
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
    """Return once the server answers. Raises RuntimeError if it ends first or does not answer in time."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{base_url}/integration/health", timeout=5)
        except urllib.error.HTTPError:
            return  # it answers: that there is no token
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("The server did not come up; what it said is above.")
