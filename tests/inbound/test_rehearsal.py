"""Rehearsals (`?validateOnly=true`) answer like the import and write nothing."""

import pytest

from importjobs.models import ImportItem, ImportJob
from targets.models import Target
from tests.api import error_codes
from tests.queries import count_queries


def rows():
    return [model.objects.count() for model in (Target, ImportJob, ImportItem)]


@pytest.mark.parametrize(
    "sent",
    [
        {"externalId": "NEW", "title": "Delivery"},
        {"externalId": "DEL-1", "title": "Another"},
        {"externalId": "DEL-1", "operation": "create"},
        {"externalId": "NEW", "operation": "update"},
        {"externalId": "DEL-1", "operation": "cancel"},
        {"externalId": "DEL-1", "sourceVersion": 1},
        {"externalId": ""},
    ],
)
def test_a_rehearsal_answers_like_the_import_and_writes_nothing(api, sent):
    api.send(sourceVersion=2)
    before = rows(), Target.objects.values().get()
    rehearsed = api.post(sent, "/inbound/targets?validateOnly=true")
    assert (rows(), Target.objects.values().get()) == before
    imported = api.post(sent)
    assert rehearsed.status_code == imported.status_code
    expected, answer = imported.json(), rehearsed.json()
    assert (answer.pop("importJobId"), answer.pop("validateOnly")) == (None, True)
    assert expected.pop("links")
    assert expected.pop("importJobId")
    if expected["items"][0]["status"] == "Created":
        expected["items"][0]["targetId"] = None
    assert answer == expected


def test_later_items_of_a_rehearsed_batch_see_what_earlier_ones_would_create(api):
    stop = {"externalId": "DEL-1", "title": "Delivery"}
    sent = {"targets": [stop, stop | {"operation": "create"}, stop | {"title": "Second"}]}
    answer = api.post(sent, "/inbound/targets/batch?validateOnly=true").json()
    assert [item["status"] for item in answer["items"]] == ["Created", "Rejected", "Updated"]
    assert error_codes(answer["items"][1]) == [("external_id_exists", "externalId")]
    assert rows() == [0, 0, 0]


def test_a_rehearsal_uses_up_no_ids(api):
    first = api.post({"externalId": "DEL-1", "title": "Delivery"}).json()["importJobId"]
    api.post({"targets": [{"externalId": "DEL-2", "title": "x"}]}, "/inbound/targets/batch?validateOnly=true")
    assert api.post({"externalId": "DEL-2", "title": "Delivery"}).json()["importJobId"] == first + 1


def test_a_rehearsal_takes_two_queries(api):
    sent = {"externalId": "DEL-1", "title": "Delivery"}
    assert count_queries(lambda: api.post(sent, "/inbound/targets?validateOnly=true")) == 2


@pytest.mark.parametrize(("value", "status"), [("false", 201), ("yes", 400), ("", 400)])
def test_validate_only_must_be_true_or_false(api, value, status):
    sent = {"externalId": "DEL-1", "title": "Delivery"}
    assert api.post(sent, f"/inbound/targets?validateOnly={value}").status_code == status


def test_a_rehearsal_refuses_a_malformed_idempotency_key(api):
    sent = {"externalId": "DEL-1", "title": "Delivery"}
    response = api.post(sent, "/inbound/targets?validateOnly=true", **{"Idempotency-Key": "two words"})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_parameter")
