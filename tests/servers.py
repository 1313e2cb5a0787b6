"""A server as it runs in earnest: on a free port, with the demo data in a database of its own."""

import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import psycopg
from django.db import connection

from ordinavo import demo_data
from ordinavo.common.scopes import Scope

CHECKOUT = Path(__file__).parent.parent
PATIENCE_SECONDS = 60


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
        port = _free_port()
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


def _free_port() -> int:
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
    command = [sys.executable, "-m", "ordinavo.server"]
    process = subprocess.Popen(command, cwd=CHECKOUT, env=os.environ | environment)
    try:
        _wait_for(base_url, process)
        yield base_url
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(base_url: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(f"{base_url}/integration/health", timeout=5)
        except urllib.error.HTTPError:
            return  # it answers: that there is no token
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("The server did not come up; what it said is above.")
