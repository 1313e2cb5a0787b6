"""Compares the server with /openapi.json: python -m tests.contract [options of `schemathesis run`].

The real server, on a free port of loopback and on a database of its own, which is dropped again."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.utils import timezone  # noqa: E402

from inbound import tokens  # noqa: E402
from inbound.scopes import Scope  # noqa: E402
from targets.models import SourceSystem  # noqa: E402

HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
DATABASE = "ordinavo_contract"
BASE_PATH = "/api/connect/v1"
PATIENCE_SECONDS = 60


def main(options: list[str]) -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    with database() as token, server() as base_url:
        return compare(base_url, token, options)


@contextmanager
def database() -> Iterator[str]:
    """With the demo's template and data; yields a token that may do everything there, as often as it likes."""
    connection.settings_dict["TEST"]["NAME"] = DATABASE
    usual = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    try:
        call_command("seed_demo", stdout=StringIO())
        _, token = tokens.issue(
            name="Contract test",
            scopes=list(Scope),
            source_systems=list(SourceSystem.objects.all()),
            expires_at=timezone.now() + timedelta(hours=1),
            rate_limit=0,
        )
        connection.close()
        yield token
    finally:
        connection.creation.destroy_test_db(usual, verbosity=0)


@contextmanager
def server() -> Iterator[str]:
    """As `make run` starts it."""
    port = free_port()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.contract.settings",
        "CONTRACT_DATABASE": DATABASE,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "MAX_BATCH_ITEMS": "20",  # the description says it, and batches one over it are tried
    }
    command = [BIN / "gunicorn", "-c", "python:ordinavo.gunicorn", "ordinavo.wsgi"]
    with subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment) as process:
        try:
            wait_for(process, f"http://127.0.0.1:{port}/openapi.json")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def wait_for(process: "subprocess.Popen[bytes]", url: str) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=30).close()
            return
        except urllib.error.HTTPError:
            raise
        except OSError:
            time.sleep(0.1)
    raise SystemExit("The server did not come up.")


def compare(base_url: str, token: str, options: list[str]) -> int:
    api = base_url + BASE_PATH
    command = [BIN / "schemathesis", "--config-file", HERE / "schemathesis.toml"]
    command += ["run", f"{api}/openapi.json", "--url", api, *options]
    environment = os.environ | {"CONTRACT_TOKEN": token, "SCHEMATHESIS_HOOKS": "tests.contract.hooks"}
    return subprocess.run(command, cwd=settings.BASE_DIR, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
