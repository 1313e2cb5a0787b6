"""The web server sends a large file part by part, and a slow client keeps nothing from others."""

import hashlib
import socket
from contextlib import ExitStack
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from tests.staff_browser import StaffBrowser

NARROW = {"WEB_CONCURRENCY": "1", "WEB_THREADS": "4", "DATABASE_POOL_SIZE": "2"}
PASSWORD = "staff-Passw0rd-one"
PARTS = 40
PART = b"0123456789abcdef" * 65_536  # a MiB
DOWNLOAD = "/admin/exports/export/1/download/"


@pytest.fixture(scope="module")
def server(start_server):
    with start_server(**NARROW) as started:
        with started.connect(autocommit=True) as database:
            store_export(database)
        yield started


def store_export(database):
    """Store a user and an export of PARTS parts."""
    password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1_000)
    database.execute(
        "INSERT INTO auth_user (id, username, password, is_superuser, is_staff, is_active, first_name, last_name, "
        "email, date_joined) VALUES (777, 'dora', %s, true, true, true, '', '', '', now())",
        [password],
    )
    database.execute(
        "INSERT INTO files_storedfile (id, name, content_type, size, sha256, created_at) "
        "VALUES (777, 'Target.csv', 'text/csv', %s, '', now())",
        [PARTS * len(PART)],
    )
    for number in range(PARTS):
        database.execute("INSERT INTO files_filepart (file_id, number, content) VALUES (777, %s, %s)", [number, PART])
    database.execute(
        "INSERT INTO exports_export (id, owner_id, model, query, format, language, status, failure, total_rows, "
        "written_rows, attempts, file_id, created_at, finished_at) "
        "VALUES (1, 777, 'targets.Target', '', 'csv', 'en', 'Completed', '', 1, 1, 1, 777, now(), now())"
    )


@pytest.fixture(scope="module")
def cookie(server):
    browser = StaffBrowser(server.base_url)
    browser.submit("/admin/login/", username="dora", password=PASSWORD)
    return f"sessionid={browser.cookie('sessionid')}"


def open_slowly(server, cookie):
    """Ask for the file, and read no more than the first bytes of the answer."""
    where = urlsplit(server.base_url)
    client = socket.create_connection((where.hostname, where.port), timeout=30)
    client.sendall(f"GET {DOWNLOAD} HTTP/1.1\r\nHost: {where.netloc}\r\nCookie: {cookie}\r\n\r\n".encode())
    assert client.recv(12) == b"HTTP/1.1 200"
    return client


def test_a_large_file_arrives_as_it_was_stored(server, cookie):
    with urlopen(Request(server.base_url + DOWNLOAD, headers={"Cookie": cookie}), timeout=60) as answer:
        content = answer.read()
        assert int(answer.headers["Content-Length"]) == len(content)
    assert hashlib.sha256(content).digest() == hashlib.sha256(PART * PARTS).digest()


def test_slow_downloads_hold_neither_threads_nor_connections(server, cookie):
    with ExitStack() as clients:
        for _client in range(8):
            clients.enter_context(open_slowly(server, cookie))
        health = Request(f"{server.base_url}/integration/health", headers={"Authorization": f"Bearer {server.token}"})
        statuses = [urlopen(health, timeout=30).status for _ in range(10)]
        page = urlopen(Request(f"{server.base_url}/admin/exports/export/1/", headers={"Cookie": cookie}), timeout=30)
        assert (set(statuses), page.status) == ({200}, 200)


def test_a_download_that_a_client_ends_leaves_the_server_working(server, cookie):
    for _client in range(8):
        open_slowly(server, cookie).close()
    with urlopen(Request(server.base_url + DOWNLOAD, headers={"Cookie": cookie}), timeout=60) as answer:
        assert len(answer.read()) == PARTS * len(PART)
