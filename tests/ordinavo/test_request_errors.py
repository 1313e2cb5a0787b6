"""Errors of whole requests have one JSON shape on every path."""

import gc
import json
import logging
import uuid

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.db import OperationalError, connection
from django.test import Client

from importjobs.models import ImportJob
from tests.api import Api

MALFORMED = {
    "nothing": b"",
    "blanks": b"  \n ",
    "no JSON": b"externalId=DEL-1",
    "half an object": b'{"externalId": "DEL-1"',
    "two objects": b"{}{}",
    "a list": b"[]",
    "text": b'"DEL-1"',
    "null": b"null",
    "a key twice": b'{"title": "A", "title": "B"}',
    "a key twice, deep down": b'{"customFields": {"a": {"b": 1, "b": 1}}}',
    "the same key written differently": b'{"title": "A", "t\\u0069tle": "B"}',
    "NaN": b'{"a": NaN}',
    "Infinity": b'{"a": -Infinity}',
    "a null character": b'{"title": "A\\u0000B"}',
    "a null character in a key": b'{"A\\u0000B": 1}',
    "a raw control character": b'{"title": "A\x01B"}',
    "half a surrogate pair in a key twice": b'{"\\ud800": 1, "\\ud800": 2}',
    "half a surrogate pair": b'{"title": "\\ud83d"}',
    "a number of absurd length": b'{"a": ' + b"9" * 101 + b"}",
    "a fraction of absurd length": b'{"a": 0.' + b"1" * 5000 + b"}",
    "an absurd exponent": b'{"a": 1e999999999}',
    "a tiny exponent": b'{"a": 1e-999999999}',
    "an exponent of absurd length": b'{"a": 1e' + b"9" * 5000 + b"}",
    "33 levels": b'{"a":' * 33 + b"1" + b"}" * 33,
    "fifty thousand levels": b'{"a":' + b"[" * 50_000,
    "Latin-1": '{"title": "Köln"}'.encode("latin-1"),
    "UTF-16": '{"title": "Essen"}'.encode("utf-16"),
    "compressed": b"\x1f\x8b\x08\x00\x00",
}


@pytest.mark.parametrize("key", ["%00", "a%00b", "no-such-template", "%20", "a%2Fb", "x" * 300])
def test_a_template_whose_key_cannot_exist_is_not_found(api, key):
    response = api.get(f"/templates/{key}")
    assert (response.status_code, response.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_body_is_refused_and_records_no_job(api, body):
    response = api.post(body)
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "malformed_json"
    assert not ImportJob.objects.exists()


def test_a_body_may_have_32_levels_and_a_byte_order_mark(api):
    body = b'{"a":' * 32 + b"1" + b"}" * 32
    assert api.post(b"\xef\xbb\xbf" + body).status_code == 422


def test_the_message_says_where_the_json_is_broken(api):
    message = api.post('{"externalId": "DEL-1",\n "title": oops}').json()["error"]["message"]
    assert message == "This is not JSON: expected value at line 2 column 11."


def test_a_refused_request_does_not_stay_in_memory(api):
    def kept():
        gc.collect()
        return sum(type(thing) is WSGIRequest for thing in gc.get_objects())

    before = kept()
    for body in (b"{", b" " * (1024 * 1024 + 1), b"[]"):
        assert api.post(body).status_code in (400, 413)
    assert kept() == before


def test_a_body_over_the_limit_is_too_large(api):
    assert api.post(b'{"a": "' + b"x" * 1024 * 1024 + b'"}').status_code == 413
    response = api.post(b" " * (1024 * 1024 + 1))
    assert response.json()["error"]["code"] == "payload_too_large"


def test_a_body_at_the_limit_is_read(api):
    start, end = b'{"externalId": "DEL-1", "title": "A", "x": "', b'"}'
    body = start + b"x" * (1024 * 1024 - len(start) - len(end)) + end
    assert api.post(body).status_code == 201


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "x"])
def test_a_body_that_is_not_declared_as_json_is_refused(api, content_type):
    response = api.client.post("/inbound/targets", b"{}", content_type=content_type, headers=api.headers)
    assert response.status_code == 415
    assert response.json()["error"]["code"] == "unsupported_media_type"


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json; charset=utf-8", 201),
        ('Application/JSON;charset="UTF8"', 201),
        ("application/json; profile=x", 201),
        ("application/json; charset=iso-8859-1", 415),
        ("application/json; charset=utf-16", 415),
        ("application/vnd.orders+json", 415),
    ],
)
def test_a_body_must_be_declared_as_json_in_utf_8(api, content_type, status):
    body = b'{"externalId": "1", "title": "A"}'
    response = api.client.post("/inbound/targets", body, content_type=content_type, headers=api.headers)
    assert response.status_code == status
    assert status == 201 or response.json()["error"]["message"].endswith("Content-Type: application/json.")


