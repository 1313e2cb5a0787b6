"""The example program follow_changes.py of the guide, against a real server."""

import json
import sqlite3
import subprocess
import sys

import pytest

from inbound import tokens
from tests.api import EXAMPLES, Api
from tests.queries import wait_until_earlier_transactions_have_ended

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def path(tmp_path, live_server, token, monkeypatch):
    """Return the path of a copy that does not exist yet."""
    monkeypatch.setenv("CONNECT_URL", live_server.url)
    monkeypatch.setenv("CONNECT_TOKEN", tokens.encode(token))
    return tmp_path / "targets.sqlite3"


@pytest.fixture
def api(token):
    return Api(token)


def follow(path):
    """Run the program after everything that was imported is answered by GET /changes."""
    wait_until_earlier_transactions_have_ended()
    command = [sys.executable, EXAMPLES / "follow_changes.py", path]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def titles(path):
    """Return the titles of the copied targets by externalId."""
    documents = [json.loads(text) for (text,) in sqlite3.connect(path).execute("SELECT document FROM target")]
    return {document["externalId"]: document["title"] for document in documents}


def set_cursor(path, cursor):
    with sqlite3.connect(path) as copy:
        copy.execute("UPDATE position SET cursor = ?", (cursor,))


def test_the_first_run_copies_every_target_over_many_pages(path, api):
    api.post({"targets": [{"externalId": f"ORD-{n}", "title": "A"} for n in range(1001)]}, "/inbound/targets/batch")
    done = follow(path)
    assert (done.returncode, done.stdout) == (0, "The copy is up to date.\n")
    assert len(titles(path)) == 1001


def test_the_next_run_stores_what_is_new_and_what_has_changed(path, api):
    api.send("ORD-1", title="A")
    follow(path)
    api.send("ORD-1", title="B")
    api.send("ORD-2", title="C")
    follow(path)
    assert titles(path) == {"ORD-1": "B", "ORD-2": "C"}


def test_a_copy_whose_cursor_is_refused_is_made_again(path, api):
    api.send("ORD-1", title="A")
    follow(path)
    with sqlite3.connect(path) as copy:
        copy.execute("INSERT INTO target VALUES (-1, ?)", ('{"externalId": "ORD-0", "title": "Z"}',))
    set_cursor(path, "not-a-cursor")
    assert follow(path).returncode == 0
    assert titles(path) == {"ORD-1": "A"}


def test_a_run_without_the_service_keeps_the_copy(path, api, monkeypatch):
    api.send("ORD-1", title="A")
    follow(path)
    monkeypatch.setenv("CONNECT_URL", "http://127.0.0.1:9")
    assert follow(path).returncode == 1
    assert titles(path) == {"ORD-1": "A"}
