"""The address of a client, from the connection and from X-Forwarded-For."""

from ipaddress import ip_network

import pytest
from django.test import Client, RequestFactory

from ordinavo.common.client_address import client_address


@pytest.mark.parametrize(("connected", "address"), [("192.0.2.1", "203.0.113.9"), ("198.51.100.1", "198.51.100.1")])
def test_a_forwarded_address_counts_only_if_a_trusted_proxy_sent_it(settings, connected, address):
    settings.TRUSTED_PROXIES = [ip_network("192.0.2.0/24")]
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "203.0.113.9"}, REMOTE_ADDR=connected)
    assert client_address(request) == address


@pytest.mark.parametrize(("name", "address"), [("For", "192.0.2.81"), ("Proto", "192.0.2.82"), ("Host", "192.0.2.83")])
def test_ignored_headers_of_a_proxy_are_logged_once_for_its_address(db, caplog, name, address):
    for _time in range(3):
        Client(REMOTE_ADDR=address).get("/targets", headers={f"X-Forwarded-{name}": "https"})
    assert [record.getMessage() for record in caplog.records if "TRUSTED_PROXIES" in record.getMessage()] == [
        f"X-Forwarded headers from {address} ignored, see TRUSTED_PROXIES"
    ]


def test_each_address_whose_headers_are_ignored_is_logged(db, caplog):
    for address in ("192.0.2.84", "192.0.2.85"):
        Client(REMOTE_ADDR=address).get("/targets", headers={"X-Forwarded-For": "203.0.113.9"})
    assert all(f"from {address} ignored" in caplog.text for address in ("192.0.2.84", "192.0.2.85"))


def test_nothing_is_logged_of_a_trusted_proxy_or_of_a_request_without_such_headers(db, caplog, settings):
    settings.TRUSTED_PROXIES = [ip_network("192.0.2.86")]
    Client(REMOTE_ADDR="192.0.2.86").get("/targets", headers={"X-Forwarded-For": "203.0.113.9"})
    Client(REMOTE_ADDR="192.0.2.87").get("/targets")
    assert "TRUSTED_PROXIES" not in caplog.text
