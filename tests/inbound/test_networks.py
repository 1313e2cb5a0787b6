"""A token that is restricted to networks is refused from everywhere else."""

from ipaddress import ip_network

import pytest

from tests.api import Api
from tests.factories import ApiTokenFactory
from tests.queries import count_queries

HEALTH = "/integration/health"
OFFICE = ["192.0.2.0/24", "198.51.100.7", "2001:db8::/32"]


@pytest.fixture
def restricted(erp):
    return Api(ApiTokenFactory(source_systems=[erp], allowed_networks=OFFICE))


def ask(api, address, **headers):
    api.client.defaults["REMOTE_ADDR"] = address
    return api.get(HEALTH, **headers)


@pytest.mark.parametrize("address", ["192.0.2.1", "192.0.2.255", "198.51.100.7", "2001:db8::1", "::ffff:192.0.2.1"])
def test_the_token_works_from_an_allowed_network(restricted, address):
    assert ask(restricted, address).status_code == 200


@pytest.mark.parametrize("address", ["192.0.3.1", "198.51.100.8", "2001:db9::1", "unknown"])
def test_the_token_is_refused_from_elsewhere_and_the_message_names_the_address(restricted, address):
    response = ask(restricted, address)
    assert (response.status_code, response.json()["error"]["code"]) == (403, "address_not_allowed")
    assert f"from the address {address}." in response.json()["error"]["message"]
    assert "WWW-Authenticate" not in response


def test_the_message_names_an_ipv4_address_as_such_if_the_server_writes_it_as_ipv6(restricted):
    message = ask(restricted, "::ffff:192.0.3.1").json()["error"]["message"]
    assert "from the address 192.0.3.1." in message


def test_the_token_is_refused_if_the_address_is_not_known(restricted):
    assert "whose address is not known" in ask(restricted, "").json()["error"]["message"]


def test_a_token_without_networks_works_from_everywhere(api):
    assert ask(api, "203.0.113.9").status_code == 200
    assert ask(api, "").status_code == 200


def test_the_address_that_a_trusted_proxy_forwards_counts(restricted, settings):
    assert ask(restricted, "192.0.2.1", **{"X-Forwarded-For": "203.0.113.9"}).status_code == 200
    settings.TRUSTED_PROXIES = [*settings.TRUSTED_PROXIES, *_networks("192.0.2.1/32")]
    assert ask(restricted, "192.0.2.1", **{"X-Forwarded-For": "203.0.113.9"}).status_code == 403
    assert ask(restricted, "192.0.2.1", **{"X-Forwarded-For": "192.0.2.9, 203.0.113.9"}).status_code == 403
    assert ask(restricted, "192.0.2.1", **{"X-Forwarded-For": "203.0.113.9, 192.0.2.9"}).status_code == 200


@pytest.mark.parametrize("connected", ["127.0.0.1", "::ffff:127.0.0.1", "::FFFF:7f00:1"])
def test_a_trusted_proxy_is_recognised_on_a_dual_stack_socket(restricted, settings, connected):
    settings.TRUSTED_PROXIES = _networks("127.0.0.1", "10.0.0.0/8")
    assert ask(restricted, connected, **{"X-Forwarded-For": "203.0.113.9"}).status_code == 403
    assert ask(restricted, connected, **{"X-Forwarded-For": "192.0.2.1"}).status_code == 200
    assert ask(restricted, connected, **{"X-Forwarded-For": "192.0.2.1, ::ffff:10.0.0.1"}).status_code == 200
    assert ask(restricted, connected, **{"X-Forwarded-For": "::ffff:192.0.2.1"}).status_code == 200


def _networks(*texts):
    return [ip_network(text) for text in texts]


def test_the_address_is_checked_before_the_scope_and_the_body(erp):
    reader = Api(ApiTokenFactory(source_systems=[erp], scopes=["targets.read"], allowed_networks=OFFICE))
    assert reader.post(b"{").json()["error"]["code"] == "address_not_allowed"
    assert reader.post(b"{", "/inbound/targets/batch").json()["error"]["code"] == "address_not_allowed"


def test_an_invalid_token_is_unauthorized_from_everywhere(db):
    assert ask(Api(raw="abc"), "203.0.113.9").status_code == 401


def test_requests_from_elsewhere_count_for_the_token_and_not_as_failed_authentications(erp, settings):
    settings.FAILED_AUTHENTICATIONS_PER_MINUTE = 1
    api = Api(ApiTokenFactory(source_systems=[erp], rate_limit=1000, allowed_networks=OFFICE))
    assert [ask(api, "203.0.113.9").status_code for _ in range(3)] == [403, 403, 403]
    assert int(ask(api, "192.0.2.1")["X-RateLimit-Remaining"]) <= 996


def test_the_check_makes_no_query_of_its_own(api, restricted):
    ask(api, "192.0.2.1")
    ask(restricted, "192.0.2.1")
    expected = count_queries(lambda: ask(api, "192.0.2.1"))
    assert count_queries(lambda: ask(restricted, "192.0.2.1")) == expected
    assert count_queries(lambda: ask(restricted, "203.0.113.9")) == expected


def test_a_change_of_the_networks_takes_effect_with_the_next_request(api, token):
    assert ask(api, "203.0.113.9").status_code == 200
    token.allowed_networks = OFFICE
    token.save()
    assert ask(api, "203.0.113.9").status_code == 403
