"""Secrets are in no log, answer, history or dump, however requests end. Error answers tell nothing of the inside."""

import json
import os
import re
from contextlib import contextmanager

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from tests.servers import another_server, database_url
from tests.staff_browser import StaffBrowser

PASSWORD, NEW_PASSWORD, WRONG_PASSWORD = "staff-Passw0rd-one", "staff-Passw0rd-two", "staff-Passw0rd-wrong"
DATABASE_PASSWORD = "database-Passw0rd"
JWT = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
INSIDE = ["Traceback", "SELECT ", "INSERT ", "psycopg", "site-packages", "importjobs_importitem"]
OWN_PATH = re.compile(r"(?<!/static)/ordinavo/")
TOKENS_PAGE = "/admin/inbound/apitoken/"


class Evidence:
    """What a server wrote, answered and stored while it was used, and the secrets that it had to do with."""

    def __init__(self, folder):
        self.output = folder / "output"
        self.secrets = {"SECRET_KEY": settings.SECRET_KEY, "TOKEN_SIGNING_KEY": settings.TOKEN_SIGNING_KEY}
        self.secrets |= {"the password of the database": DATABASE_PASSWORD, "a password": PASSWORD}
        self.secrets |= {"a new password": NEW_PASSWORD, "a wrong password": WRONG_PASSWORD}
        self.answers, self.errors, self.rows = [], [], {}

    def found_in(self, text, *, without=()):
        """Return the names of the secrets that a text contains."""
        return [name for name, secret in self.secrets.items() if name not in without and secret in text]


@contextmanager
def written_to(path):
    """Let this process and those that it starts write their output to a file."""
    saved = [os.dup(1), os.dup(2)]
    with path.open("wb") as file:
        os.dup2(file.fileno(), 1), os.dup2(file.fileno(), 2)
        try:
            yield
        finally:
            os.dup2(saved[0], 1), os.dup2(saved[1], 2)


def add_superuser(connection):
    password = PBKDF2PasswordHasher().encode(PASSWORD, "salt", iterations=1_000)
    connection.execute(
        "INSERT INTO auth_user (username, password, is_superuser, is_staff, is_active, first_name, last_name, email, "
        "date_joined) VALUES ('dora', %s, true, true, true, '', '', '', now())",
        [password],
    )


def use_pages(browser, evidence, connection):
    """Log in with a wrong and the right password, issue and rotate a token, and change passwords."""
    browser.submit("/admin/login/", username="dora", password=WRONG_PASSWORD)
    browser.submit("/admin/login/", username="dora", password=PASSWORD)
    evidence.secrets["a session"] = browser.cookie("sessionid")
    (system,) = connection.execute("SELECT id FROM targets_sourcesystem ORDER BY id LIMIT 1").fetchone()
    rights = {"scopes": ["targets.read"], "source_systems": str(system), "rate_limit": "0", "valid_for": "30"}
    issued = browser.submit(f"{TOKENS_PAGE}add/", name="Shop", **rights)
    evidence.secrets["an issued token"] = JWT.search(issued)[0]
    (number,) = connection.execute("SELECT id FROM inbound_apitoken WHERE name = 'Shop'").fetchone()
    evidence.secrets["a rotated token"] = JWT.search(browser.submit(f"{TOKENS_PAGE}{number}/rotate/", days="7"))[0]
    browser.submit("/admin/password_change/", old_password=WRONG_PASSWORD, new_password1="x", new_password2="x")
    passwords = {"new_password1": NEW_PASSWORD, "new_password2": NEW_PASSWORD}
    browser.submit("/admin/password_change/", old_password=PASSWORD, **passwords)
    evidence.secrets["the session after it"] = browser.cookie("sessionid")
    browser.submit("/admin/auth/user/add/", username="anna", password1=PASSWORD, password2=WRONG_PASSWORD)
    for path in (TOKENS_PAGE, f"{TOKENS_PAGE}{number}/change/", f"{TOKENS_PAGE}{number}/history/", "/admin/nothing/"):
        browser.send(path)


