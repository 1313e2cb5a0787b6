"""The example programs nightly_sync.py and SendBatch.java of the guide, against a real server."""

import importlib.util
import json
import shutil
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from importjobs.models import ImportJob
from inbound import tokens
from inbound.models import RateWindow
from targets.models import Target
from tests.api import EXAMPLES

PROGRAM = EXAMPLES / "nightly_sync.py"
ORDERS = [{"externalId": f"ORD-{n}", "title": "Delivery"} for n in range(5)]
FAULTY = {"externalId": "ORD-9", "planning": {"priority": "Now"}}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def program(monkeypatch):
    spec = importlib.util.spec_from_file_location("nightly_sync", PROGRAM)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "BATCH_SIZE", 2)
    return module


@pytest.fixture
def environment(live_server, token, monkeypatch):
    monkeypatch.setenv("CONNECT_URL", live_server.url)
    monkeypatch.setenv("CONNECT_TOKEN", tokens.encode(token))
    return monkeypatch


@pytest.fixture
def night(tmp_path):
    def write(*orders, name="orders-2026-06-25"):
        path = tmp_path / f"{name}.jsonl"
        path.write_text("".join(json.dumps(order) + "\n" for order in orders))
        return str(path)

    return write


@pytest.fixture
def encodings():
    """Return a list to which the proxy of `unreliable` adds the Content-Encoding of each request, or None."""
    return []


@pytest.fixture
def unreliable(live_server, environment, encodings):
    """Start a proxy in front of the server, and return the list of faults, one for each of the next requests.

    A fault is an answer to give without asking the server, or None to break the connection after the import.
    """
    faults = []

    class Proxy(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            encodings.append(self.headers["Content-Encoding"])
            fault = faults.pop(0) if faults else ()
            answer = fault or self.forward(body)
            if fault is None:
                return
            status, headers, content = answer
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def forward(self, body):
            try:
                response = urlopen(Request(live_server.url + self.path, data=body, headers=dict(self.headers)))
            except HTTPError as error:
                response = error
            with response:
                return response.status, {}, response.read()

        def log_message(self, *arguments):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    Thread(target=server.serve_forever, daemon=True).start()
    environment.setenv("CONNECT_URL", f"http://127.0.0.1:{server.server_port}")
    yield faults
    server.shutdown()
    server.server_close()


def test_all_orders_are_sent_in_batches(program, environment, night, capsys):
    assert program.main(night(*ORDERS)) == 0
    assert capsys.readouterr().out == "5 orders sent, 0 rejected.\n"
    assert Target.objects.count() == 5
    assert set(ImportJob.objects.values_list("batch_id", "total_items")) == {
        ("orders-2026-06-25", 2), ("orders-2026-06-25", 1),
    }  # fmt: skip


def test_a_second_run_imports_nothing_twice(program, environment, night):
    path = night(*ORDERS)
    assert [program.main(path), program.main(path)] == [0, 0]
    assert (Target.objects.count(), ImportJob.objects.count()) == (5, 3)


def test_an_order_that_changes_back_in_a_later_night_is_imported_again(program, environment, night):
    for name, title in (("monday", "A"), ("tuesday", "B"), ("wednesday", "A")):
        program.main(night({"externalId": "ORD-1", "title": title}, name=name))
    assert Target.objects.get().title == "A"


def test_a_rejected_order_is_reported_and_the_others_are_imported(program, environment, night, capsys):
    assert program.main(night(*ORDERS[:3], FAULTY, ORDERS[4])) == 1
    first, second, last = capsys.readouterr().out.splitlines()
    assert first == "order 4 ORD-9: missing_title title: Title is required."
    assert second.startswith("order 4 ORD-9: invalid_field planning.priority: planning.priority must be one of Low")
    assert last == "5 orders sent, 1 rejected."
    assert Target.objects.count() == 4


def test_the_next_batch_is_sent_after_one_whose_items_are_all_rejected(program, environment, night):
    assert program.main(night(FAULTY, FAULTY, ORDERS[0])) == 1
    assert Target.objects.get().external_id == "ORD-0"


def test_the_program_waits_as_long_as_the_rate_limit_demands(program, environment, night, token):
    token.rate_limit = 1
    token.save()
    waits = []

    def a_minute_passes(seconds):
        waits.append(seconds)
        RateWindow.objects.all().delete()
        type(token).objects.update(rate_limit=0)

    assert program.main(night(*ORDERS), a_minute_passes) == 0
    assert len(waits) == 1
    assert 1 <= waits[0] <= 60
    assert Target.objects.count() == 5


def test_a_connection_that_breaks_after_the_import_leads_to_no_second_import(program, unreliable, night):
    unreliable += [None, None]
    waits = []
    assert program.main(night(*ORDERS[:2]), waits.append) == 0
    assert waits == [1, 2]
    assert (Target.objects.count(), ImportJob.objects.count()) == (2, 1)


def test_a_large_batch_is_sent_packed_and_imported_once_after_a_retry(program, unreliable, encodings, night):
    unreliable += [None]
    large = [order | {"description": "Rear entrance. " * 500} for order in ORDERS[:2]]
    assert program.main(night(*large, ORDERS[2]), lambda seconds: None) == 0
    assert encodings == ["gzip", "gzip", None]
    assert (Target.objects.count(), ImportJob.objects.count()) == (3, 2)


@pytest.mark.parametrize("status", [409, 429, 500, 502, 503, 504])
def test_a_temporary_error_is_retried(program, unreliable, night, status):
    unreliable += [(status, {"Retry-After": "5"}, b"{}"), (status, {}, b"<html>")]
    waits = []
    assert program.main(night(*ORDERS[:2]), waits.append) == 0
    assert waits == [5, 2]


def test_the_program_gives_up_after_many_attempts_and_prints_the_reason(program, unreliable, night, capsys):
    unreliable += [(503, {}, b'{"error": {"code": "unavailable"}}')] * program.ATTEMPTS
    waits = []
    assert program.main(night(*ORDERS[:2]), waits.append) == 2
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert "unavailable" in capsys.readouterr().err


def test_a_permanent_error_is_not_retried(program, environment, night, capsys):
    environment.setenv("CONNECT_TOKEN", "forged")
    waits = []
    assert program.main(night(*ORDERS), waits.append) == 2
    assert waits == []
    assert "unauthorized" in capsys.readouterr().err


def test_the_program_runs_from_the_command_line(environment, night):
    done = subprocess.run(
        [sys.executable, PROGRAM, night(*ORDERS, FAULTY)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (1, "6 orders sent, 1 rejected.")


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("javac"), reason="needs a JDK")
def test_the_program_in_java_sends_the_documented_batch_once(environment, unreliable):
    unreliable += [(503, {"Retry-After": "0"}, b"<html>"), (429, {"Retry-After": "0"}, b"{}")]
    command = ["java", EXAMPLES / "SendBatch.java", EXAMPLES / "batch.json"]
    done = [subprocess.run(command, capture_output=True, check=False) for _ in range(2)]
    assert [one.returncode for one in done] == [1, 1]
    assert {json.loads(one.stdout)["status"] for one in done} == {"PartiallyFailed"}
    assert (unreliable, ImportJob.objects.count()) == ([], 1)
