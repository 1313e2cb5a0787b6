"""The web server checks who uploads a file before it receives the file."""

import socket
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from ordinavo.middleware import UPLOAD_PATH
from tests.staff_browser import StaffBrowser

PASSWORD = "staff-Passw0rd-one"
ADD_USER = (
    "INSERT INTO auth_user (username, password, is_superuser, is_staff, is_active, first_name, last_name, email, "
    "date_joined) VALUES (%s, %s, %s, true, true, '', '', '', now())"
)


@pytest.fixture(scope="module")
def server(start_server):
    with start_server(WEB_CONCURRENCY="1") as started:
        password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1_000)
        with started.connect(autocommit=True) as database:
            database.execute(ADD_USER, ["importer", password, True])
            database.execute(ADD_USER, ["viewer", password, False])
        yield started


def answer_to_head(server, browser):
    """Return the first line of the answer to an upload of which only the head was sent."""
    where = urlsplit(server.base_url)
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies)
    head = f"POST {UPLOAD_PATH} HTTP/1.1\r\nHost: {where.netloc}\r\nCookie: {cookies}\r\n"
    head += "Content-Type: multipart/form-data; boundary=part\r\nContent-Length: 9000000\r\n"
    with socket.create_connection((where.hostname, where.port), timeout=30) as client:
        client.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        return client.makefile("rb").readline().strip()


@pytest.fixture
def browser(server):
    """Return a browser that has opened the login, and so has the cookie that forms need."""
    browser = StaffBrowser(server.base_url)
    browser.send("/admin/login/")
    return browser


def test_staff_who_may_import_files_are_told_to_go_on(server, browser):
    browser.submit("/admin/login/", username="importer", password=PASSWORD)
    assert answer_to_head(server, browser) == b"HTTP/1.1 100 Continue"


def test_staff_who_may_not_import_files_are_refused_before_the_file_is_received(server, browser):
    browser.submit("/admin/login/", username="viewer", password=PASSWORD)
    assert answer_to_head(server, browser) == b"HTTP/1.1 403 Forbidden"


def test_a_stranger_is_refused_before_the_file_is_received(server, browser):
    assert answer_to_head(server, browser) == b"HTTP/1.1 403 Forbidden"