def test_an_accept_header_that_excludes_json_is_refused(api):
    assert api.get("/targets", Accept="application/json, text/plain;q=0.5").status_code == 200
    response = api.get("/targets", Accept="application/xml")
    assert response.status_code == 406
    assert response.json()["error"]["code"] == "not_acceptable"


@pytest.mark.parametrize(
    "path", ["/nowhere", "/inbound/targets/", "/api/connect/v1/", "/api/connect/v2/targets", "/targets/%00", "/%ff"]
)
@pytest.mark.parametrize("debug", [True, False])
def test_an_unknown_path_is_answered_in_json(api, settings, path, debug):
    settings.DEBUG = debug
    response = api.get(path)
    assert response.status_code == 404
    assert response["Content-Type"] == "application/json"
    assert response.json()["error"]["code"] == "not_found"


@pytest.mark.parametrize("debug", [True, False])
def test_an_unknown_host_is_answered_in_json(api, settings, debug):
    settings.DEBUG = debug
    response = api.get("/targets", Host="evil example")
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "bad_request"


@pytest.mark.parametrize("path", ["/targets", "/admin/login/", "/openapi.json"])
def test_a_host_that_is_not_allowed_is_refused_on_every_path(api, settings, path):
    settings.ALLOWED_HOSTS = ["connect.example.com"]
    assert api.client.get(path, headers={"Host": "evil.example"}).status_code == 400
    assert api.client.get(path, headers=api.headers | {"Host": "connect.example.com"}).status_code == 200


@pytest.fixture
def broken_database():
    """Return a context manager that makes every statement on import jobs raise an exception."""

    def fail_with(exception):
        def execute(run, sql, params, many, context):
            if "importjobs_importjob" in sql:
                raise exception
            return run(sql, params, many, context)

        return connection.execute_wrapper(execute)

    return fail_with


def test_an_unexpected_exception_is_an_internal_error_and_writes_nothing(api, broken_database, caplog):
    with broken_database(ZeroDivisionError("Anna Weber, +49 201")), caplog.at_level(logging.INFO):
        response = api.post({"externalId": "DEL-1", "title": "Delivery"}, **{"X-Correlation-Id": "c-1"})
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "internal_error"
    assert response.json()["error"]["correlationId"] == "c-1"
    assert api.get("/targets").json()["results"] == []
    assert "ZeroDivisionError" in caplog.text
    assert "Anna Weber" not in caplog.text


def test_an_unreachable_database_is_answered_503_with_retry_after(api, broken_database):
    with broken_database(OperationalError("gone")):
        response = api.post({"externalId": "DEL-1", "title": "Delivery"})
    assert response.status_code == 503
    assert response.json()["error"]["code"] == "unavailable"
    assert int(response["Retry-After"]) > 0


class TestCorrelationId:
    @pytest.mark.parametrize("sent", ["nightly-2026.06.25_7", "a", "3f2b8c1e-5a74-4f5e-9d0a-7b1c2d3e4f50", "x" * 128])
    def test_is_the_callers_if_it_is_well_formed(self, api, sent):
        response = api.post({"externalId": "DEL-1"}, **{"X-Correlation-Id": sent})
        assert response["X-Correlation-Id"] == sent
        assert ImportJob.objects.get().correlation_id == sent

    @pytest.mark.parametrize("sent", ["", " ", "a b", "x" * 129, "<script>", "a\tb", "schön", "-"])
    def test_is_a_new_uuid_if_the_callers_is_malformed(self, api, sent):
        response = api.post({"externalId": "DEL-1"}, **{"X-Correlation-Id": sent})
        assert uuid.UUID(response["X-Correlation-Id"])
        assert ImportJob.objects.get().correlation_id == response["X-Correlation-Id"]

    @pytest.mark.parametrize("path", ["/targets", "/nowhere", "/admin/login/", "/"])
    def test_is_in_the_header_of_every_answer_and_in_the_error(self, db, path):
        response = Api().get(path)
        assert uuid.UUID(response["X-Correlation-Id"])
        if response["Content-Type"] == "application/json":
            assert response.json()["error"]["correlationId"] == response["X-Correlation-Id"]

    def test_is_logged_with_the_request_but_nothing_of_its_body_or_token_is(self, api, capfd):
        api.post({"externalId": "DEL-1", "title": "Anna"}, **{"X-Correlation-Id": "c-2"})
        api.get("/targets?externalId=DEL-1")
        logged = capfd.readouterr().err
        first, second = (json.loads(line) for line in logged.splitlines())
        assert (first["correlation_id"], first["path"], first["status"]) == ("c-2", "/inbound/targets", 201)
        assert (second["path"], second["level"], second["logger"]) == ("/targets", "info", "ordinavo.requests")
        for secret in ("Anna", "DEL-1", "Bearer", "eyJ"):
            assert secret not in logged


def test_the_root_redirects_to_the_admin(db):
    assert Client().get("/")["Location"] == "/admin/"
