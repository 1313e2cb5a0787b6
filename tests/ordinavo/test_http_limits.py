"""What the HTTP server refuses before Django sees the request, and what it checks before a body has arrived."""

import json
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest
from django.conf import settings

from ordinavo.common.codes import Code
from ordinavo.common.limits import MAX_HEAD_BYTES, MAX_HEADERS, MAX_REQUEST_TARGET_BYTES
from tests.api import example
from tests.provocations import SERVER_ERRORS
from tests.servers import Server

TARGET = json.dumps({"externalId": "HTTP-1", "title": "Delivery"}).encode()


@pytest.fixture(scope="module")
def server(start_server):
    with start_server(WEB_CONCURRENCY="1") as server:
        yield server


@contextmanager
def connected(server: Server, source: str = "127.0.0.1") -> Iterator[socket.socket]:
    host, _, port = server.base_url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=30, source_address=(source, 0)) as client:
        yield client


def head(server: Server, line: str = "POST /inbound/targets", **headers: str) -> bytes:
    sent = {"Host": "localhost", "Content-Type": "application/json", "Authorization": f"Bearer {server.token}"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return "\r\n".join([f"{line} HTTP/1.1", *(f"{name}: {value}" for name, value in sent.items()), "", ""]).encode()


def read_answer(client: socket.socket) -> tuple[int, dict[str, str], dict]:
    """Read one response with a Content-Length, after interim responses if there are any."""
    with closing(client.makefile("rb")) as stream:
        status = int(stream.readline().split()[1])
        headers = {}
        while (line := stream.readline().strip()) != b"":
            name, _, value = line.decode().partition(": ")
            headers[name.lower()] = value
        return status, headers, json.loads(stream.read(int(headers["content-length"])))


def answer(server: Server, request: bytes) -> tuple[int, dict[str, str], dict]:
    with connected(server) as client:
        client.sendall(request)
        return read_answer(client)


def assert_is_error(given: tuple[int, dict[str, str], dict], status: int, code: str) -> None:
    assert (given[0], given[2]["error"]["code"]) == (status, code)
    assert given[1]["x-correlation-id"] == given[2]["error"]["correlationId"]
    assert given[1]["content-type"] == "application/json"
    if code in SERVER_ERRORS - {Code.REQUEST_TIMEOUT}:  # whose message depends on the settings
        assert given[2]["error"]["message"] == example("request-errors")[code]["error"]["message"]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : localhost\r\n\r\n",
    ],
)
def test_what_is_not_http_is_refused_in_json(server, request_bytes):
    assert_is_error(answer(server, request_bytes), 400, "bad_request")


def test_a_malformed_chunk_is_refused_in_json(server):
    request = head(server, Transfer_Encoding="chunked") + b"zz\r\n"
    assert_is_error(answer(server, request), 400, "bad_request")


def test_a_long_address_is_refused_in_json(server):
    request = head(server, f"GET /targets?externalId={'x' * MAX_REQUEST_TARGET_BYTES}")
    assert_is_error(answer(server, request), 414, "uri_too_long")


def test_an_address_of_the_greatest_length_is_read(server):
    line = "GET /targets?externalId="
    request = head(server, line + "x" * (MAX_REQUEST_TARGET_BYTES - len("/targets?externalId=")))
    assert answer(server, request)[0] == 200


def test_large_headers_are_refused_in_json(server):
    assert_is_error(answer(server, head(server, X_Large="x" * MAX_HEAD_BYTES)), 431, "headers_too_large")


def test_headers_that_arrive_in_pieces_are_limited_too(server):
    with connected(server) as client:
        client.sendall(b"GET /targets HTTP/1.1\r\nHost: localhost\r\n")
        for number in range(MAX_HEADERS + 1):
            client.sendall(f"X-{number}: {number}\r\n".encode())
        assert_is_error(read_answer(client), 431, "headers_too_large")


def test_a_body_that_is_announced_over_the_limit_is_refused_at_once(server):
    request = head(server, Content_Length=str(settings.MAX_BODY_BYTES + 1)) + b"{"
    assert_is_error(answer(server, request), 413, "payload_too_large")


def test_a_batch_that_is_announced_over_the_limit_is_refused_at_once(server):
    length = str(settings.MAX_BACKGROUND_BODY_BYTES + 1)
    request = head(server, "POST /inbound/targets/batch", Content_Length=length) + b"{"
    assert_is_error(answer(server, request), 413, "payload_too_large")


