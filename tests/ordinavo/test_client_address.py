"""The address of a client, from the connection and from X-Forwarded-For."""

from ipaddress import ip_network

import pytest
from django.test import RequestFactory

from ordinavo.common.client_address import client_address


@pytest.mark.parametrize(("connected", "address"), [("192.0.2.1", "203.0.113.9"), ("198.51.100.1", "198.51.100.1")])
def test_a_forwarded_address_counts_only_if_a_trusted_proxy_sent_it(settings, connected, address):
    settings.TRUSTED_PROXIES = [ip_network("192.0.2.0/24")]
    request = RequestFactory().get("/", headers={"X-Forwarded-For": "203.0.113.9"}, REMOTE_ADDR=connected)
    assert client_address(request) == address
