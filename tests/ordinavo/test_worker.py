"""A worker process: killed, stopped, without its database, and beside a server."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from contextlib import contextmanager

import pytest

from tests.servers import CHECKOUT, database_url

COUNT = 3_000
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(start_server):
    with start_server(WEB_CONCURRENCY="1") as server:
        yield server


@contextmanager
def worker(server):
    environment = os.environ | {"DATABASE_URL": database_url(server.database), "LOG_LEVEL": "INFO"}
    process = subprocess.Popen([sys.executable, "-m", "ordinavo.worker"], cwd=CHECKOUT, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def call(server, path, document=None, method=None, **headers):
    body = None if document is None else json.dumps(document).encode()
    headers |= {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    request = urllib.request.Request(server.base_url + path, data=body, headers=headers, method=method)
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


def submit(server, name):
    targets = [{"externalId": f"{name}-{n}", "title": f"Delivery {n}"} for n in range(COUNT)]
    return call(server, "/inbound/targets/batch", {"targets": targets, "async": True})["links"]["importJob"]


def wait_for(server, job, condition):
    while not condition(answer := call(server, job)):
        pass
    return answer


def has_begun(answer):
    return answer["createdItems"] > 0


def has_ended(answer):
    return answer["finishedAt"] is not None


def is_complete(answer):
    return (answer["status"], answer["createdItems"], answer["totalItems"]) == ("Completed", COUNT, COUNT)


def test_a_job_goes_on_where_a_killed_worker_was(server):
    job = submit(server, "KILLED")
    with worker(server) as first:
        wait_for(server, job, has_begun)
        first.kill()
    with worker(server):
        assert is_complete(wait_for(server, job, has_ended))


def test_a_worker_that_is_told_to_stop_hands_its_job_back(server):
    job = submit(server, "STOPPED")
    with worker(server) as first:
        wait_for(server, job, has_begun)
        first.send_signal(signal.SIGTERM)
        assert first.wait(timeout=10) == 0
    with worker(server):
        assert is_complete(wait_for(server, job, has_ended))


def test_two_workers_record_no_item_twice(server):
    jobs = [submit(server, f"TWO-{n}") for n in range(3)]
    with worker(server), worker(server):
        assert all(is_complete(wait_for(server, job, has_ended)) for job in jobs)


def test_a_worker_goes_on_when_its_connections_were_terminated(server):
    job = submit(server, "LOST")
    with worker(server), server.connect(autocommit=True) as database:
        wait_for(server, job, has_begun)
        database.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert is_complete(wait_for(server, job, has_ended))


def test_a_server_starts_a_worker_beside_itself_and_stops_it(start_server):
    with start_server(WEB_CONCURRENCY="1", WORKERS="1") as server:
        job = submit(server, "BESIDE")
        assert is_complete(wait_for(server, job, has_ended))
