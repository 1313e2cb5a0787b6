"""An import that meets a lock of another transaction waits without a connection, so that others are served meanwhile.

The server has a single process with a single database connection.
"""

import json
import urllib.error
import urllib.request
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import contextmanager

import pytest

from targets.working_set import LOCK_BUCKETS

NARROW = {"WEB_CONCURRENCY": "1", "DATABASE_POOL_SIZE": "1", "LOCK_WAIT_SECONDS": "60", "BATCH_WAIT_SECONDS": "60"}
STOP = {"externalId": "DEL-1", "title": "Delivery"}
BATCH = "/inbound/targets/batch"
RECORD = (
    "INSERT INTO inbound_idempotencyrecord (token_id, key, fingerprint, status, body, created_at) "
    "SELECT id, 'one', 'x', 0, '', now() FROM inbound_apitoken"
)
WAITING = (
    "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid) "
    "WHERE NOT granted AND datname = current_database()"
)
BLOCKED = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)))"


@pytest.fixture(scope="module")
def server(start_server):
    with start_server(**NARROW) as server:
        yield server


def send(server, path="/integration/health", body=None, **headers):
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"} | headers
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.base_url + path, data=data, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=90) as response:
            return response.status, response.headers, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, error.headers, json.load(error)


def post(server, body, path="/inbound/targets", **headers):
    return send(server, path, body, **headers)


@contextmanager
def holding(server, sql="SELECT FROM targets_target WHERE external_id = 'DEL-1' FOR UPDATE"):
    """Run a statement in a transaction that stays open for the block. Yield its connection."""
    with server.connect() as other:
        other.execute(sql)
        yield other
        other.rollback()


def wait_until_blocked(other):
    """Wait until another connection is blocked by a lock of this one."""
    for _ in range(100_000):
        if other.execute(BLOCKED).fetchone()[0]:
            return
    raise AssertionError("No other connection waits for a lock of this transaction.")


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "waits"}])
def test_others_are_served_while_imports_wait_for_a_row(server, headers):
    post(server, STOP)
    with ThreadPoolExecutor() as pool, holding(server) as other:
        waiting = [pool.submit(post, server, STOP | {"title": f"{headers}"}, **headers) for _ in range(4)]
        wait_until_blocked(other)
        assert [send(server)[0] for _ in range(10)] == [200] * 10
        assert post(server, STOP | {"externalId": "DEL-2"})[0] in (200, 201)
        assert not any(request.done() for request in waiting)
        other.rollback()
        assert [request.result()[0] for request in waiting] == [200] * 4


def test_others_are_served_while_a_batch_waits_for_another_batch(server):
    system = "(SELECT id::integer FROM targets_sourcesystem WHERE key = 'logistics_erp')"
    locks = f"SELECT pg_advisory_xact_lock({system}, bucket) FROM generate_series(0, {LOCK_BUCKETS - 1}) AS bucket"
    with ThreadPoolExecutor() as pool, holding(server, locks) as other:
        waiting = pool.submit(post, server, {"targets": [STOP]}, BATCH)
        wait_until_blocked(other)
        assert [send(server)[0] for _ in range(10)] == [200] * 10
        assert not waiting.done()
        other.rollback()
        assert waiting.result()[0] == 200


def test_others_are_served_while_a_request_waits_for_its_key(server):
    with ThreadPoolExecutor() as pool, holding(server, RECORD) as other:
        waiting = pool.submit(post, server, STOP, **{"Idempotency-Key": "one"})
        wait_until_blocked(other)
        assert [send(server)[0] for _ in range(10)] == [200] * 10
        assert not waiting.done()
        other.rollback()
        assert waiting.result()[0] in (200, 201)


