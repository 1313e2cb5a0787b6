"""The log line of each request, and what is logged of refused and failed ones."""

import json

import pytest
from django.db import connection

from tests.api import Api
from tests.ordinavo.test_settings import PRODUCTION, manage


@pytest.fixture
def lines(capfd):
    """Return a function that reads the log lines that were written since."""

    def read():
        return [json.loads(line) for line in capfd.readouterr().err.splitlines()]

    return read


def test_a_request_is_logged_with_its_route_and_its_token(api, token, lines):
    assert api.get("/targets/1").status_code == 404
    [line] = lines()
    assert (line["route"], line["path"], line["error_code"]) == ("/targets/<int:pk>", "/targets/1", "not_found")
    assert line["token"] == f"ERP nightly push ({token.pk})"
    assert "client" not in line


def test_a_request_without_a_token_is_logged_with_the_address_of_its_client(db, lines):
    assert Api().get("/targets").status_code == 401
    [line] = lines()
    assert (line["error_code"], line["client"]) == ("unauthorized", "127.0.0.1")
    assert "token" not in line


def test_a_foreign_host_is_logged_in_one_line_as_a_warning_beside_the_request():
    script = (
        "import logging; from django.test import Client\n"
        "Client().get('/targets', secure=True, headers={'Host': 'evil.example.com'})\n"
        "logging.getLogger('django.security.TooManyFieldsSent').error('Too many fields', exc_info=ValueError())\n"
    )
    done = manage("shell", "-v0", "-c", script, **PRODUCTION, PYTHONWARNINGS="ignore")
    host, request, fields = (json.loads(line) for line in done.stderr.splitlines())
    assert (host["logger"], host["level"]) == ("django.security.DisallowedHost", "warning")
    assert (request["path"], request["status"], request["error_code"]) == ("/targets", 400, "bad_request")
    assert (fields["level"], "exception" in host, "exception" in fields) == ("warning", False, False)


def test_an_exception_in_a_page_for_staff_is_logged_with_its_type_and_without_its_message(staff, caplog):
    message = " ".join(["Anna", "Weber"])  # the traceback quotes this line

    def fail(run, sql, params, many, context):
        if "importjobs_importjob" in sql:
            raise ZeroDivisionError(message)
        return run(sql, params, many, context)

    staff.raise_request_exception = False
    with connection.execute_wrapper(fail):
        assert staff.get("/admin/importjobs/importjob/").status_code == 500
    assert "unhandled_exception" in caplog.text
    assert "ZeroDivisionError" in caplog.text
    assert message not in caplog.text
