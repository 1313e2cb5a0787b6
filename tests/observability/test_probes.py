"""The probes of load balancers: /healthz and /readyz."""

import socket
import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from unittest.mock import Mock

import pytest
from django.test import Client

from tests.observability.http import samples, send
from tests.servers import another_server, free_port

PROBES = ["/healthz", "/readyz"]
NARROW = {"WEB_CONCURRENCY": "1", "DATABASE_POOL_SIZE": "1", "DATABASE_POOL_TIMEOUT": "0.5"}


@pytest.fixture(scope="module")
def server(start_server):
    with start_server(**NARROW) as server:
        yield server


@pytest.mark.django_db
@pytest.mark.parametrize("path", PROBES)
def test_a_probe_needs_no_token_no_known_host_and_no_https(settings, path):
    settings.SECURE_SSL_REDIRECT, settings.ALLOWED_HOSTS = True, ["connect.example.com"]
    response = Client().get(path, headers={"Host": "10.0.0.7:8000"})
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert response.json()["status"] == "ok"


@pytest.mark.django_db
@pytest.mark.parametrize("path", PROBES)
def test_head_has_the_headers_of_get_and_other_methods_are_refused(path):
    got, head, posted = (Client().generic(method, path) for method in ("GET", "HEAD", "POST"))
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", str(len(got.content)))
    assert (posted.status_code, posted["Allow"]) == (405, "GET, HEAD")
    assert posted.json()["error"]["code"] == "method_not_allowed"


def test_healthz_asks_no_database():
    assert Client().get("/healthz").json() == {"status": "ok"}  # pytest-django forbids queries here


@pytest.mark.django_db
@pytest.mark.parametrize("path", PROBES)
def test_a_probe_is_logged_at_debug_only(path, capfd):
    assert Client().get(path).status_code == 200
    assert capfd.readouterr().err == ""


@pytest.mark.django_db
def test_a_probe_is_not_counted(api):
    before = samples(api.get("/metrics").content.decode())
    assert Client().get("/healthz").status_code == 200
    assert not any("healthz" in name for name in before)
    after = samples(api.get("/metrics").content.decode())
    assert {name for name in after if "http_requests" in name and name not in before} <= {
        'ordinavo_http_requests_total{method="GET",route="/metrics",status="200"}',
        'ordinavo_http_requests_created{method="GET",route="/metrics",status="200"}',
    }


def test_readyz_says_that_the_checks_succeed(server):
    answer = send(server.base_url + "/readyz")
    assert (answer.status, answer.json()["checks"]) == (200, {"database": "ok", "migrations": "ok"})


def test_readyz_is_ready_while_all_connections_of_the_pool_are_busy(server):
    with server.connect() as other, ThreadPoolExecutor() as pool:
        other.execute("LOCK TABLE inbound_apitoken")
        waiting = [pool.submit(send, server.base_url + "/integration/health", server.token) for _ in range(2)]
        [refused], _ = wait(waiting, return_when=FIRST_COMPLETED)
        assert refused.result().status == 503
        assert [send(server.base_url + path).status for path in PROBES] == [200, 200]
        other.rollback()


def assert_not_ready(answer, check):
    error = answer.json()["error"]
    assert (answer.status, error["code"], error["failedCheck"]) == (503, "unavailable", check)
    assert int(answer.headers["Retry-After"]) > 0


def test_readyz_is_not_ready_if_no_database_listens_and_shows_no_secret(server):
    url = f"postgres://anna:geheim@127.0.0.1:{free_port()}/absent"
    with another_server(server, **NARROW, DATABASE_URL=url) as alone:
        answer = send(alone.base_url + "/readyz")
        assert_not_ready(answer, "database")
        assert not any(secret in answer.body for secret in (b"anna", b"geheim", b"absent", b"Traceback"))
        assert send(alone.base_url + "/healthz").status == 200


def test_readyz_is_not_ready_if_the_database_accepts_a_connection_and_is_silent(server):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgres://anna@127.0.0.1:{silent.getsockname()[1]}/silent"
        with another_server(server, **NARROW, DATABASE_URL=url) as alone:
            assert_not_ready(send(alone.base_url + "/readyz"), "database")


def test_readyz_is_not_ready_until_all_migrations_are_applied(server):
    with another_server(server, **NARROW) as fresh, server.connect(autocommit=True) as database:
        latest = "app = 'importjobs' AND name = (SELECT max(name) FROM django_migrations WHERE app = 'importjobs')"
        database.execute(f"UPDATE django_migrations SET app = 'other' WHERE {latest}")
        assert_not_ready(send(fresh.base_url + "/readyz"), "migrations")
        database.execute(
            f"UPDATE django_migrations SET app = 'importjobs' WHERE {latest.replace('importjobs', 'other')}"
        )
        while (answer := send(fresh.base_url + "/readyz")).status != 200:  # a result is reused for a second
            assert_not_ready(answer, "migrations")
        database.execute(f"UPDATE django_migrations SET app = 'other' WHERE {latest}")
        assert send(fresh.base_url + "/readyz").status == 200  # it does not look again


@pytest.mark.django_db
def test_readyz_is_ready_again_after_no_thread_could_be_started(monkeypatch):
    client = Client(raise_request_exception=False)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", Mock(side_effect=RuntimeError("can't start new thread")))
        assert client.get("/readyz").status_code == 500
    assert client.get("/readyz").status_code == 200
