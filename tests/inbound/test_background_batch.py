"""A batch that is processed in the background: `Prefer: respond-async` (RFC 7240), or `async` in the body."""

import gzip
import json

import pytest

from importjobs import records
from importjobs.background import submission
from importjobs.models import ImportItem, ImportJob, Rehearsal
from targets import pauses
from targets.models import Target
from tests.api import EXAMPLES
from tests.workers import waiting_tasks, work

BATCH = "/inbound/targets/batch"
pytestmark = pytest.mark.django_db(transaction=True)


def stops(count):
    return [{"externalId": f"DEL-{n}", "title": f"Delivery {n}"} for n in range(count)]


@pytest.fixture
def submit(api):
    def post(targets=None, path=BATCH, prefer="respond-async", key=None, **fields):
        headers = {"Prefer": prefer} | ({"Idempotency-Key": key} if key else {})
        return api.post({"targets": stops(2) if targets is None else targets} | fields, path, **headers)

    return post


def test_a_batch_in_the_background_is_answered_202_before_it_is_processed(submit):
    response = submit(batchId="night")
    answer = response.json()
    assert (response.status_code, answer["status"], answer["totalItems"], answer["items"]) == (202, "Pending", 2, [])
    assert answer["progress"] == {"processedItems": 0, "estimatedSecondsLeft": None}
    assert response["Location"] == answer["links"]["importJob"] == f"/import-jobs/{answer['importJobId']}"
    assert response["Preference-Applied"] == "respond-async"
    assert not Target.objects.exists()


def test_location_is_below_the_base_url_of_the_request(submit):
    response = submit(path=f"/api/connect/v1{BATCH}")
    assert response["Location"] == f"/api/connect/v1/import-jobs/{response.json()['importJobId']}"


@pytest.mark.parametrize("wish", [True, "true", "1"])
def test_async_in_the_body_asks_for_the_same(submit, wish):
    assert submit(prefer="", **{"async": wish}).status_code == 202


@pytest.mark.parametrize("no_wish", [None, False, "false", ""])
def test_a_batch_is_answered_when_it_is_processed_unless_it_asks(submit, no_wish):
    assert submit(prefer="wait=5", **{"async": no_wish}).status_code == 200


def test_the_answer_afterwards_is_that_of_the_same_batch_processed_at_once(api, submit, delivery_stop):
    batch = json.loads((EXAMPLES / "batch.json").read_text())
    first = submit(**batch)
    work()
    in_background = api.get(f"{first['Location']}").json()
    api.post(batch, BATCH)
    second = submit(**batch)
    work()
    again = api.get(second["Location"]).json()
    at_once = api.post(batch, BATCH).json()
    assert (in_background["createdItems"], in_background["rejectedItems"]) != (0, 0)
    assert again["items"] == at_once["items"]
    assert {name: again[name] for name in at_once if name not in ("importJobId", "links")} == {
        name: value for name, value in at_once.items() if name not in ("importJobId", "links")
    }


def test_the_items_have_the_payloads_that_were_sent(api):
    body = b'{"targets": [{"title": "A", "externalId": "A", "z": 1, "businessValue": {"expectedRevenue": 1.10}}]}'
    api.post(body, BATCH, Prefer="respond-async")
    work()
    payload = ImportItem.objects.get().payload
    assert (list(payload), str(payload["businessValue"]["expectedRevenue"])) == (
        ["title", "externalId", "z", "businessValue"], "1.10",
    )  # fmt: skip


def test_the_defaults_of_the_batch_hold_in_the_background(api, submit, delivery_stop):
    api.send(externalId="DEL-0")
    submit(operation="create", templateKey="delivery_stop")
    work()
    items = ImportItem.objects.filter(job__batch_id="").values_list("status", "error_code")
    assert list(items) == [("Rejected", "external_id_exists"), ("Created", "")]
    assert Target.objects.get(external_id="DEL-1").template == delivery_stop


def test_a_batch_that_cannot_be_read_is_refused_before_the_202(api):
    body = b'{"targets": [{"externalId": "A", "externalId": "B"}]}'
    response = api.post(body, BATCH, Prefer="respond-async")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "malformed_json")
    assert not ImportJob.objects.exists()


