"""The guide's commands are run as they stand, one after the other, and answered what the guide says."""

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
from targets import corrections
from targets.models import SourceSystem, Target
from tests.api import EXAMPLES, Api
from tests.factories import ApiTokenFactory

GUIDE = (settings.BASE_DIR / "docs" / "guide.md").read_text()
DAWN = "2026-06-25T00:00:00Z"  # of the guide's story; the tests' own is whenever they run
NEW_EACH_TIME = {
    "importJobId", "targetId", "id", "importJob", "serverTime", "expiresAt", "createdAt", "finishedAt",
    "correlationId", "name",
}  # fmt: skip


class Block(NamedTuple):
    language: str
    status: str
    """Of an answer: a page does not show what follows the language."""
    text: str


BLOCKS = [Block(*found) for found in re.findall(r"^```(\w+) ?(\d*)\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)]
COMMANDS = [n for n, block in enumerate(BLOCKS) if block.text.startswith(("curl ", "python3 "))]


def run(command):
    command = command.replace(DAWN, (timezone.now() - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"))
    command = command.replace("python3 ", f"{sys.executable} ").replace("curl -s ", "curl -s -w '%{http_code}' ")
    done = subprocess.run(["bash", "-c", command], cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def agree(told, got, name=""):
    """What is new each time may differ; "…" stands for anything, as a key for any others."""
    if told == "…" or name in NEW_EACH_TIME:
        return True
    if isinstance(told, dict) and isinstance(got, dict):
        names = told.keys() - {"…"}
        complete = names <= got.keys() if "…" in told else names == got.keys()
        return complete and all(agree(told[name], got[name], name) for name in names)
    if isinstance(told, list) and isinstance(got, list):
        return len(told) == len(got) and all(map(agree, told, got))
    return told == got


@pytest.fixture
def demo(live_server, monkeypatch):
    call_command("seed_demo", stdout=StringIO())
    token = ApiTokenFactory(source_systems=SourceSystem.objects.all())
    monkeypatch.setenv("CONNECT_URL", live_server.url)
    monkeypatch.setenv("CONNECT_TOKEN", tokens.encode(token))
    return Api(token)


@pytest.mark.skipif(not shutil.which("curl"), reason="needs curl")
def test_every_command_is_answered_as_the_guide_says(demo):
    assert len(COMMANDS) > 10
    for n in COMMANDS:
        command, told, got = BLOCKS[n].text, BLOCKS[n + 1], run(BLOCKS[n].text)
        if told.language == "json":
            body, status = got[:-3], got[-3:]
            alike = status == told.status and agree(json.loads(told.text), json.loads(body))
            assert alike, f"{command}\n{told.status} {told.text}\nbut was answered:\n{status} {body}"
        else:
            assert (told.language, got) == ("text", told.text)


def test_every_path_the_guide_names_exists():
    named = re.findall(r"\$CONNECT_URL(/[^\"?\s]*)", GUIDE) + re.findall(r"`(?:GET|POST) (/[^`?\s]*)", GUIDE)
    assert len(set(named)) > 5
    for path in named:
        assert resolve(path.replace("{id}", "1").replace("{key}", "x"))


@pytest.mark.parametrize(("language", "suffix"), [("python", "py"), ("java", "java"), ("csharp", "cs")])
def test_the_programs_shown_are_the_tested_ones(language, suffix):
    files = [path.read_text() for path in EXAMPLES.glob(f"*.{suffix}")]
    shown = [block.text for block in BLOCKS if block.language == language]
    assert shown
    assert [text for text in shown if not any(text in file for file in files)] == []


def test_every_file_it_links_to_is_there():
    links = re.findall(r"\]\(([^)#]+)\)|href=\"([^\"]+)\"", GUIDE)
    missing = [link for pair in links for link in pair if link and not (settings.BASE_DIR / "docs" / link).exists()]
    assert missing == []


def test_a_correction_is_kept_as_the_guide_says(api):
    api.send("ORD-1001", planning={"routeDate": "2026-06-24"})
    corrections.correct(target=Target.objects.get(), values={"planning.routeDate": date(2026, 6, 27)}, by="dora")
    (warning,) = api.send("ORD-1001", planning={"routeDate": "2026-06-25"})["warnings"]
    assert warning in [json.loads(block.text) for block in BLOCKS if block.language == "json"]
    assert api.send("ORD-1001", planning={"routeDate": "2026-06-27"})["warnings"] == []


def test_the_checker_names_what_the_api_would_reject(demo, tmp_path):
    orders = tmp_path / "orders.jsonl"
    orders.write_text('{"externalId": "ORD-1", "planning": {"priority": "Now"}}\n')
    done = program("check_orders.py", orders, "delivery_stop")
    assert done.returncode == 1
    assert done.stdout.startswith("order 1 planning.priority: 'Now' is not one of")


def test_reconciling_names_what_did_not_arrive(demo, tmp_path):
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
