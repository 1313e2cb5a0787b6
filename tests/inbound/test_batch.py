"""Many targets in one request: each as if it were sent alone."""

import pytest
from django.db import connection

from importjobs.models import ImportItem, ImportJob
from targets.models import Target
from tests.api import Api, codes, example, warned
from tests.factories import ApiTokenFactory, SourceSystemFactory, TargetTemplateFactory
from tests.queries import spent


@pytest.fixture
def batch(api):
    def send(*targets, **fields):
        return api.post({"targets": list(targets)} | fields, "/inbound/targets/batch")

    return send


def stop(number, **fields):
    return {"externalId": f"DEL-{number}", "title": "Delivery"} | fields


def test_answers_the_documented_batch_as_documented(api):
    TargetTemplateFactory(key="delivery_stop")
    response = api.post(example("batch"), "/inbound/targets/batch")
    answer, documented = response.json(), example("batch-answer")
    assert response.status_code == 207
    ids = [item.pop("targetId", None) for item in answer["items"]]
    for item in documented["items"]:
        item.pop("targetId", None)
    assert ids == [Target.objects.get(external_id=f"DEL-2026-00091{n}").pk for n in (8, 9)] + [None]
    assert answer.pop("links") == {"importJob": f"/import-jobs/{answer['importJobId']}"}
    assert answer | {"importJobId": 185} == {key: documented[key] for key in documented if key != "links"}


def test_reads_back_with_its_name_and_the_items_as_sent(api, batch):
    job = batch(stop(2), stop(1), batchId="AM").json()
    read = api.get(job["links"]["importJob"]).json()
    assert (read["batchId"], read["items"]) == ("AM", job["items"])
    assert [job["importJobId"] for job in api.get("/import-jobs?batchId=AM").json()["results"]] == [job["importJobId"]]
    assert api.get("/import-jobs?batchId=PM").json()["results"] == []


def test_an_item_keeps_its_own_operation_and_template_over_those_of_the_batch(batch, api):
    TargetTemplateFactory(key="own")
    TargetTemplateFactory(key="general")
    batch(stop(1, operation="create", templateKey="own"), stop(2, operation=None), templateKey="general")
    assert [api.target(f"DEL-{n}")["templateKey"] for n in (1, 2)] == ["own", "general"]
    answer = batch(stop(1), stop(2, operation="update"), operation="cancel").json()
    assert [item["status"] for item in answer["items"]] == ["Cancelled", "Updated"]


def test_an_item_can_be_replayed_alone_because_it_has_what_the_batch_said(batch):
    batch(stop(1), operation="update", templateKey="general")
    assert ImportItem.objects.get().payload == stop(1, operation="update", templateKey="general")


def test_applies_the_same_id_twice_and_in_order(batch, api):
    answer = batch(stop(1), stop(1, title="Second"), stop(1, operation="cancel")).json()
    assert [item["status"] for item in answer["items"]] == ["Created", "Updated", "Cancelled"]
    assert len({item["targetId"] for item in answer["items"]}) == 1
    assert api.target()["title"] == "Second"


@pytest.mark.parametrize(
    ("targets", "status", "job"),
    [
        ([stop(1)], 200, "Completed"),
        ([stop(1), {}], 207, "PartiallyFailed"),
        ([{}, {}], 422, "Failed"),
    ],
)
def test_says_by_its_status_how_much_was_rejected(batch, targets, status, job):
    response = batch(*targets)
    assert (response.status_code, response.json()["status"]) == (status, job)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "empty_batch"),
        ({"targets": []}, 422, "empty_batch"),
        ({"targets": {}}, 422, "invalid_batch"),
        ({"targets": [stop(1)], "items": [stop(1)]}, 422, "invalid_batch"),
        ({"targets": [stop(1)], "batchId": 7}, 422, "invalid_batch"),
        ({"targets": [stop(1)], "batchId": "x" * 256}, 422, "invalid_batch"),
        ({"targets": [stop(1)], "sourceSystem": "another"}, 403, "source_system_not_allowed"),
        ({"targets": [stop(1)] * 10_001}, 413, "payload_too_large"),
    ],
)
def test_refuses_a_batch_that_is_none(api, body, status, code):
    response = api.post(body, "/inbound/targets/batch")
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert not ImportJob.objects.exists()


