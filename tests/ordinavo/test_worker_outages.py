"""A worker goes on by itself after PostgreSQL was restarted, tested with a PostgreSQL of its own."""

import os
import subprocess
import sys
from contextlib import contextmanager, suppress

import psycopg
import pytest

from ordinavo import demo_data
from ordinavo.common.scopes import Scope
from tests.faults import cluster
from tests.ordinavo.test_worker import COUNT, submit
from tests.servers import CHECKOUT, DemoDatabase, manage, server_on

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    with cluster.running(None, tmp_path_factory.mktemp("postgres") / "log") as running:
        manage("migrate", "--verbosity=0", **running.environment)
        manage("seed_demo", **running.environment)
        yield running


@pytest.fixture(scope="module")
def token(postgres):
    rights = ["--source-system", demo_data.SOURCE_SYSTEM["key"], "--scope", *Scope.values]
    return manage("issue_token", "Tests", *rights, "--days=1", "--rate-limit=0", **postgres.environment)


@contextmanager
def worker(postgres):
    environment = os.environ | postgres.environment | {"LOG_LEVEL": "INFO"}
    command = [sys.executable, "-m", "ordinavo.worker"]
    with subprocess.Popen(command, cwd=CHECKOUT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def newest_job(postgres):
    """Return the status and the number of created items of the newest job, or two times None during an outage."""
    with suppress(psycopg.OperationalError), postgres.connect() as database:
        sql = "SELECT status, created_items FROM importjobs_importjob ORDER BY id DESC LIMIT 1"
        return database.execute(sql).fetchone()
    return None, None


def wait_until_begun(postgres):
    while not newest_job(postgres)[1]:
        pass


def assert_is_completed_once(postgres):
    while (job := newest_job(postgres))[0] in (None, "Processing"):
        pass
    assert job == ("Completed", COUNT)
    with postgres.connect() as database:
        assert database.execute(
            "SELECT count(*) FROM importjobs_importitem WHERE job_id = (SELECT max(id) FROM importjobs_importjob)"
        ).fetchone() == (COUNT,)


def test_a_job_goes_on_after_postgresql_crashed_and_started_again(postgres, token):
    with server_on(DemoDatabase("faults", token), **postgres.environment, WEB_CONCURRENCY="1") as server:
        submit(server, "CRASH")
    with worker(postgres) as process:
        wait_until_begun(postgres)
        postgres.stop_immediately()
        postgres.start()
        assert_is_completed_once(postgres)
        assert process.poll() is None


def test_a_job_goes_on_after_an_outage_that_the_worker_has_noticed(postgres, token):
    with server_on(DemoDatabase("faults", token), **postgres.environment, WEB_CONCURRENCY="1") as server:
        submit(server, "OUTAGE")
    with worker(postgres) as process:
        wait_until_begun(postgres)
        postgres.stop()
        line = ""
        while "database_lost" not in line and "worker_interrupted" not in line:
            line = process.stderr.readline()
            assert "Traceback" not in line
        postgres.start()
        assert_is_completed_once(postgres)
        assert process.poll() is None
