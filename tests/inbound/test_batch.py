"""Batches: many targets in one request, each imported independently."""

import pytest
from django.db import connection

from importjobs.models import ImportItem, ImportJob
from targets.models import Target
from tests.api import Api, error_codes, example, warning_codes
from tests.factories import ApiTokenFactory, SourceSystemFactory, TargetTemplateFactory
from tests.queries import count_queries


@pytest.fixture
def batch(api):
    def send(*targets, **fields):
        return api.post({"targets": list(targets)} | fields, "/inbound/targets/batch")

    return send


def stop(number, **fields):
    return {"externalId": f"DEL-{number}", "title": "Delivery"} | fields


def test_the_documented_batch_has_the_documented_answer(api):
    TargetTemplateFactory(key="delivery_stop")
    response = api.post(example("batch"), "/inbound/targets/batch")
    answer, documented = response.json(), example("batch-answer")
    assert response.status_code == 200
    ids = [item.pop("targetId", None) for item in answer["items"]]
    for item in documented["items"]:
        item.pop("targetId", None)
    assert ids == [Target.objects.get(external_id=f"DEL-2026-00091{n}").pk for n in (8, 9)] + [None]
    assert answer.pop("links") == {"importJob": f"/import-jobs/{answer['importJobId']}"}
    assert answer | {"importJobId": 185} == {key: documented[key] for key in documented if key != "links"}


def test_the_job_of_a_batch_is_found_by_its_batch_id(api, batch):
    job = batch(stop(2), stop(1), batchId="AM").json()
    read = api.get(job["links"]["importJob"]).json()
    assert (job["batchId"], read["batchId"], read["items"]) == ("AM", "AM", job["items"])
    assert [job["importJobId"] for job in api.get("/import-jobs?batchId=AM").json()["results"]] == [job["importJobId"]]
    assert api.get("/import-jobs?batchId=PM").json()["results"] == []


@pytest.mark.parametrize("batch_id", [{}, {"batchId": None}, {"batchId": " "}])
def test_a_batch_without_an_id_is_answered_without_one(batch, batch_id):
    assert "batchId" not in batch(stop(1), **batch_id).json()


def test_the_operation_and_template_of_an_item_take_precedence_over_those_of_the_batch(batch, api):
    TargetTemplateFactory(key="own")
    TargetTemplateFactory(key="general")
    batch(stop(1, operation="create", templateKey="own"), stop(2, operation=None), templateKey="general")
    assert [api.target(f"DEL-{n}")["templateKey"] for n in (1, 2)] == ["own", "general"]
    answer = batch(stop(1), stop(2, operation="update"), operation="cancel").json()
    assert [item["status"] for item in answer["items"]] == ["Cancelled", "Updated"]


def test_the_payload_of_an_item_contains_the_defaults_of_the_batch(batch):
    batch(stop(1), operation="update", templateKey="general")
    assert ImportItem.objects.get().payload == stop(1, operation="update", templateKey="general")


def test_the_same_id_twice_is_applied_twice_in_order(batch, api):
    answer = batch(stop(1), stop(1, title="Second"), stop(1, operation="cancel")).json()
    assert [item["status"] for item in answer["items"]] == ["Created", "Updated", "Cancelled"]
    assert len({item["targetId"] for item in answer["items"]}) == 1
    assert api.target()["title"] == "Second"


@pytest.mark.parametrize(
    ("targets", "status", "job"),
    [
        ([stop(1)], 200, "Completed"),
        ([stop(1), {}], 200, "PartiallyFailed"),
        ([{}, {}], 422, "Failed"),
    ],
)
def test_the_status_tells_whether_none_some_or_all_items_were_rejected(batch, targets, status, job):
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
def test_a_batch_that_cannot_be_read_is_refused(api, body, status, code):
    response = api.post(body, "/inbound/targets/batch")
    assert (response.status_code, response.json()["error"]["code"]) == (status, code)
    assert not ImportJob.objects.exists()


