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
from ordinavo.server import refuse_taken_port
from targets.models import SourceSystem

EXAMPLES = settings.BASE_DIR / "docs" / "examples"
TOKEN_NAME = "Demo"  # noqa: S105  its name, not its secret
PATIENCE_SECONDS = 60


class Command(BaseCommand):
    help = "Serves with demo data, sends the documented delivery through HTTP, and stays up until Ctrl-C."

    def handle(self, *args: Any, **options: Any) -> None:
        refuse_taken_port()
        print("Preparing the database ...", flush=True)
        account = StringIO()
        try:
            call_command("migrate", verbosity=0)
            call_command("seed_demo", new_password=True, stdout=account)
            raw = _token()
        except ProgrammingError as error:  # until the first release the initial migrations change
            raise CommandError(
                f"The database is of another, unreleased version ({error}). `make clean` removes it."
            ) from error
        connections.close_all()
        os.environ.setdefault("LOG_LEVEL", "WARNING")  # the console belongs to the story
        base_url = f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"
        # The server takes this process over, so that Ctrl-C and signals reach it as any server.
        if os.fork() == 0:
            os._exit(_tell(base_url, raw, account.getvalue()))
        os.execv(sys.executable, [sys.executable, "-m", "ordinavo.server"])


def _token() -> str:
    for earlier in ApiToken.objects.filter(name=TOKEN_NAME, revoked_at=None):
        tokens.revoke(token=earlier)
    _, raw = tokens.issue(
        name=TOKEN_NAME,
        scopes=list(Scope),
        source_systems=[SourceSystem.objects.get(key=demo_data.SOURCE_SYSTEM["key"])],
        expires_at=timezone.now() + timedelta(days=30),
    )
    return raw


def _tell(base_url: str, raw: str, account: str) -> int:
    try:
        if not _comes_up(base_url, raw):
            return 1
        upsert = json.loads((EXAMPLES / "upsert.json").read_text())
        cancel = json.loads((EXAMPLES / "cancel.json").read_text())
        update = {key: upsert[key] for key in ("sourceSystem", "externalId")}
        update |= {"operation": "update", "planning": {"routeDate": "2026-06-26"}}
        answer = _call(base_url, raw, "1. A delivery arrives", "/inbound/targets", upsert)
        _call(base_url, raw, "2. It is moved to another day", "/inbound/targets", update)
        _call(base_url, raw, "3. It is cancelled", "/inbound/targets", cancel)
        _call(base_url, raw, "4. The first job is read back", answer["links"]["importJob"])
        _invite(base_url, raw, account)
        return 0
    except Exception:
        os.kill(os.getppid(), signal.SIGTERM)
        raise


def _comes_up(base_url: str, raw: str) -> bool:
    """Whether the server answers, before it ends or patience does."""
    server, deadline = os.getppid(), time.monotonic() + PATIENCE_SECONDS
    while os.getppid() == server and time.monotonic() < deadline:
        try:
            return _send(base_url, raw, "/integration/health")[0] == 200
        except OSError:
            time.sleep(0.1)
    return False


def _call(base_url: str, raw: str, headline: str, path: str, document: Any = None) -> Any:
    print(f"\n--- {headline} {'-' * (70 - len(headline))}\n")
    print(f"{'POST' if document else 'GET'} {path}")
    if document:
        print(json.dumps(document, indent=2))
    status, answer = _send(base_url, raw, path, document)
    print(f"\nHTTP {status}\n{json.dumps(answer, indent=2)}", flush=True)
    return answer


def _send(base_url: str, raw: str, path: str, document: Any = None) -> tuple[int, Any]:
    body = json.dumps(document).encode() if document else None
    headers = {"Authorization": f"Bearer {raw}", "Content-Type": "application/json"}
    request = urllib.request.Request(base_url + path, data=body, headers=headers)  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            return response.status, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def _invite(base_url: str, raw: str, account: str) -> None:
    body = EXAMPLES.relative_to(settings.BASE_DIR) / "upsert.json"
    command = ["curl", f"{base_url}/inbound/targets", "-H", f"Authorization: Bearer {raw}"]
    command += ["-H", "Content-Type: application/json", "-d", f"@{body}"]
    print(
        f"\n--- It is up until Ctrl-C {'-' * 51}\n\n"
        f"Send the delivery again:\n\n  {shlex.join(command)}\n\n"
        f"Look at it in the admin: {base_url}/admin/\n{account.splitlines()[-1]}",
        flush=True,
    )
