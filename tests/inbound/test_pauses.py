"""Imports for a paused source system are refused with the reason. Everything else goes on."""

import pytest

from importjobs.models import ImportJob
from inbound.models import IdempotencyRecord
from targets import pauses
from tests.api import Api
from tests.factories import ApiTokenFactory, SourceSystemFactory
from tests.queries import count_queries

SINGLE, BATCH = "/inbound/targets", "/inbound/targets/batch"
REASON = "The ERP moves to a new server."
STOP = {"externalId": "DEL-1", "title": "Delivery"}
IMPORTS = [
    (STOP, SINGLE),
    (STOP, f"{SINGLE}?validateOnly=true"),
    ({"targets": [STOP]}, BATCH),
    ({"targets": [STOP]}, f"{BATCH}?validateOnly=true"),
]


@pytest.fixture
def paused(erp):
    pauses.pause_source_system(source_system=erp, reason=REASON, by="dora")
    return erp


def code(response):
    return response.json()["error"]["code"]


@pytest.mark.parametrize(("body", "path"), IMPORTS)
def test_an_import_is_refused_with_the_reason_and_nothing_is_recorded(api, paused, body, path):
    response = api.post(body, path)
    assert (response.status_code, code(response)) == (403, "source_system_paused")
    assert f"is paused: {REASON} Nothing was imported" in response.json()["error"]["message"]
    assert not ImportJob.objects.exists()


@pytest.mark.parametrize(("body", "path"), IMPORTS)
def test_imports_are_accepted_again_once_the_source_system_is_resumed(api, paused, body, path):
    pauses.resume_source_system(source_system=paused)
    assert api.post(body, path).status_code in (200, 201)


def test_targets_and_jobs_can_still_be_read(api, erp):
    job = api.post(STOP).json()["importJobId"]
    pauses.pause_source_system(source_system=erp, reason=REASON, by="dora")
    assert api.target()["title"] == "Delivery"
    assert api.get(f"/import-jobs/{job}").status_code == 200


def test_other_source_systems_of_the_token_are_not_affected(paused):
    other = Api(ApiTokenFactory(source_systems=[paused, SourceSystemFactory(key="shop")]))
    assert other.post(STOP | {"sourceSystem": "shop"}).status_code == 201
    assert code(other.post(STOP | {"sourceSystem": paused.key})) == "source_system_paused"


def test_a_token_does_not_learn_that_another_source_system_is_paused(paused):
    other = Api(ApiTokenFactory(source_systems=[SourceSystemFactory()]))
    assert code(other.post(STOP | {"sourceSystem": paused.key})) == "source_system_not_allowed"


def test_an_inactive_source_system_stays_not_allowed_while_it_is_paused(api, paused):
    paused.active = False
    paused.save(update_fields=["active"])
    assert code(api.post(STOP)) == "source_system_not_allowed"


@pytest.mark.parametrize(("body", "path"), [(STOP, SINGLE), ({"targets": [STOP]}, BATCH)])
def test_a_finished_import_is_answered_again_during_the_pause(api, erp, body, path):
    first = api.post(body, path, **{"Idempotency-Key": "1"})
    pauses.pause_source_system(source_system=erp, reason=REASON, by="dora")
    again = api.post(body, path, **{"Idempotency-Key": "1"})
    assert (again.status_code, again.content, again["Idempotent-Replayed"]) == (
        first.status_code,
        first.content,
        "true",
    )
    assert ImportJob.objects.count() == 1


@pytest.mark.parametrize(("body", "path"), IMPORTS)
def test_a_new_key_is_refused_during_the_pause_and_not_stored(api, paused, body, path):
    assert code(api.post(body, path, **{"Idempotency-Key": "1"})) == "source_system_paused"
    assert not ImportJob.objects.exists()
    assert not IdempotencyRecord.objects.exists()


def test_a_rehearsal_with_the_key_of_a_finished_import_is_refused_during_the_pause(api, erp):
    api.post(STOP, **{"Idempotency-Key": "1"})
    pauses.pause_source_system(source_system=erp, reason=REASON, by="dora")
    assert code(api.post(STOP, f"{SINGLE}?validateOnly=true", **{"Idempotency-Key": "1"})) == "source_system_paused"


def test_a_refused_request_does_not_use_up_its_key(api, paused):
    api.post(STOP, **{"Idempotency-Key": "1"})
    assert not IdempotencyRecord.objects.exists()
    pauses.resume_source_system(source_system=paused)
    assert api.post(STOP, **{"Idempotency-Key": "1"}).status_code == 201


def test_the_refusal_makes_no_query_after_the_look_up_of_the_token(api, paused):
    assert count_queries(lambda: api.post(STOP)) == 1


def test_the_health_of_the_integration_says_what_is_paused_and_why(api, erp):
    assert "pausedSourceSystems" not in api.get("/integration/health").json()["token"]
    pauses.pause_source_system(source_system=erp, reason=REASON, by="dora")
    [told] = api.get("/integration/health").json()["token"]["pausedSourceSystems"]
    erp.refresh_from_db()
    assert told.pop("pausedAt")[:16] == f"{erp.paused_at:%Y-%m-%dT%H:%M}"
    assert told == {"sourceSystem": "logistics_erp", "reason": REASON}