def test_the_early_answer_reaches_a_client_that_goes_on_sending(server):
    length = 8 * 1024 * 1024
    with connected(server) as client:
        client.sendall(head(server, Content_Length=str(length)))
        client.sendall(b" " * length)
        assert_is_error(read_answer(client), 413, "payload_too_large")
        client.sendall(head(server, "GET /integration/health"))
        assert read_answer(client)[0] == 200


REFUSED_HEADS = [
    ("POST /inbound/targets", {"Authorization": "Bearer forged"}, 401, "unauthorized"),
    ("POST /inbound/nothing", {}, 404, "not_found"),
    ("DELETE /inbound/targets", {}, 405, "method_not_allowed"),
    ("POST /inbound/targets", {"Accept": "text/html"}, 406, "not_acceptable"),
]


@pytest.mark.parametrize(("line", "headers", "status", "code"), REFUSED_HEADS)
def test_a_head_is_refused_before_its_body_arrives(server, line, headers, status, code):
    assert_is_error(answer(server, head(server, line, Content_Length="5000", **headers) + b"{"), status, code)


@pytest.mark.parametrize(("line", "headers", "status", "code"), REFUSED_HEADS)
def test_a_client_that_asks_first_is_not_told_to_go_on(server, line, headers, status, code):
    given = answer(server, head(server, line, Content_Length="5000", Expect="100-continue", **headers))
    assert_is_error(given, status, code)
    assert given[1]["connection"] == "close"


def test_a_client_that_asks_first_with_a_valid_token_is_told_to_go_on(server):
    with connected(server) as client:
        client.sendall(head(server, Content_Length=str(len(TARGET)), Expect="100-continue"))
        assert client.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(TARGET)
        assert read_answer(client)[0] in (200, 201)


def test_a_body_in_small_pieces_is_imported_and_counted_once(server):
    with connected(server) as client:
        client.sendall(head(server, "GET /integration/health"))
        read_answer(client)
        client.sendall(head(server, Content_Length=str(len(TARGET)), Expect="100-continue"))
        client.recv(25)
        for number in range(len(TARGET)):
            client.sendall(TARGET[number : number + 1])
        assert read_answer(client)[2]["totalItems"] == 1


def test_requests_that_are_sent_together_are_answered_in_their_order(server):
    one = head(server, Content_Length=str(len(TARGET))) + TARGET
    with connected(server) as client, closing(client.makefile("rb")) as stream:
        client.sendall(one + head(server, "GET /targets/0") + head(server, "GET /integration/health"))
        statuses = []
        while len(statuses) < 3:
            line = stream.readline()
            statuses += [int(line.split()[1])] if line.startswith(b"HTTP/1.1 ") else []
            if line.lower().startswith(b"content-length"):
                length = int(line.split()[1])
            if line == b"\r\n":
                stream.read(length)
    assert statuses[0] in (200, 201)
    assert statuses[1:] == [404, 200]


def test_a_client_that_offers_http_2_is_answered_in_http_1(server):
    offer = {
        "Connection": "Upgrade, HTTP2-Settings",
        "Upgrade": "h2c",
        "HTTP2-Settings": "AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
    }
    with connected(server) as client:
        for _ in range(2):
            client.sendall(head(server, Content_Length=str(len(TARGET)), **offer) + TARGET)
            assert read_answer(client)[0] in (200, 201)
        client.sendall(head(server, "GET /integration/health", **offer))
        assert read_answer(client)[0] == 200


def test_a_header_with_an_underscore_does_not_stand_for_one_with_a_hyphen(server):
    request = head(server, "GET /integration/health").replace(b"\r\n\r\n", b"\r\nX_Correlation_Id: c-7\r\n\r\n")
    status, headers, _answer = answer(server, request)
    assert status == 200
    assert headers["x-correlation-id"] != "c-7"


def test_many_clients_that_reset_their_connection_do_no_harm(server):
    for _ in range(50):
        with connected(server) as client:
            client.sendall(head(server, Content_Length="5000") + b"{")
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    assert answer(server, head(server, "GET /integration/health"))[0] == 200


def test_slow_clients_without_a_token_are_refused_and_others_are_served(server):
    with ExitStack() as stack:
        slow = [stack.enter_context(connected(server)) for _ in range(100)]
        for client in slow:
            client.sendall(b"POST /inbound/targets HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5000\r\n\r\n{")
        assert answer(server, head(server, "GET /integration/health"))[0] == 200
        assert {read_answer(client)[0] for client in slow} <= {401, 429}


