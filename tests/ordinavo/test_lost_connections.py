"""Connections that die, and a database that cannot be reached for a while, as after a restart of PostgreSQL."""

import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from django.db import IntegrityError, connection
from psycopg.errors import ForeignKeyViolation

from importjobs.models import ImportJob

CONNECTIONS = 4
PATHS = ["/integration/health", "/admin/login/"]


@pytest.fixture(scope="module")
def server(start_server):
    with start_server(WEB_CONCURRENCY="1", DATABASE_POOL_SIZE=str(CONNECTIONS)) as server:
        yield server


def get(server, path):
    request = urllib.request.Request(server.base_url + path, headers={"Authorization": f"Bearer {server.token}"})
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, response.headers
    except urllib.error.HTTPError as error:
        return error.code, error.headers


def get_at_once(server, path="/integration/health"):
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return [status for status, _headers in pool.map(lambda _: get(server, path), range(3 * CONNECTIONS))]


def terminate_connections(server):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE datname = %s", [server.database]
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", PATHS)
def test_no_request_fails_after_all_idle_connections_were_terminated(server, path):
    for _ in range(3):
        assert set(get_at_once(server)) == {200}
        terminate_connections(server)
        assert set(get_at_once(server, path)) == {200}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", PATHS)
def test_an_unreachable_database_is_answered_503_and_used_again_when_it_is_back(server, path):
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {server.database} ALLOW_CONNECTIONS false")
        try:
            terminate_connections(server)
            refused = [get(server, path) for _ in range(2)]
        finally:
            cursor.execute(f"ALTER DATABASE {server.database} ALLOW_CONNECTIONS true")
    assert [status for status, _headers in refused] == [503, 503]
    assert all(int(headers["Retry-After"]) > 0 for _status, headers in refused)
    assert set(get_at_once(server, path)) == {200}


def terminate_own_connection():
    """Terminate the test's connection, as PostgreSQL's restart does."""
    given = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    with psycopg.connect(**{name: given[name] for name in names if name in given}) as other:
        other.execute("SELECT pg_terminate_backend(%s, 30000)", [connection.connection.info.backend_pid])


@pytest.fixture
def new_connection_afterwards(transactional_db):
    """Close the test's connection at its end, so that the emptying of the tables makes a new one."""
    yield
    connection.close()


@pytest.mark.django_db(transaction=True)
def test_a_page_whose_connection_is_terminated_is_answered_503(staff, new_connection_afterwards):
    terminated = []

    def terminate_at_the_session(run, sql, params, many, context):
        if "django_session" in sql and not terminated:
            terminated.append(True)
            terminate_own_connection()
        return run(sql, params, many, context)

    with connection.execute_wrapper(terminate_at_the_session):
        response = staff.get("/admin/")
    assert (response.status_code, terminated) == (503, [True])


@pytest.mark.django_db(transaction=True)
def test_an_import_that_loses_a_race_and_its_connection_is_answered_503(api, new_connection_afterwards):
    api.send(externalId="DEL-1", title="Delivery")
    rounds = []

    def lose_race_and_connection(run, sql, params, many, context):
        if "INSERT INTO importjobs_importitem" not in sql or rounds:
            return run(sql, params, many, context)
        rounds.append(True)
        terminate_own_connection()
        raise IntegrityError from ForeignKeyViolation()

    with connection.execute_wrapper(lose_race_and_connection):
        response = api.post({"externalId": "DEL-1", "title": "Another"}, **{"Idempotency-Key": "k-1"})
    assert (response.status_code, rounds) == (503, [True])


@pytest.mark.django_db(transaction=True)
def test_an_import_succeeds_if_its_connection_is_terminated_after_the_look_up_of_the_token(api):
    terminated = []

    def terminate_once(run, sql, params, many, context):
        result = run(sql, params, many, context)
        if not terminated:
            terminated.append(True)
            terminate_own_connection()
        return result

    with connection.execute_wrapper(terminate_once):
        response = api.post({"externalId": "DEL-1", "title": "Delivery"})
    assert (response.status_code, ImportJob.objects.count(), len(terminated)) == (201, 1, 1)
