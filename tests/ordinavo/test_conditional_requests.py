"""Single reads have an ETag, and are answered 304 to a client that has read the same before."""

import pytest

from tests.api import example

PATHS = ["/targets/{target}", "/import-jobs/{job}", "/templates/delivery_stop"]


@pytest.fixture
def ids(api, delivery_stop):
    answer = api.post(example("upsert")).json()
    return {"job": answer["importJobId"], "target": answer["items"][0]["targetId"]}


@pytest.fixture(params=PATHS)
def path(request, ids):
    return request.param.format(**ids)


@pytest.mark.parametrize("sent", ["{etag}", "W/{etag}", '"other", {etag}', "*"])
def test_an_unchanged_answer_is_not_sent_again(api, path, sent):
    first = api.get(path)
    again = api.client.get(path, headers=api.headers | {"If-None-Match": sent.format(etag=first["ETag"])})
    assert (again.status_code, again.content) == (304, b"")
    assert "Content-Type" not in again
    assert again["ETag"] == first["ETag"]
    assert {"X-Correlation-Id", "X-RateLimit-Remaining", "Cache-Control", "Vary"} <= set(again.headers)


@pytest.mark.parametrize("sent", ['"other"', "other", "", "W/"])
def test_another_etag_gets_the_answer(api, path, sent):
    assert api.get(path, **{"If-None-Match": sent}).json() == api.get(path).json()


def test_a_changed_target_has_another_etag(api, ids):
    path = f"/targets/{ids['target']}"
    etag = api.get(path)["ETag"]
    api.post(example("update"))
    assert api.get(path, **{"If-None-Match": etag}).status_code == 200


def test_head_is_answered_304_too(api, path):
    headers = api.headers | {"If-None-Match": api.get(path)["ETag"]}
    assert api.client.head(path, headers=headers).status_code == 304


def test_a_cache_asks_again_before_it_answers_and_only_for_the_same_token(api, path):
    response = api.get(path)
    assert (response["Cache-Control"], response["Vary"]) == ("private, no-cache", "Authorization")


def test_a_target_that_the_token_may_not_see_has_no_etag(api):
    response = api.get("/targets/1000000", **{"If-None-Match": "*"})
    assert (response.status_code, "ETag" in response) == (404, False)
