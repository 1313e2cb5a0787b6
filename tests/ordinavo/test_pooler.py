"""The service behind PgBouncer, in session mode and in transaction mode. Skipped where PgBouncer is not installed."""

import http.cookiejar
import json
import os
import re
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
import pytest
from django.db import connection

from tests.poolers import MISSING, PROGRAM, Pooler, PostgreSQL, environment, running_pooler
from tests.servers import CHECKOUT, Server, database_url, free_port, fresh_database, manage, server_on

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not PROGRAM, reason=MISSING)]
PRODUCTION = {"DJANGO_SETTINGS_MODULE": "ordinavo.settings", "LOG_LEVEL": "WARNING"}
# In transaction mode the clients share two connections to PostgreSQL. In session mode each client needs its own.
CONNECTIONS = {"session": 24, "transaction": 2}
CLIENT_CONNECTIONS = 6
STORED = {
    "statement_timeout": "30s",
    "idle_in_transaction_session_timeout": "1min",
    "plan_cache_mode": "force_generic_plan",
    "jit": "off",
}


class Way(NamedTuple):
    """A database that is reached through a pooler."""

    database: str
    pooler: Pooler
    mode: str

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a service that uses the pooler, with prepared statements if the pooler supports them."""
        return PRODUCTION | environment(self.mode) | {"DATABASE_URL": self.pooler.url(self.database)}

    @property
    def direct(self) -> dict[str, str]:
        """The same settings with a direct connection to PostgreSQL."""
        return self.environment | {"DATABASE_URL": database_url(self.database)}


def server_of_tests() -> PostgreSQL:
    given = connection.settings_dict
    return PostgreSQL(given["HOST"], given["PORT"] or 5432, given["USER"], given["PASSWORD"])


@pytest.fixture(scope="module", params=["session", "transaction"])
def pooler(request, demo_template):
    mode = request.param
    with running_pooler(server_of_tests(), pool_mode=mode, default_pool_size=CONNECTIONS[mode]) as running:
        yield mode, running


@pytest.fixture
def way(pooler, demo_template, django_db_blocker):
    """Return a database with demo data behind the pooler, for which configure_database has not been run."""
    mode, running = pooler
    with django_db_blocker.unblock(), fresh_database(demo_template.name) as name:
        yield Way(name, running, mode)


@pytest.fixture(scope="module")
def served(pooler, demo_template, django_db_blocker):
    """Return a way to a configured database, and a server that uses it."""
    mode, running = pooler
    with django_db_blocker.unblock(), fresh_database(demo_template.name) as name:
        way = Way(name, running, mode)
        manage("configure_database", **way.direct)
        web = {"WEB_CONCURRENCY": "1", "DATABASE_POOL_SIZE": str(CLIENT_CONNECTIONS)}
        with server_on(demo_template._replace(name=name), **way.environment, **web) as server:
            yield way, server


@pytest.fixture
def server(served):
    return served[1]


def run(*arguments, **environment):
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=CHECKOUT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def send(server: Server, path, document=None, **headers):
    """Send a request and return the status, the headers and the JSON of the answer."""
    given = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"} | headers
    body = None if document is None else json.dumps(document).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(server.base_url + path, body, given), timeout=60) as answer:
            return answer.status, answer.headers, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, error.headers, json.load(error)


def target(external_id):
    return {"externalId": external_id, "title": f"Delivery {external_id}"}


@contextmanager
def worker(way):
    """Run a worker behind the pooler."""
    command = [sys.executable, "-m", "ordinavo.worker"]
    process = subprocess.Popen(command, cwd=CHECKOUT, env=os.environ | way.environment)
    try:
        yield process
    finally:
        process.terminate()
        assert process.wait(timeout=20) == 0


def test_a_worker_processes_batches_and_files(served, tmp_path):
    way, server = served
    orders = tmp_path / "orders.csv"
    orders.write_text("Auftragsnr.;Titel\r\n" + "".join(f"FILE-{n};Lieferung\r\n" for n in range(1_200)))
    sent = {"targets": [target(f"WORK-{n}") for n in range(1_200)], "async": True}
    status, _headers, job = send(server, "/inbound/targets/batch", sent)
    assert status == 202
    with worker(way):
        imported = run("manage.py", "import_file", str(orders), "--source-system", "logistics_erp", **way.environment)
        assert "1,200 rows: 1,200 created." in imported.stdout
        while (answer := send(server, job["links"]["importJob"])[2])["finishedAt"] is None:
            pass
    assert (answer["status"], answer["createdItems"]) == ("Completed", 1_200)


def test_sessions_have_the_settings(served):
    way, _server = served
    with psycopg.connect(way.environment["DATABASE_URL"]) as session:
        in_force = {name: session.execute(f"SHOW {name}").fetchone()[0] for name in STORED}
        sequential_scans = session.execute("SHOW enable_seqscan").fetchone()
    assert in_force == STORED
    assert sequential_scans == ("off" if way.mode == "transaction" else "on",)


def test_single_imports_create_and_update_a_target(server):
    answers = [send(server, "/inbound/targets", target("SINGLE-1"))[0] for _ in range(20)]
    assert answers == [201] + [200] * 19


def test_a_repeated_idempotency_key_gets_the_stored_answer(server):
    key = {"Idempotency-Key": "pooled-1"}
    first, again, *_rest = [send(server, "/inbound/targets", target("KEY-1"), **key) for _ in range(6)]
    assert (again[0], again[1]["Idempotent-Replayed"], again[2]) == (201, "true", first[2])


def test_batches_are_imported(server):
    for round_ in range(4):
        batch = {"targets": [target(f"BATCH-{round_}-{n}") for n in range(1_500)]}
        assert send(server, "/inbound/targets/batch", batch)[2]["createdItems"] == 1_500


def test_changes_name_each_imported_target(server):
    cursor = ""
    for n in range(5):
        send(server, "/inbound/targets", target(f"CHANGE-{n}"))
    found: set[str] = set()
    more = True
    while more:
        status, _headers, page = send(server, f"/changes?limit=1000{cursor}")
        assert status == 200
        found |= {changed["externalId"] for changed in page["results"]}
        cursor, more = f"&after={page['cursor']}", page["hasMore"]
    assert {f"CHANGE-{n}" for n in range(5)} <= found


def test_a_hundred_clients_at_once_are_served(server):
    ids = [f"MANY-{n % 60}" for n in range(400)]  # some of them at the same time by several clients
    with ThreadPoolExecutor(100) as clients:
        statuses = list(clients.map(lambda one: send(server, "/inbound/targets", target(one))[0], ids))
    assert (statuses.count(201), statuses.count(200)) == (60, 340)


def test_staff_log_in_and_see_the_list_of_targets(served):
    way, server = served
    password = re.search(r"password: (\S+)", manage("seed_demo", "--new-password", **way.environment))
    assert password
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    page = browser.open(f"{server.base_url}/admin/login/", timeout=60).read().decode()
    csrf = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page)
    assert csrf
    form = {"csrfmiddlewaretoken": csrf[1], "username": "demo", "password": password[1], "next": "/admin/"}
    browser.open(f"{server.base_url}/admin/login/", urllib.parse.urlencode(form).encode(), timeout=60).read()
    for _ in range(4):
        with browser.open(f"{server.base_url}/admin/targets/target/?q=Delivery", timeout=60) as answer:
            assert (answer.status, "result_list" in answer.read().decode()) == (200, True)


def test_requests_are_served_after_the_pooler_has_dropped_its_connections(served):
    way, server = served
    send(server, "/inbound/targets", target("RECONNECT-1"))
    way.pooler.console("RECONNECT")
    with server.connect(autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    assert send(server, "/inbound/targets", target("RECONNECT-1"))[0] == 200


def test_the_server_does_not_start_before_the_settings_are_stored(way):
    done = run("-m", "ordinavo.server", **way.environment, PORT=str(free_port()), WEB_CONCURRENCY="1")
    assert done.returncode != 0
    assert "Sessions of the database lack " in done.stderr
    assert "statement_timeout=30s" in done.stderr
    assert "Run 'manage.py configure_database' over a direct connection to PostgreSQL" in done.stderr


def check(**environment):
    return run("manage.py", "check", "--database", "default", **environment)


@pytest.mark.parametrize("ignored", ["", "options"])
def test_a_pooler_that_the_settings_do_not_name_is_reported(demo_template, ignored):
    with running_pooler(server_of_tests(), pool_mode="session", ignore_startup_parameters=ignored) as pooler:
        done = check(**PRODUCTION, DATABASE_URL=pooler.url(demo_template.name))
    assert done.returncode == 1
    assert "DATABASE_POOLER is not set" in done.stderr
    assert "Set DATABASE_POOLER to the pooler's mode, session or transaction." in done.stderr


def test_a_pooler_in_transaction_mode_is_not_taken_for_one_in_session_mode(demo_template):
    with running_pooler(server_of_tests(), pool_mode="transaction") as pooler:
        done = check(**PRODUCTION, DATABASE_URL=pooler.url(demo_template.name), DATABASE_POOLER="session")
    assert done.returncode == 1
    assert "The connection pooler works in transaction mode, but DATABASE_POOLER is session." in done.stderr


def test_a_pooler_without_prepared_statements_is_reported(demo_template):
    with running_pooler(server_of_tests(), pool_mode="transaction", max_prepared_statements=0) as pooler:
        pooled = PRODUCTION | {"DATABASE_URL": pooler.url(demo_template.name), "DATABASE_POOLER": "transaction"}
        done = [check(**pooled) for _ in range(2)]
    assert [one.returncode for one in done] == [1, 1]
    assert all("does not support prepared statements in transaction mode" in one.stderr for one in done)
    assert all("Then RECONNECT in the console of the pooler." in one.stderr for one in done)


@pytest.fixture
def unprepared(demo_template, django_db_blocker):
    """Return a way to a configured database behind a pooler that does not support prepared statements."""
    with (
        running_pooler(server_of_tests(), pool_mode="transaction", max_prepared_statements=0) as pooler,
        django_db_blocker.unblock(),
        fresh_database(demo_template.name) as name,
    ):
        way = Way(name, pooler, "transaction")
        manage("configure_database", **way.direct)
        yield way


def test_prepared_statements_that_others_left_are_no_error_without_the_setting(unprepared):
    prepared = unprepared.environment | {"PREPARED_STATEMENTS": "true"}
    done = [check(**prepared), check(**prepared), check(**prepared | {"PREPARED_STATEMENTS": "false"})]
    assert [one.returncode for one in done] == [1, 1, 0], done[-1].stderr


def test_a_pooler_without_prepared_statements_serves_imports_without_them(unprepared, demo_template):
    environment = unprepared.environment | {"PREPARED_STATEMENTS": "false", "WEB_CONCURRENCY": "1"}
    with server_on(demo_template._replace(name=unprepared.database), **environment) as server:
        answers = [send(server, "/inbound/targets", target("PLAIN-1"))[0] for _ in range(12)]
    assert answers == [201] + [200] * 11


def test_migrations_through_a_pooler_in_transaction_mode_are_refused(served):
    way, _server = served
    done = run("manage.py", "migrate", **way.environment)
    assert done.returncode == (1 if way.mode == "transaction" else 0)
    assert ("Migrate over a direct connection to PostgreSQL." in done.stderr) == (way.mode == "transaction")
