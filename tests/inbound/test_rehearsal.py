"""`?validateOnly=true`: the same answer, and nothing is written."""

import pytest

from importjobs.models import ImportItem, ImportJob
from targets.models import Target
from tests.api import codes
from tests.queries import spent


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
def test_answers_as_the_import_would_and_writes_nothing(api, sent):
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


def test_a_batch_is_rehearsed_with_what_its_own_items_would_have_made(api):
    stop = {"externalId": "DEL-1", "title": "Delivery"}
    sent = {"targets": [stop, stop | {"operation": "create"}, stop | {"title": "Second"}]}
    answer = api.post(sent, "/inbound/targets/batch?validateOnly=true").json()
    assert [item["status"] for item in answer["items"]] == ["Created", "Rejected", "Updated"]
    assert codes(answer["items"][1]) == [("external_id_exists", "externalId")]
    assert rows() == [0, 0, 0]


def test_leaves_no_gap_in_the_ids(api):
    first = api.post({"externalId": "DEL-1", "title": "Delivery"}).json()["importJobId"]
    api.post({"targets": [{"externalId": "DEL-2", "title": "x"}]}, "/inbound/targets/batch?validateOnly=true")
    assert api.post({"externalId": "DEL-2", "title": "Delivery"}).json()["importJobId"] == first + 1


def test_holds_no_row_and_takes_two_queries(api):
    sent = {"externalId": "DEL-1", "title": "Delivery"}
    assert spent(lambda: api.post(sent, "/inbound/targets?validateOnly=true")) == 2


@pytest.mark.parametrize(("value", "status"), [("false", 201), ("yes", 400), ("", 400)])
def test_reads_the_parameter_strictly(api, value, status):
    sent = {"externalId": "DEL-1", "title": "Delivery"}
    assert api.post(sent, f"/inbound/targets?validateOnly={value}").status_code == status


def test_reads_the_idempotency_key_as_strictly_as_an_import(api):
    sent = {"externalId": "DEL-1", "title": "Delivery"}
    response = api.post(sent, "/inbound/targets?validateOnly=true", **{"Idempotency-Key": "two words"})
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_parameter")