def test_a_busy_server_answers_that_it_is_busy(start_server):
    narrow = {"WEB_CONCURRENCY": "1", "WEB_THREADS": "1", "REQUEST_QUEUE_SECONDS": "1", "REQUEST_SECONDS": "1"}
    with start_server(**narrow) as server, server.connect() as other, connected(server) as first:
        other.execute("LOCK TABLE inbound_apitoken")
        first.sendall(head(server, "GET /integration/health"))
        overdue = read_answer(first)
        refused = answer(server, head(server, "GET /integration/health"))
        other.rollback()
    assert overdue[2]["error"]["message"].startswith("The request took longer than 1 seconds")
    assert refused[2]["error"]["message"].startswith("The service is busy.")
    for given in overdue, refused:
        assert_is_error(given, 503, "unavailable")
        assert int(given[1]["retry-after"]) > 0


@pytest.fixture(scope="module")
def impatient(start_server):
    with start_server(WEB_CONCURRENCY="1", REQUEST_HEAD_SECONDS="1", REQUEST_BODY_SECONDS="1") as server:
        yield server


def test_a_head_that_does_not_arrive_is_refused(impatient):
    assert_is_error(answer(impatient, b"GET /targets HTTP/1.1\r\nHost: local"), 408, "request_timeout")


def test_a_body_that_does_not_arrive_is_refused(impatient):
    assert_is_error(answer(impatient, head(impatient, Content_Length="100") + b"{"), 408, "request_timeout")


def test_a_connection_without_a_request_ends_without_an_answer(impatient):
    with connected(impatient) as client:
        assert client.recv(100) == b""


def test_the_head_of_a_later_request_must_arrive_too(impatient):
    with connected(impatient) as client:
        client.sendall(head(impatient, "GET /integration/health"))
        assert read_answer(client)[0] == 200
        client.sendall(b"GET /targets HTTP/1.1\r\nHost: local")
        assert_is_error(read_answer(client), 408, "request_timeout")


def test_an_endless_body_is_refused_when_it_is_over_the_limit(server):
    chunk = b"%x\r\n%b\r\n" % (1_000_000, b" " * 1_000_000)
    with connected(server) as client:
        client.sendall(head(server, "POST /inbound/targets/batch", Transfer_Encoding="chunked"))
        for _ in range(settings.MAX_BACKGROUND_BODY_BYTES // 1_000_000 + 1):
            client.sendall(chunk)
        assert_is_error(read_answer(client), 413, "payload_too_large")


@pytest.fixture(scope="module")
def narrow(start_server):
    limits = {"MAX_CONNECTIONS": "6", "MAX_CONNECTIONS_OF_ADDRESS": "4", "UNREAD_ANSWER_SECONDS": "1"}
    with start_server(WEB_CONCURRENCY="1", **limits) as server:
        yield server


def repeated_statuses(server: Server) -> Iterator[int]:
    """Yield the status of many requests, because a server notices the end of other connections a moment later."""
    return (answer(server, head(server, "GET /integration/health"))[0] for _ in range(5_000))


def test_a_connection_beyond_the_limit_of_its_address_is_refused(narrow):
    with ExitStack() as stack:
        for _ in range(4):
            stack.enter_context(connected(narrow))
        with connected(narrow) as beyond:
            assert_is_error(read_answer(beyond), 503, "unavailable")
    assert 200 in repeated_statuses(narrow)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have only one address of the loopback interface")
def test_a_connection_beyond_the_limit_of_the_process_is_refused(narrow):
    with ExitStack() as stack:
        for number in range(6):
            stack.enter_context(connected(narrow, source=f"127.0.0.{2 + number % 2}"))
        with connected(narrow, source="127.0.0.4") as beyond:
            assert_is_error(read_answer(beyond), 503, "unavailable")
    assert 200 in repeated_statuses(narrow)


def test_a_client_that_does_not_read_its_answers_is_disconnected(narrow):
    with ExitStack() as stack:
        deaf, *_idle = (stack.enter_context(connected(narrow)) for _ in range(4))
        assert 503 in repeated_statuses(narrow)
        deaf.sendall(head(narrow, "GET /openapi.json") * 400)
        assert 200 in repeated_statuses(narrow)  # one of the four places is free again


def test_a_client_that_closes_its_side_after_a_request_is_answered(server):
    with connected(server) as client:
        client.sendall(head(server, Content_Length=str(len(TARGET))) + TARGET)
        client.shutdown(socket.SHUT_WR)
        assert read_answer(client)[0] in (200, 201)


def test_a_form_that_is_announced_over_the_limit_is_refused_at_once(server):
    request = head(server, "POST /admin/login/", Content_Length=str(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)) + b"a"
    assert_is_error(answer(server, request), 413, "payload_too_large")