def use_api(client, token):
    """Import with good and bad bodies, with and without an Idempotency-Key, and with bad tokens."""
    json_type = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    good = {"externalId": "SECRET-1", "title": "Delivery"}
    for body in (good, {"title": "no id"}, good | {"planning": {"routeDate": "never"}}):
        client.send("/inbound/targets", json.dumps(body).encode(), **json_type, **{"Idempotency-Key": "key-1"})
    client.send("/inbound/targets", b'{"title": ', **json_type)
    client.send("/inbound/targets/batch", json.dumps({"targets": [good]}).encode(), **json_type)
    client.send("/targets?unknown=1", Authorization=f"Bearer {token}")
    for wrong in (f"Bearer {token}x", f"Basic {token}", token, f"Bearer {token[:-4]}AAAA"):
        client.send("/integration/health", Authorization=wrong)


def break_everything(browser, client, evidence, connection):
    """Let pages and the API fail, because a table is missing."""
    before = len(browser.answers), len(client.answers)
    connection.execute("ALTER TABLE importjobs_importitem RENAME TO elsewhere")
    try:
        use_api(client, evidence.secrets["a token of the command"])
        browser.send("/admin/importjobs/importitem/")
        browser.send("/admin/")
    finally:
        connection.execute("ALTER TABLE elsewhere RENAME TO importjobs_importitem")
    evidence.errors = browser.answers[before[0] :] + client.answers[before[1] :]


def stored_texts(connection):
    """Return all rows of each table as one text, as a dump would have them."""
    tables = connection.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    ).fetchall()
    query = "SELECT string_agg(to_jsonb(row)::text, ' ') FROM {} AS row"
    return {table: connection.execute(query.format(f'"{table}"')).fetchone()[0] or "" for (table,) in tables}


@pytest.fixture(scope="module")
def evidence(start_server, tmp_path_factory):
    found = Evidence(tmp_path_factory.mktemp("secrets"))
    with start_server() as first:
        url = database_url(first.database).replace(":@", f":{DATABASE_PASSWORD}@", 1)
        production = {
            "DJANGO_SETTINGS_MODULE": "tests.production_settings",
            "DEBUG": "false",
            "HTTPS_ONLY": "false",
            "ALLOWED_HOSTS": "127.0.0.1",
            "LOG_LEVEL": "DEBUG",
        }
        with (
            first.connect(autocommit=True) as connection,
            written_to(found.output),
            another_server(first, DATABASE_URL=url, **production) as server,
        ):
            browser, client = StaffBrowser(server.base_url), StaffBrowser(server.base_url)
            found.secrets["a token of the command"] = server.token
            add_superuser(connection)
            use_pages(browser, found, connection)
            use_api(client, server.token)
            break_everything(browser, client, found, connection)
            found.answers, found.rows = browser.answers + client.answers, stored_texts(connection)
    return found


def test_no_secret_is_logged(evidence):
    logged = evidence.output.read_text()
    assert '"event":"unhandled_exception"' in logged
    assert '"path":"/admin/login/"' in logged
    assert evidence.found_in(logged) == []


def test_the_failure_of_a_page_is_logged_with_its_traceback(evidence):
    failures = [line for line in evidence.output.read_text().splitlines() if '"event":"unhandled_exception"' in line]
    assert any("contrib/admin" in line and "ProgrammingError" in line for line in failures)


def test_no_secret_is_stored(evidence):
    found = {
        table: names
        for table, text in evidence.rows.items()
        if (names := evidence.found_in(text, without=["a session", "the session after it"]))
    }
    assert found == {}
    assert "SECRET-1" in evidence.rows["importjobs_importitem"]


def test_a_session_is_stored_in_its_own_table_only(evidence):
    sessions = ["a session", "the session after it"]
    tables = [table for table, text in evidence.rows.items() if set(evidence.found_in(text)) & set(sessions)]
    assert tables == ["django_session"]


def test_a_token_is_answered_once_and_no_other_secret_is_answered(evidence):
    bodies = [re.sub(r"(?im)^Set-Cookie:.*$", "", answer) for answer in evidence.answers]
    found = [name for body in bodies for name in evidence.found_in(body)]
    assert sorted(found) == ["a rotated token", "an issued token"]


def test_error_answers_show_nothing_of_the_inside(evidence):
    assert any('"code":"internal_error"' in answer for answer in evidence.errors)
    assert any("Something went wrong" in answer for answer in evidence.errors)
    assert [word for word in INSIDE if any(word in answer for answer in evidence.errors)] == []
    assert not any(OWN_PATH.search(answer) for answer in evidence.errors)


def test_no_answer_names_the_version_of_a_component(evidence):
    servers = {line for answer in evidence.answers for line in re.findall(r"(?im)^(?:server|x-powered-by):.*$", answer)}
    assert not any(re.search(r"\d", line) for line in servers)