def test_waiting_imports_share_one_connection(start_server):
    with start_server(**NARROW | {"DATABASE_POOL_SIZE": "4"}) as server:
        post(server, STOP)
        with ThreadPoolExecutor() as pool, holding(server) as other:
            waiting = [pool.submit(post, server, STOP) for _ in range(4)]
            wait_until_blocked(other)
            samples = [other.execute(WAITING).fetchone()[0] for _ in range(6_000)]
            other.rollback()
            assert {request.result()[0] for request in waiting} == {200}
    assert set(samples[-2_000:]) <= {0, 1}


def test_an_import_waits_until_another_transaction_has_inserted_its_target(server):
    new = "jsonb_build_object('id', nextval(pg_get_serial_sequence('targets_target', 'id')), 'external_id', 'NEW')"
    copy = f"SELECT (jsonb_populate_record(stored, {new})).* FROM targets_target AS stored LIMIT 1"
    insert = f"INSERT INTO targets_target {copy}"
    with ThreadPoolExecutor() as pool, holding(server, insert) as other:
        waiting = pool.submit(post, server, STOP | {"externalId": "NEW"})
        wait_until_blocked(other)
        assert send(server)[0] == 200
        other.commit()
        assert waiting.result()[2]["items"][0]["status"] == "Updated"


def test_a_batch_repeats_its_work_after_it_met_a_locked_row(server):
    targets = [STOP | {"externalId": one} for one in ("BEFORE", "DEL-1", "WITH-IT")]
    post(server, STOP)
    with ThreadPoolExecutor() as pool, holding(server) as other:
        waiting = pool.submit(post, server, {"targets": targets}, BATCH)
        wait_until_blocked(other)
        other.rollback()
        _status, _headers, answer = waiting.result()
    assert [item["externalId"] for item in answer["items"]] == ["BEFORE", "DEL-1", "WITH-IT"]
    assert answer["createdItems"] == 2


@pytest.mark.parametrize(("path", "body"), [("/inbound/targets", STOP), (BATCH, {"targets": [STOP]})])
def test_an_import_that_waited_long_enough_is_refused_and_may_be_repeated(start_server, path, body):
    brief = NARROW | {"LOCK_WAIT_SECONDS": "0.3", "BATCH_WAIT_SECONDS": "0.3"}
    with start_server(**brief) as server:
        post(server, STOP)
        with holding(server) as other:
            status, headers, answer = post(server, body, path, **{"Idempotency-Key": "one"})
            jobs = other.execute("SELECT count(*) FROM importjobs_importjob WHERE submitted_by = 'Tests'").fetchone()[0]
        assert (status, answer["error"]["code"], jobs) == (503, "unavailable", 1)
        assert answer["error"]["message"].startswith("Another transaction holds this target, so nothing was imported.")
        assert int(headers["Retry-After"]) > 0
        status, headers, _answer = post(server, body, path, **{"Idempotency-Key": "one"})
        assert (status, headers["Idempotent-Replayed"]) == (200, None)


def test_at_most_half_of_the_threads_wait_for_locks(start_server):
    with start_server(**NARROW, WEB_THREADS="4") as server:
        post(server, STOP)
        with ThreadPoolExecutor() as pool, holding(server) as other:
            waiting = [pool.submit(post, server, STOP) for _ in range(3)]
            [refused], served = wait(waiting, return_when=FIRST_COMPLETED)
            status, headers, answer = refused.result()
            assert (status, answer["error"]["code"], int(headers["Retry-After"]) > 0) == (503, "unavailable", True)
            assert "too many requests are waiting" in answer["error"]["message"]
            other.rollback()
            assert [request.result()[0] for request in served] == [200, 200]


def test_a_second_request_with_the_key_of_a_running_one_is_refused_after_its_wait(start_server):
    with start_server(**NARROW | {"LOCK_WAIT_SECONDS": "0.3"}) as server:
        with holding(server, RECORD):
            status, headers, answer = post(server, STOP, **{"Idempotency-Key": "one"})
        assert (status, answer["error"]["code"]) == (409, "idempotency_in_progress")
        assert int(headers["Retry-After"]) > 0
