"""Rate limits: requests are counted before they are handled, by all processes together."""

import json
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network

import pytest
from django.core.management import call_command
from django.db import connection

from importjobs.models import ImportJob
from inbound import tokens
from inbound.models import ApiToken, RateWindow
from tests.api import Api
from tests.queries import count_queries

HEALTH = "/integration/health"


@pytest.fixture
def limited(api, token):
    token.rate_limit = 2
    token.save()
    return api


def next_minute():
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inbound_ratewindow SET minute = minute - 1")


def test_every_answer_states_the_limit_and_what_remains(limited):
    response = limited.get(HEALTH)
    assert (response["X-RateLimit-Limit"], response["X-RateLimit-Remaining"]) == ("2", "1")
    window = RateWindow.objects.get()
    assert response["X-RateLimit-Reset"] == str((window.minute + 1) * 60)
    assert limited.get("/targets/1")["X-RateLimit-Remaining"] == "0"


def test_a_request_over_the_limit_is_refused_until_the_minute_ends(limited):
    for _ in range(2):
        limited.get(HEALTH)
    response = limited.post({"externalId": "DEL-1", "title": "Delivery"})
    assert (response.status_code, response.json()["error"]["code"]) == (429, "rate_limited")
    assert 1 <= int(response["Retry-After"]) <= 60
    assert response["X-RateLimit-Remaining"] == "0"
    assert not ImportJob.objects.exists()
    next_minute()
    assert limited.get(HEALTH).status_code == 200


def test_an_exceeded_limit_is_reported_before_a_malformed_body(limited):
    for _ in range(2):
        limited.get(HEALTH)
    assert limited.post(b'{"title": ').status_code == 429


def test_a_limit_of_0_is_no_limit(api, token):
    token.rate_limit = 0
    token.save()
    assert "X-RateLimit-Limit" not in api.get(HEALTH)
    assert not RateWindow.objects.exists()


def test_counting_a_request_takes_no_query_of_its_own(api):
    assert count_queries(lambda: api.get(HEALTH)) == 1


def test_a_token_is_issued_with_a_limit_and_its_rotation_keeps_it(erp, capsys):
    call_command("issue_token", "A", source_system=["logistics_erp"], scope=["targets.read"], rate_limit=7)
    assert ApiToken.objects.get().rate_limit == 7
    new, _raw = tokens.rotate(token=ApiToken.objects.get(), days=1)
    assert new.rate_limit == 7


class TestFailedAuthentication:
    @pytest.fixture(autouse=True)
    def limit(self, settings):
        settings.FAILED_AUTHENTICATIONS_PER_MINUTE = 2

    @pytest.mark.parametrize("raw", [None, "forged"])
    def test_is_counted_by_address(self, db, raw):
        answers = [Api(raw=raw).get(HEALTH) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [401, 401, 429]
        assert answers[2].json()["error"]["code"] == "rate_limited"
        assert [answer["X-RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]

    def test_does_not_block_a_valid_token_from_the_same_address(self, api):
        for _ in range(3):
            Api(raw="forged").get(HEALTH)
        assert api.get(HEALTH).status_code == 200

    def test_ignores_a_forwarded_address_from_an_unknown_proxy(self, db):
        answers = [Api(raw="x").get(HEALTH, **{"X-Forwarded-For": f"203.0.113.{n}"}) for n in range(3)]
        assert [answer.status_code for answer in answers] == [401, 401, 429]

    def test_counts_the_last_address_that_is_not_a_trusted_proxy(self, db, settings):
        settings.TRUSTED_PROXIES = [ip_network("127.0.0.1"), ip_network("10.0.0.0/8")]
        for forwarded in ("203.0.113.1, 10.0.0.1", "203.0.113.1", "198.51.100.1, 203.0.113.1", "203.0.113.2"):
            Api(raw="x").get(HEALTH, **{"X-Forwarded-For": forwarded})
        counts = dict(RateWindow.objects.values_list("key", "count"))
        assert counts == {"address:203.0.113.1": 3, "address:203.0.113.2": 1}

    def test_counts_an_ipv6_network_as_one_address(self, db, settings):
        settings.TRUSTED_PROXIES = [ip_network("127.0.0.1")]
        for address in ("2001:db8::1", "2001:db8::ffff", "2001:db8:1::1"):
            Api(raw="x").get(HEALTH, **{"X-Forwarded-For": address})
        assert set(RateWindow.objects.values_list("count", flat=True)) == {1, 2}

    def test_counts_an_ipv4_address_as_the_same_if_it_is_written_as_ipv6(self, db, settings):
        settings.TRUSTED_PROXIES = [ip_network("127.0.0.1")]
        for address in ("203.0.113.1", "::ffff:203.0.113.1", "::ffff:cb00:7101"):
            Api(raw="x").get(HEALTH, **{"X-Forwarded-For": address})
        assert dict(RateWindow.objects.values_list("key", "count")) == {"address:203.0.113.1": 3}


@pytest.mark.django_db(transaction=True)
def test_simultaneous_requests_are_all_counted(live_server, token):
    token.rate_limit = 20
    token.save()
    headers = {"Authorization": f"Bearer {tokens.encode(token)}"}

    def ask(_):
        try:
            with urllib.request.urlopen(urllib.request.Request(live_server.url + HEALTH, headers=headers)) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return json.load(error)["error"]["code"]

    with ThreadPoolExecutor(8) as pool:
        answers = Counter(pool.map(ask, range(60)))
    allowed = answers[200]
    minutes = RateWindow.objects.get().count  # of the last minute, should one have ended meanwhile
    assert allowed == 20 or (minutes < 60 and allowed <= 40)
    assert allowed + answers["rate_limited"] == 60