def test_takes_a_larger_body_than_a_single_import_and_refuses_one_over_its_own_limit(batch, settings):
    settings.MAX_BODY_BYTES = 10
    assert batch(stop(1)).status_code == 200


def test_says_which_fields_of_the_batch_it_ignored(batch, api):
    answer = batch(stop(1), opertion="cancel").json()
    assert warned(answer) == [("unknown_field", "opertion")]
    assert warned(api.get(answer["links"]["importJob"]).json()) == [("unknown_field", "opertion")]
    assert "warnings" not in batch(stop(1)).json()


def test_of_many_unknown_fields_of_the_batch_some_are_named_and_the_others_counted(batch):
    answer = batch(stop(1), **{f"x{n}": n for n in range(21)}).json()
    assert warned(answer)[19:] == [("unknown_field", "x19"), ("unknown_field", "")]
    assert answer["warnings"][-1]["message"] == "1 more are not fields of a batch and were ignored."


def test_an_item_that_is_null_is_rejected_and_kept_as_sent(batch):
    answer = batch(None, stop(1)).json()
    assert [item["errorCode"] for item in answer["items"] if "errorCode" in item] == ["invalid_field"]
    assert answer["createdItems"] == 1
    assert [item.payload for item in ImportItem.objects.order_by("position")] == [None, stop(1)]


def test_rejects_an_item_of_another_source_system_or_that_is_no_object(batch):
    answer = batch(stop(1, sourceSystem="another"), 7, stop(2, sourceSystem="logistics_erp")).json()
    assert [item["status"] for item in answer["items"]] == ["Rejected", "Rejected", "Created"]
    assert [codes(item) for item in answer["items"][:2]] == [
        [("invalid_field", "sourceSystem")],
        [("invalid_field", "")],
    ]


def test_needs_a_scope_of_its_own(erp):
    api = Api(ApiTokenFactory(scopes=["inbound.targets.write"], source_systems=[erp]))
    response = api.post({"targets": [stop(1)]}, "/inbound/targets/batch")
    assert response.json()["error"]["requiredScope"] == "inbound.targets.batch.write"


def test_a_fault_of_ours_in_one_item_leaves_the_others_standing(batch):
    batch(stop(2))
    Target.objects.update(corrections={"title": 1})  # what no code of ours would write
    answer = batch(stop(1), stop(2), stop(3)).json()
    assert [item.get("errorCode") for item in answer["items"]] == [None, "internal_error", None]


def test_what_the_database_refuses_of_one_item_leaves_the_others_standing(batch):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE targets_target ADD CONSTRAINT probe CHECK (title <> 'refused')")
    answer = batch(*(stop(n, title="refused" if n in (2, 5) else "Delivery") for n in range(8))).json()
    assert [n for n, item in enumerate(answer["items"]) if item.get("errorCode") == "internal_error"] == [2, 5]
    assert Target.objects.count() == answer["createdItems"] == 6


@pytest.mark.parametrize("known", [False, True])
def test_the_number_of_queries_depends_on_the_chunks_not_on_the_items(batch, delivery_stop, known):
    def sent(count):
        return [example("upsert") | {"externalId": f"DEL-{n}", "title": f"{count}"} for n in range(count)]

    batch(*sent(2_001) if known else [stop(9_999)])  # from here on the process knows the templates
    # token, another connection, SAVEPOINT, its turn, (per chunk: SAVEPOINT, targets, write, RELEASE, items), RELEASE
    assert [spent(lambda n=n: batch(*sent(n))) for n in (1, 1_000)] == [10, 10]
    assert spent(lambda: batch(*sent(2_001))) == 20


def test_serves_a_token_of_many_source_systems_that_names_one(erp):
    other = SourceSystemFactory(key="other")
    api = Api(ApiTokenFactory(source_systems=[erp, other]))
    assert api.post({"targets": [stop(1)]}, "/inbound/targets/batch").json()["error"]["code"] == "missing_source_system"
    api.post({"targets": [stop(1)], "sourceSystem": "other"}, "/inbound/targets/batch")
    assert Target.objects.get().source_system == other