def test_a_key_covers_the_202(submit):
    first, second = submit(key="k"), submit(key="k")
    assert (second.status_code, second["Idempotent-Replayed"]) == (202, "true")
    assert second.json() == first.json()
    assert second["Location"] == first["Location"]
    assert ImportJob.objects.count() == 1 == len(waiting_tasks())
    work()


def test_a_paused_source_system_accepts_no_batch(submit, erp):
    pauses.pause_source_system(source_system=erp, reason="It moves.", by="dora")
    assert submit().json()["error"]["code"] == "source_system_paused"


@pytest.mark.parametrize(("wish", "status"), [("respond-async", 202), ("", 413)])
def test_a_batch_in_the_background_may_have_more_targets(submit, settings, wish, status):
    settings.MAX_BATCH_ITEMS = 1
    response = submit(prefer=wish)
    assert response.status_code == status
    work()


def test_a_refused_number_of_targets_says_how_to_send_them(submit, settings):
    settings.MAX_BATCH_ITEMS = 1
    assert "Prefer: respond-async" in submit(prefer="").json()["error"]["message"]
    settings.MAX_BACKGROUND_ITEMS = 1
    assert "Split" in submit().json()["error"]["message"]


@pytest.mark.parametrize("wish", [{}, {"async": True}])
def test_a_body_over_the_limit_is_accepted_only_in_the_background(api, settings, wish):
    settings.MAX_BATCH_BODY_BYTES = 100
    response = api.post({"targets": stops(4)} | wish, BATCH)
    assert response.status_code == (202 if wish else 413)
    if not wish:
        assert "Prefer: respond-async" in response.json()["error"]["message"]
    work()


@pytest.mark.parametrize(("prefer", "status"), [("respond-async", 202), ("", 413)])
def test_a_packed_body_over_the_limit_needs_the_header(api, settings, prefer, status):
    settings.MAX_BATCH_BODY_BYTES = 100
    body = gzip.compress(json.dumps({"targets": stops(9), "async": True}).encode())
    response = api.post(body, BATCH, Prefer=prefer, **{"Content-Encoding": "gzip"})
    assert response.status_code == status
    work()


def test_a_rehearsal_in_the_background_is_read_by_its_id_and_is_in_no_list(api, submit):
    response = submit(path=f"{BATCH}?validateOnly=true")
    work()
    answer = api.get(response["Location"]).json()
    assert (response.status_code, answer["validateOnly"], answer["status"]) == (202, True, "Completed")
    assert [(item["status"], item["targetId"]) for item in answer["items"]] == [("Created", None)] * 2
    assert api.get("/import-jobs").json()["results"] == []
    assert len(api.get(f"{response['Location']}/items").json()["results"]) == 2
    assert (Target.objects.count(), Rehearsal.objects.count()) == (0, 1)


def test_an_aborted_job_says_what_was_never_tried(api, submit):
    location = submit()["Location"]
    response = api.delete(location)
    work()
    answer = api.get(location).json()
    assert (response.status_code, response.json()["status"]) == (200, "Cancelled")
    assert (answer["status"], answer["untriedItems"], Target.objects.count()) == ("Cancelled", 2, 0)
    assert api.delete(location).status_code == 200


def test_a_job_that_has_ended_cannot_be_aborted(api, submit):
    location = submit()["Location"]
    work()
    response = api.delete(location)
    assert (response.status_code, response.json()["error"]["code"]) == (409, "import_job_ended")
    assert api.get(location).json()["status"] == "Completed"


def test_jobs_of_one_source_system_are_applied_in_the_order_of_arrival(api, submit):
    for title in ("first", "second", "third"):
        submit([{"externalId": "A", "title": title}])
    work()
    assert Target.objects.get().title == "third"
    assert list(ImportItem.objects.order_by("job_id").values_list("status", flat=True)) == [
        "Created",
        "Updated",
        "Updated",
    ]


def test_the_reason_why_a_job_was_given_up_is_answered(api, submit):
    location = submit()["Location"]
    records.fail_job(ImportJob.objects.get(), reason="The same items failed 6 times.")
    answer = api.get(location).json()
    assert (answer["status"], answer["failure"], answer["untriedItems"]) == (
        "Failed", "The same items failed 6 times.", 2,
    )  # fmt: skip
    submission.resume(ImportJob.objects.get())
    work()
    assert api.get(location).json()["status"] == "Completed"
