"""Each documented example is what the API answers, but for ids and times."""

import re

import pytest
from django.test import override_settings

from tests.api import Api, example
from tests.factories import ApiTokenFactory, SourceSystemFactory

VOLATILE = {
    "importJobId", "targetId", "id", "importJob", "createdAt", "updatedAt", "finishedAt", "serverTime", "expiresAt",
    "correlationId",
}  # fmt: skip


def lasting(answer):
    """The answer without what differs each time."""
    if isinstance(answer, dict):
        return {key: "…" if key in VOLATILE else lasting(value) for key, value in answer.items()}
    return [lasting(value) for value in answer] if isinstance(answer, list) else answer


def assert_documented(response, status, name):
    assert response.status_code == status
    assert lasting(response.json()) == lasting(example(name))


def test_a_target_is_created_updated_read_and_cancelled_as_documented(api, delivery_stop):
    created = api.post(example("upsert"))
    assert_documented(created, 201, "upsert-answer")
    assert_documented(api.post(example("update")), 200, "update-answer")
    assert_documented(api.get(f"/targets/{created.json()['items'][0]['targetId']}"), 200, "target")
    assert_documented(api.get(created.json()["links"]["importJob"]), 200, "import-job")
    assert_documented(api.post(example("cancel")), 200, "cancel-answer")


def test_a_batch_is_answered_as_documented(api):
    assert_documented(api.post(example("batch"), "/inbound/targets/batch"), 207, "batch-answer")


def test_a_rejection_is_answered_as_documented(api, delivery_stop):
    assert_documented(api.post(example("rejected")), 422, "rejected-answer")


def test_an_unknown_target_and_one_that_exists_are_answered_as_documented(api, delivery_stop):
    assert_documented(api.post(example("update")), 404, "unknown-answer")
    api.post(example("upsert"))
    assert_documented(api.post(example("upsert") | {"operation": "create"}), 409, "exists-answer")


def test_the_health_is_answered_as_documented(api):
    assert_documented(api.get("/integration/health"), 200, "health")


def second(api, path="/inbound/targets"):
    api.post({"externalId": "A", "title": "A"}, path, **{"Idempotency-Key": "1"})
    return api.post({"externalId": "B", "title": "B"}, path, **{"Idempotency-Key": "1"})


def to_many(api):
    systems = [SourceSystemFactory(), SourceSystemFactory()]
    return Api(ApiTokenFactory(source_systems=systems)).post({"externalId": "A", "title": "A"})


def without_scope(api):
    return Api(ApiTokenFactory(scopes=["targets.read"])).post({})


def over_the_limit(api):
    hasty = Api(ApiTokenFactory(rate_limit=1))
    return next(answer for answer in (hasty.get("/targets") for _ in range(5)) if answer.status_code == 429)


def too_large(api):
    with override_settings(MAX_BODY_BYTES=1_048_576):
        return api.post(b" " * 1_048_577)


REFUSED = {
    "malformed_json": (400, lambda api: api.post(b'{"externalId": "DEL-1"')),
    "invalid_parameter": (400, lambda api: api.get("/targets?colour=red")),
    "unauthorized": (401, lambda api: Api().get("/targets")),
    "missing_scope": (403, without_scope),
    "source_system_not_allowed": (403, lambda api: api.post({"sourceSystem": "another", "externalId": "A"})),
    "not_found": (404, lambda api: api.get("/targets/1000000")),
    "not_acceptable": (406, lambda api: api.get("/targets", Accept="text/html")),
    "payload_too_large": (413, too_large),
    "unsupported_media_type": (
        415,
        lambda api: api.client.post("/inbound/targets", data="a", content_type="text/plain", headers=api.headers),
    ),
    "missing_source_system": (422, to_many),
    "empty_batch": (422, lambda api: api.post({"targets": []}, "/inbound/targets/batch")),
    "invalid_batch": (422, lambda api: api.post({"targets": {}}, "/inbound/targets/batch")),
    "idempotency_conflict": (422, second),
    "rate_limited": (429, over_the_limit),
}


@pytest.mark.parametrize("code", REFUSED)
def test_a_request_error_is_answered_as_documented(api, code):
    status, call = REFUSED[code]
    response = call(api)
    documented = example("request-errors")[code]
    assert response.status_code == status
    assert seconds(lasting(response.json())) == seconds(lasting(documented))


def test_every_documented_request_error_is_tested():
    assert example("request-errors").keys() == REFUSED.keys()


def seconds(answer):
    error = answer["error"]
    return {"error": error | {"message": re.sub(r"\d+ s,", "… s,", error["message"])}}
