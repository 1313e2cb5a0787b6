"""The web server as in production: its own process, a connection pool and real HTTP."""

import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import ExitStack

import pytest
from django.conf import settings

from tests.servers import Server


@pytest.fixture(scope="module")
def server(start_server):
    with start_server(WEB_CONCURRENCY="1", DATABASE_POOL_SIZE="1", DATABASE_POOL_TIMEOUT="0.5") as server:
        yield server


def send(server: Server, path="/integration/health", chunks=None, more_headers=None):
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"} | (more_headers or {})
    request = urllib.request.Request(server.base_url + path, data=chunks, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as response:
            return response.status, response.headers, json.load(response)
    except urllib.error.HTTPError as error:
        return error.code, error.headers, json.load(error)


def test_a_port_in_use_is_reported_with_a_suggestion():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "ordinavo.server"],
            cwd=settings.BASE_DIR,
            env=os.environ | {"PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode != 0
    assert f"Address already in use. Choose another port, such as PORT={port + 1}." in done.stderr


@pytest.mark.parametrize("parameter", ["charset*=x''y", "a*0*=x''y"])
def test_an_unreadable_content_type_is_refused_in_json(server, parameter):
    content_type = {"Content-Type": f"application/json; {parameter}"}
    status, headers, answer = send(server, "/inbound/targets", b"{}", content_type)
    assert (status, answer["error"]["code"]) == (415, "unsupported_media_type")
    assert headers["X-Correlation-Id"] == answer["error"]["correlationId"]


def test_a_packed_batch_may_be_sent_in_chunks_without_a_content_length(server):
    targets = [{"externalId": f"GZIP-{number}", "title": "x" * 900_000} for number in range(2)]
    body = gzip.compress(json.dumps({"targets": targets}).encode())
    chunks = iter([body[:100], body[100:]])
    _status, _headers, answer = send(server, "/inbound/targets/batch", chunks, {"Content-Encoding": "gzip"})
    assert answer["items"][0]["errorCode"] == "invalid_field"  # all characters of the title arrived


def test_a_batch_may_be_sent_in_chunks_without_a_content_length(server):
    targets = [{"externalId": f"CHUNK-{n}", "title": "x" * 200} for n in range(8_000)]
    body = json.dumps({"targets": targets}).encode()
    assert len(body) > settings.MAX_BODY_BYTES
    status, _headers, answer = send(server, "/inbound/targets/batch", iter([body[:70_000], body[70_000:]]))
    assert (status, answer["createdItems"]) == (200, 8_000)


def test_a_request_is_answered_503_with_retry_after_if_all_connections_are_busy(server):
    with server.connect() as other, ThreadPoolExecutor() as pool:
        other.execute("LOCK TABLE inbound_apitoken")
        waiting = [pool.submit(send, server) for _ in range(2)]
        wait(waiting, return_when=FIRST_COMPLETED)
        other.rollback()
        refused, served = sorted((request.result() for request in waiting), key=lambda answer: -answer[0])
    assert (refused[0], refused[2]["error"]["code"], served[0]) == (503, "unavailable", 200)
    assert int(refused[1]["Retry-After"]) > 0


def test_batches_leave_one_connection_free_and_are_refused_beyond_that(start_server):
    targets = [{"externalId": f"DEL-{number}", "title": "Delivery"} for number in range(3)]
    narrow = {"WEB_CONCURRENCY": "1", "WEB_THREADS": "4", "DATABASE_POOL_SIZE": "2", "DATABASE_POOL_TIMEOUT": "0.5"}
    with start_server(**narrow) as server, server.connect() as other, ThreadPoolExecutor() as pool:
        send(server, "/inbound/targets/batch", json.dumps({"targets": targets}).encode())
        other.execute("SELECT FROM targets_target FOR UPDATE")
        bodies = [json.dumps({"targets": [target]}).encode() for target in targets]
        batches = [pool.submit(send, server, "/inbound/targets/batch", body) for body in bodies]
        [refused], imported = wait(batches, return_when=FIRST_COMPLETED)
        healths = [send(server)[0] for _ in range(20)]
        other.rollback()
        assert set(healths) == {200}
        status, headers, answer = refused.result()
        assert (status, answer["error"]["code"], int(headers["Retry-After"]) > 0) == (503, "unavailable", True)
        assert [batch.result()[0] for batch in imported] == [200, 200]


def test_a_large_body_in_chunks_is_not_received_without_a_token(server):
    host, _, port = server.base_url.removeprefix("http://").partition(":")
    head = f"POST /inbound/targets/batch HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"%x\r\n%b\r\n" % (settings.MAX_BODY_BYTES + 1, b" " * (settings.MAX_BODY_BYTES + 1))
    with socket.create_connection((host, int(port)), timeout=30) as endless:
        endless.sendall(head.encode() + chunk)
        assert endless.recv(1_000).startswith(b"HTTP/1.1 401 ")


def begin_to_send(server: Server, path, length) -> socket.socket:
    """Send the head of a request and the first byte of its body, as a slow client does. Return the open connection."""
    host, _, port = server.base_url.removeprefix("http://").partition(":")
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {server.token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{{"
    connection = socket.create_connection((host, int(port)), timeout=30)
    connection.sendall(head.encode())
    return connection


SLOW = [("/inbound/targets", 100), ("/inbound/targets", 5_000_000), ("/inbound/targets/batch", 5_000_000)]


@pytest.mark.parametrize(("path", "length"), SLOW)
def test_a_slow_client_holds_no_database_connection(server, path, length):
    with begin_to_send(server, path, length), begin_to_send(server, path, length):
        assert [send(server)[0] for _ in range(3)] == [200] * 3


@pytest.mark.parametrize(("path", "length"), SLOW)
def test_slow_clients_hold_no_thread(start_server, path, length):
    with start_server(WEB_CONCURRENCY="1", WEB_THREADS="2") as server, ExitStack() as stack:
        for _ in range(20):
            stack.enter_context(begin_to_send(server, path, length))
        assert [send(server)[0] for _ in range(3)] == [200] * 3


def test_a_batch_is_imported_although_the_connection_that_it_reacquires_has_died(start_server):
    narrow = {"WEB_CONCURRENCY": "1", "DATABASE_POOL_SIZE": "2"}
    targets = json.dumps({"targets": [{"externalId": "DEL-1", "title": "Delivery"}]}).encode()
    with (
        start_server(**narrow) as server,
        server.connect(autocommit=True) as other,
        server.connect() as locking,
        ThreadPoolExecutor() as pool,
    ):
        locking.execute("LOCK TABLE inbound_apitoken")
        both = [pool.submit(send, server) for _ in range(2)]
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        while other.execute(waiting).fetchone() != (2,):
            assert not any(one.done() for one in both)
        locking.rollback()
        assert [one.result()[0] for one in both] == [200, 200]
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = 'ordinavo-connect' ORDER BY state_change DESC LIMIT 1"
        )
        assert send(server, "/inbound/targets/batch", targets)[0] == 200


def test_the_server_reads_its_settings_from_the_env_file(tmp_path):
    shutil.copytree(settings.BASE_DIR / "ordinavo", tmp_path / "ordinavo")
    (tmp_path / ".env").write_text("PORT=9123\nWEB_CONCURRENCY=5\nDATABASE_POOL_SIZE=7\n")
    code = (
        "import os; from ordinavo import server; print(server.PORT, server.PROCESSES, os.environ['DATABASE_POOL_SIZE'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={}, capture_output=True, text=True, check=True
    )
    assert done.stdout == "9123 5 7\n"


def end_connections(server):
    with server.connect(autocommit=True) as other:
        ended = other.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchone()
    assert ended != (0,)


def test_requests_are_served_after_all_connections_have_died(server):
    assert send(server)[0] == 200
    end_connections(server)
    assert send(server)[0] == 200


def test_a_page_is_served_after_all_connections_have_died(server):
    assert send(server)[0] == 200
    end_connections(server)
    session = urllib.request.Request(server.base_url + "/admin/", headers={"Cookie": "sessionid=" + "x" * 32})
    with urllib.request.urlopen(session, timeout=30) as response:
        assert (response.status, response.url) == (200, server.base_url + "/admin/login/?next=/admin/")
