"""Serve with demo data: the command behind `make demo`."""

import json
import os
import shlex
import signal
import sys
import time
import urllib.error
import urllib.request
from datetime import timedelta
from io import StringIO
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, connections
from django.utils import timezone

from inbound import tokens
from inbound.models import ApiToken
from ordinavo import demo_data
from ordinavo.common.scopes import Scope
from ordinavo.server import end_with_parent, refuse_taken_port
from targets.models import SourceSystem

EXAMPLES = settings.BASE_DIR / "docs" / "examples"
TOKEN_NAME = "Demo"  # noqa: S105  the token's name is no secret
STARTUP_TIMEOUT_SECONDS = 60


class Command(BaseCommand):
    """Prepare the demo data, serve, and send the example requests of docs/examples."""

    help = "Serve with demo data, send example requests over HTTP, and run until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        """Prepare the database, then replace this process by the server. Never returns.

        Migrates it, adds missing demo data, gives the staff account a new password and issues a token. A child process
        sends the example requests. Raises SystemExit if the port is taken, and CommandError for a ProgrammingError,
        which means that an incompatible earlier version made the tables. Other exceptions of `migrate` and `seed_demo`,
        such as OperationalError, are not caught.
        """
        refuse_taken_port()
        print("Preparing the database ...", flush=True)
        account = StringIO()
        try:
            call_command("migrate", verbosity=0)
            call_command("seed_demo", new_password=True, stdout=account)
            token = _issue_token()
        except ProgrammingError as error:  # the initial migrations of early commits were edited
            raise CommandError(
                f"The database is of an incompatible earlier version ({error}). Run `make clean` to remove it."
            ) from error
        connections.close_all()
        os.environ.setdefault("WORKERS", "1")
        os.environ.setdefault("LOG_LEVEL", "WARNING")  # the console shows the example requests
        base_url = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
        server = os.getpid()
        if os.fork() == 0:
            end_with_parent(server)
            os._exit(_show_examples(base_url, token, account.getvalue(), server))
        # The server unblocks SIGINT: meanwhile Ctrl-C would print a traceback of its imports.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        os.execv(sys.executable, [sys.executable, "-m", "ordinavo.server"])


def _issue_token() -> str:
    """Revoke the tokens of earlier runs, and return the signed form of a new token for the demo's source system.

    It has all scopes and is valid for 30 days. Raises SourceSystem.DoesNotExist if the demo data is missing.
    """
    for earlier in ApiToken.objects.filter(name=TOKEN_NAME, revoked_at=None):
        tokens.revoke(token=earlier)
    _, token = tokens.issue(
        name=TOKEN_NAME,
        scopes=list(Scope),
        source_systems=[SourceSystem.objects.get(key=demo_data.SOURCE_SYSTEM["key"])],
        expires_at=timezone.now() + timedelta(days=30),
    )
    return token


def _show_examples(base_url: str, token: str, account: str, server: int) -> int:
    """Send the example requests, print them with their responses, and return the exit status of this child process.

    `account` is the output of seed_demo, whose last line names the staff account and its password. `server` is the
    process id of the server, which is the parent. Returns 0, or 1 if the server did not become ready, in which case it
    is not stopped. A response with an HTTP error is only printed. Any exception, such as OSError for no response or
    KeyError if the first request was refused, stops the server by SIGTERM if it still runs, and is raised again.
    """
    try:
        if not _wait_for_server(base_url, token, server):
            return 1
        upsert = json.loads((EXAMPLES / "upsert.json").read_text())
        cancel = json.loads((EXAMPLES / "cancel.json").read_text())
        update = {key: upsert[key] for key in ("sourceSystem", "externalId")}
        update |= {"operation": "update", "planning": {"routeDate": "2026-06-26"}}
        answer = _call(base_url, token, "1. Import a delivery", "/inbound/targets", upsert)
        _call(base_url, token, "2. Move it to another day", "/inbound/targets", update)
        _call(base_url, token, "3. Cancel it", "/inbound/targets", cancel)
        _call(base_url, token, "4. Read the first import job", answer["links"]["importJob"])
        _print_next_steps(base_url, token, account)
        return 0
    except Exception:
        if os.getppid() == server:
            os.kill(server, signal.SIGTERM)
        raise


def _wait_for_server(base_url: str, token: str, server: int) -> bool:
    """Return True once the health endpoint answers 200.

    Returns False if it answers with another status, if the process with the id `server` is no longer the parent of this
    one, or after STARTUP_TIMEOUT_SECONDS without an answer. Raises ValueError if the answer is not JSON.
    """
    deadline = time.monotonic() + STARTUP_TIMEOUT_SECONDS
    while os.getppid() == server and time.monotonic() < deadline:
        try:
            return _send(base_url, token, "/integration/health")[0] == 200
        except OSError:
            time.sleep(0.1)
    return False


def _call(base_url: str, token: str, headline: str, path: str, document: Any = None) -> Any:
    """Send one request, print it with its response below the headline, and return the response's JSON document.

    A response with an HTTP error is printed and returned like any other. Raises OSError if there is no response, and
    ValueError if it is not JSON.
    """
    print(f"\n--- {headline} {'-' * (70 - len(headline))}\n")
    print(f"{'POST' if document else 'GET'} {path}")
    if document:
        print(json.dumps(document, indent=2))
    status, answer = _send(base_url, token, path, document)
    print(f"\nHTTP {status}\n{json.dumps(answer, indent=2)}", flush=True)
    return answer


def _send(base_url: str, token: str, path: str, document: Any = None) -> tuple[int, Any]:
    """Return the HTTP status and the JSON document of the response, also for an HTTP error.

    Sends a POST if there is a document, else a GET. Raises OSError if there is no response within 30 seconds, and
    ValueError if it is not JSON.
    """
    body = json.dumps(document).encode() if document else None
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(base_url + path, data=body, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def _print_next_steps(base_url: str, token: str, account: str) -> None:
    """Print a curl command that repeats the example, the addresses of /docs and the admin, and the staff account.

    `account` is the output of seed_demo; its last line names the staff account and its password.
    """
    body = EXAMPLES.relative_to(settings.BASE_DIR) / "upsert.json"
    command = ["curl", f"{base_url}/inbound/targets", "-H", f"Authorization: Bearer {token}"]
    command += ["-H", "Content-Type: application/json", "-d", f"@{body}"]
    print(
        f"\n--- The server runs until Ctrl-C {'-' * 44}\n\n"
        f"Send the delivery again:\n\n  {shlex.join(command)}\n\n"
        f"Read the documentation of the API, and try it: {base_url}/docs\n"
        f"Look at the delivery in the admin: {base_url}/admin/\n"
        f"{account.splitlines()[-1]}\n"
        "The account is a superuser: it may do everything. The README lists the other roles.",
        flush=True,
    )