def test_a_batch_may_have_a_larger_body_than_a_single_import(batch, settings):
    settings.MAX_BODY_BYTES = 1_000
    assert batch(*[stop(number, description="x" * 300) for number in range(4)]).status_code == 200


def test_a_batch_over_the_limit_of_batches_is_too_large(batch, settings):
    settings.MAX_BATCH_BODY_BYTES = 100
    response = batch(stop(1, title="x" * 100))
    assert (response.status_code, response.json()["error"]["code"]) == (413, "payload_too_large")
    assert not ImportJob.objects.exists()


def test_a_batch_with_more_targets_than_allowed_is_too_large(batch, settings):
    settings.MAX_BATCH_ITEMS = 2
    response = batch(stop(1), stop(2), stop(3))
    assert (response.status_code, response.json()["error"]["code"]) == (413, "payload_too_large")
    assert not ImportJob.objects.exists()
    assert batch(stop(1), stop(2)).status_code == 200


def test_an_unknown_field_of_the_batch_is_ignored_with_a_warning(batch, api):
    answer = batch(stop(1), opertion="cancel").json()
    assert warning_codes(answer) == [("unknown_field", "opertion")]
    assert warning_codes(api.get(answer["links"]["importJob"]).json()) == [("unknown_field", "opertion")]
    assert "warnings" not in batch(stop(1)).json()


def test_the_first_20_unknown_fields_of_the_batch_are_named_and_the_rest_are_counted(batch):
    answer = batch(stop(1), **{f"x{n}": n for n in range(21)}).json()
    assert warning_codes(answer)[19:] == [("unknown_field", "x19"), ("unknown_field", "")]
    assert answer["warnings"][-1]["message"] == "1 more are not fields of a batch and were ignored."


SYNCHRONOUS = [("processed_synchronously", "async")]


@pytest.mark.parametrize("sent", [True, "true", " TRUE ", "yes", "ja", 1, "1"])
def test_a_batch_with_async_is_processed_in_the_background(batch, sent):
    assert batch(stop(1), **{"async": sent}).status_code == 202


@pytest.mark.parametrize("sent", [False, None, "", "false", "Nein", 0])
def test_a_batch_without_async_is_processed_before_it_is_answered(batch, sent):
    response = batch(stop(1), **{"async": sent})
    assert (response.status_code, "warnings" in response.json()) == (200, False)


@pytest.mark.parametrize("sent", ["maybe", 2, [], {"wait": 5}])
def test_a_batch_is_not_refused_because_async_cannot_be_read(batch, api, sent):
    response = batch(stop(1), **{"async": sent})
    assert (response.status_code, warning_codes(response.json())) == (200, SYNCHRONOUS)
    assert response.json()["warnings"][0]["message"].startswith("async must be true or false; ")
    assert warning_codes(api.get(response.json()["links"]["importJob"]).json()) == SYNCHRONOUS


@pytest.mark.parametrize("prefer", ["respond-async", "wait=5, Respond-Async", 'a="x, y"; b, respond-async; c'])
@pytest.mark.parametrize("query", ["", "?validateOnly=true"])
def test_a_batch_that_prefers_the_background_is_processed_there(api, prefer, query):
    assert api.post({"targets": [stop(1)]}, f"/inbound/targets/batch{query}", Prefer=prefer).status_code == 202


@pytest.mark.parametrize("prefer", ["", "wait=5", 'note="a, respond-async"', "respond-asynchronously"])
def test_another_preference_changes_nothing(api, prefer):
    assert api.post({"targets": [stop(1)]}, "/inbound/targets/batch", Prefer=prefer).status_code == 200


def test_a_single_import_ignores_the_preference_and_does_not_know_the_field(api):
    response = api.post(stop(1) | {"async": True}, Prefer="respond-async")
    assert "warnings" not in response.json()
    assert warning_codes(response.json()["items"][0]) == [("unknown_field", "async")]


