"""The guide: its commands are run one after the other, and the answers are compared with those that it shows."""

import json
import re
import shutil
import subprocess
import sys
from datetime import date, timedelta
from io import StringIO
from typing import NamedTuple

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import resolve
from django.utils import timezone

from inbound import tokens
from ordinavo.common.scopes import Scope
from targets import corrections
from targets.models import SourceSystem, Target
from tests.api import EXAMPLES, Api
from tests.factories import ApiTokenFactory
from tests.queries import wait_until_earlier_transactions_have_ended

GUIDE = (settings.BASE_DIR / "docs" / "guide.md").read_text()
DAWN = "2026-06-25T00:00:00Z"  # the time in the guide; a test replaces it by an hour before its run
NEW_EACH_TIME = {
    "importJobId", "targetId", "id", "importJob", "serverTime", "expiresAt", "createdAt", "finishedAt",
    "correlationId", "name",
}  # fmt: skip


class Block(NamedTuple):
    """A code block of the guide."""

    language: str
    status: str
    """The HTTP status of an answer, written after the language, where a rendered page does not show it."""
    text: str


BLOCKS = [Block(*found) for found in re.findall(r"^```(\w+) ?(\d*)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)]
COMMANDS = [n for n, block in enumerate(BLOCKS) if block.text.startswith(("curl ", "gzip ", "python3 "))]


def run(command, job_ids, folder):
    """Return what a command of the guide prints.

    `job_ids` are the ids of import jobs by the ids that the guide shows. `folder` is used instead of /tmp.
    """
    command = re.sub(r"(?<=/import-jobs/)\d+", lambda shown: str(job_ids[int(shown[0])]), command)
    command = command.replace(" /tmp/", f" {folder}/")
    command = command.replace(DAWN, (timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    command = command.replace("python3 ", f"{sys.executable} ").replace("curl -s ", "curl -s -w '%{http_code}' ")
    done = subprocess.run(["bash", "-c", command], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def agree(expected, actual, name=""):
    """Return whether the JSON values are equal.

    Values that are new each time may differ. "…" matches any value, and as a key any other keys.
    """
    if expected == "…" or name in NEW_EACH_TIME:
        return True
    if isinstance(expected, dict) and isinstance(actual, dict):
        names = expected.keys() - {"…"}
        complete = names <= actual.keys() if "…" in expected else names == actual.keys()
        return complete and all(agree(expected[name], actual[name], name) for name in names)
    if isinstance(expected, list) and isinstance(actual, list):
        return len(expected) == len(actual) and all(map(agree, expected, actual))
    return expected == actual


@pytest.fixture
def demo(live_server, monkeypatch):
    call_command("seed_demo", stdout=StringIO())
    scopes = sorted(set(Scope.values) - {Scope.METRICS_READ})  # those that the guide asks for
    token = ApiTokenFactory(source_systems=SourceSystem.objects.all(), scopes=scopes)
    monkeypatch.setenv("CONNECT_URL", live_server.url)
    monkeypatch.setenv("CONNECT_TOKEN", tokens.encode(token))
    return Api(token)


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_every_command_is_answered_as_the_guide_says(demo, tmp_path):
    job_ids = {}
    assert len(COMMANDS) > 10
    for n in COMMANDS:
        if "changes" in BLOCKS[n].text:
            wait_until_earlier_transactions_have_ended()
        command, shown, actual = BLOCKS[n].text, BLOCKS[n + 1], run(BLOCKS[n].text, job_ids, tmp_path)
        if shown.language == "json":
            body, status = json.loads(actual[:-3]), actual[-3:]
            expected = json.loads(shown.text)
            is_as_shown = status == shown.status and agree(expected, body)
            assert is_as_shown, f"{command}\n{shown.status} {shown.text}\nbut the answer was:\n{status} {body}"
            job_ids[expected.get("importJobId")] = body.get("importJobId")
        else:
            assert (shown.language, actual) == ("text", shown.text)


def test_every_path_that_the_guide_names_exists():
    named = re.findall(r"\$CONNECT_URL(/[^\"?\s]*)", GUIDE) + re.findall(r"`(?:GET|POST) (/[^`?\s]*)", GUIDE)
    assert len(set(named)) > 5
    for path in named:
        assert resolve(path.replace("{id}", "1").replace("{key}", "x"))


@pytest.mark.parametrize(("language", "suffix"), [("python", "py"), ("java", "java"), ("csharp", "cs")])
def test_the_programs_in_the_guide_are_those_that_are_tested(language, suffix):
    files = [path.read_text() for path in EXAMPLES.glob(f"*.{suffix}")]
    shown = [block.text for block in BLOCKS if block.language == language]
    assert shown
    assert [text for text in shown if not any(text in file for file in files)] == []


def test_every_file_that_the_guide_links_to_exists():
    links = re.findall(r"\]\(([^)#]+)\)|href=\"([^\"]+)\"", GUIDE)
    missing = [link for pair in links for link in pair if link and not (settings.BASE_DIR / "docs" / link).exists()]
    assert missing == []


def test_a_correction_is_kept_as_the_guide_says(api):
    api.send("ORD-1001", planning={"routeDate": "2026-06-24"})
    corrections.correct(target=Target.objects.get(), values={"planning.routeDate": date(2026, 6, 27)}, by="dora")
    (warning,) = api.send("ORD-1001", planning={"routeDate": "2026-06-25"})["warnings"]
    assert warning in [json.loads(block.text) for block in BLOCKS if block.language == "json"]
    assert api.send("ORD-1001", planning={"routeDate": "2026-06-27"})["warnings"] == []


def test_the_checking_program_reports_what_the_api_would_reject(demo, tmp_path):
    orders = tmp_path / "orders.jsonl"
    orders.write_text('{"externalId": "ORD-1", "planning": {"priority": "Now"}}\n')
    done = program("check_orders.py", orders, "delivery_stop")
    assert done.returncode == 1
    assert done.stdout.startswith("order 1 planning.priority: 'Now' is not one of")


def test_the_reconciling_program_reports_missing_and_outdated_orders(demo, tmp_path):
    targets = [{"externalId": f"ORD-{n}", "title": "x", "sourceVersion": 1} for n in range(1001)]
    demo.post({"targets": targets}, "/inbound/targets/batch")
    orders = tmp_path / "orders.jsonl"
    sent = [("ORD-0", 1), ("ORD-1000", 2), ("ORD-2000", 1)]
    orders.write_text("".join(json.dumps({"externalId": i, "sourceVersion": v}) + "\n" for i, v in sent))
    assert program("reconcile.py", orders, "2025-01-01T00:00:00Z").stdout.splitlines() == [
        "ORD-1000: sent 2, there is 1", "ORD-2000: sent 1, there is nothing", "2 orders to look at.",
    ]  # fmt: skip


def program(name, *arguments):
    command = [sys.executable, EXAMPLES / name, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)
