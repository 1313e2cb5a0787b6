"""Where only HTTPS is served, the API refuses plain HTTP instead of redirecting it. Pages for a browser redirect."""

from ipaddress import ip_network

import pytest
from django.test import Client

from tests.api import Api


@pytest.fixture(autouse=True)
def https_only(settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000


@pytest.mark.parametrize("method", ["get", "head", "post", "put", "patch", "delete", "options", "trace"])
@pytest.mark.parametrize("path", ["/targets", "/inbound/targets", "/api/connect/v1/nowhere", "/openapi.json"])
def test_every_method_is_refused_and_not_redirected(api, method, path):
    response = getattr(api.client, method)(path, headers=api.headers)
    assert response.status_code == 403
    assert response["Content-Type"] == "application/json"
    assert response["X-Correlation-Id"]
    assert "Location" not in response
    assert "Strict-Transport-Security" not in response


def test_the_message_says_that_the_token_is_known_to_others_now(api):
    error = api.post({"externalId": "DEL-1", "title": "Delivery"}).json()["error"]
    assert error["code"] == "https_required"
    assert "crossed the network in the clear: have it replaced" in error["message"]


def test_the_message_names_no_token_if_none_was_sent():
    message = Api().post({}).json()["error"]["message"]
    assert message == "This service answers at https:// only. Use https://."


@pytest.mark.django_db
def test_nothing_is_asked_of_the_database(api, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert Api(raw="forged").get("/targets").status_code == 403
        assert api.get("/targets").status_code == 403


@pytest.mark.parametrize("path", ["/", "/admin/", "/admin/login/"])
def test_pages_for_a_browser_are_redirected(path):
    response = Client().get(path)
    assert (response.status_code, response["Location"]) == (301, f"https://testserver{path}")


def test_https_is_served_with_hsts(api):
    response = api.client.get("/targets", headers=api.headers, secure=True)
    assert response.status_code == 200
    assert "max-age=31536000" in response["Strict-Transport-Security"]


def test_a_trusted_proxy_on_a_dual_stack_socket_can_say_that_the_client_used_https(api, settings):
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.0/8")]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    api.client.defaults["REMOTE_ADDR"] = "::ffff:127.0.0.1"
    assert api.get("/integration/health", **{"X-Forwarded-Proto": "https"}).status_code == 200


@pytest.mark.parametrize(("trusted", "status"), [("127.0.0.0/8", 200), ("10.0.0.0/8", 403)])
def test_only_a_trusted_proxy_can_say_that_the_client_used_https(api, settings, trusted, status):
    settings.TRUSTED_PROXIES = [ip_network(trusted)]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    assert api.get("/integration/health", **{"X-Forwarded-Proto": "https"}).status_code == status