def test_an_item_that_is_null_is_rejected_and_stored_as_sent(batch):
    answer = batch(None, stop(1)).json()
    assert [item["errorCode"] for item in answer["items"] if "errorCode" in item] == ["invalid_field"]
    assert answer["createdItems"] == 1
    assert [item.payload for item in ImportItem.objects.order_by("position")] == [None, stop(1)]


def test_an_item_of_another_source_system_or_that_is_no_object_is_rejected(batch):
    answer = batch(stop(1, sourceSystem="another"), 7, stop(2, sourceSystem="logistics_erp")).json()
    assert [item["status"] for item in answer["items"]] == ["Rejected", "Rejected", "Created"]
    assert [error_codes(item) for item in answer["items"][:2]] == [
        [("invalid_field", "sourceSystem")],
        [("invalid_field", "")],
    ]


def test_a_batch_requires_its_own_scope(erp):
    api = Api(ApiTokenFactory(scopes=["inbound.targets.write"], source_systems=[erp]))
    response = api.post({"targets": [stop(1)]}, "/inbound/targets/batch")
    assert response.json()["error"]["requiredScope"] == "inbound.targets.batch.write"


def test_an_unexpected_failure_of_one_item_does_not_affect_the_others(batch):
    batch(stop(2))
    Target.objects.update(corrections={"title": 1})  # what no code of ours would write
    answer = batch(stop(1), stop(2), stop(3)).json()
    assert [item.get("errorCode") for item in answer["items"]] == [None, "internal_error", None]


def test_a_database_error_of_one_item_does_not_affect_the_others(batch):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE targets_target ADD CONSTRAINT probe CHECK (title <> 'refused')")
    answer = batch(*(stop(n, title="refused" if n in (2, 5) else "Delivery") for n in range(8))).json()
    assert [n for n, item in enumerate(answer["items"]) if item.get("errorCode") == "internal_error"] == [2, 5]
    assert Target.objects.count() == answer["createdItems"] == 6


@pytest.mark.parametrize("known", [False, True])
def test_the_number_of_queries_depends_on_the_chunks_and_not_on_the_items(batch, delivery_stop, known):
    def sent(count):
        return [example("upsert") | {"externalId": f"DEL-{n}", "title": f"{count}"} for n in range(count)]

    batch(*sent(2_001) if known else [stop(9_999)])  # from here on the process knows the templates
    # token, another connection, SAVEPOINT, lock, (per chunk: SAVEPOINT, targets, write, RELEASE, items), RELEASE
    assert [count_queries(lambda n=n: batch(*sent(n))) for n in (1, 1_000)] == [10, 10]
    assert count_queries(lambda: batch(*sent(2_001))) == 20


def test_a_batch_must_name_its_source_system_if_the_token_serves_several(erp):
    other = SourceSystemFactory(key="other")
    api = Api(ApiTokenFactory(source_systems=[erp, other]))
    assert api.post({"targets": [stop(1)]}, "/inbound/targets/batch").json()["error"]["code"] == "missing_source_system"
    api.post({"targets": [stop(1)], "sourceSystem": "other"}, "/inbound/targets/batch")
    assert Target.objects.get().source_system == other


def test_a_batch_whose_two_lists_are_empty_is_empty(batch):
    assert batch(items=[]).json()["error"]["code"] == "empty_batch"
    assert batch(items=[{}]).json()["error"]["code"] == "invalid_batch"


def test_a_long_name_of_an_unknown_field_is_cut(batch):
    name = "x" * 5_000
    [warning] = batch(stop(1), **{name: 1}).json()["warnings"]
    assert warning["field"] == "x" * 199 + "…"
    assert warning["message"].startswith("x" * 199 + "… is not a field of a batch")


@pytest.mark.parametrize("field", ["", "customer"])
def test_a_long_name_of_an_unknown_field_of_a_target_is_cut(api, field):
    name = "x" * 5_000
    [warning] = api.send(**({field: {name: 1}} if field else {name: 1}))["warnings"]
    assert len(warning["field"]) == 200
    assert warning["field"].endswith("x…")
    assert len(warning["message"]) < 300
