"""The log line of each request, and what is logged of refused and failed ones."""

import json

import pytest
from django.test import Client

from tests.api import Api


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


@pytest.mark.parametrize("path", ["/targets", "/admin/"])
def test_a_foreign_host_is_logged_in_one_line_as_a_warning_beside_the_request(settings, path, lines, caplog):
    settings.ALLOWED_HOSTS = ["connect.example.com"]
    assert Client().get(path, headers={"Host": "evil.example.com"}).status_code == 400
    [request] = lines()
    assert (request["path"], request["status"]) == (path, 400)
