"""The database of an earlier commit is migrated to the current schema without loss of data."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, connections

from importjobs.models import ImportItem, ImportJob
from inbound.models import ApiToken, IdempotencyRecord
from targets.models import Target, TargetEdit
from templates.models import CustomField, TargetTemplate
from tests.api import Api
from tests.servers import fresh_database

DUMP = Path(__file__).parent.parent / "data" / "c81b36a.sql"
SENT_WITH_A_KEY = (
    '{"externalId": "DEL-2", "title": "Second", "templateKey": "delivery_stop", "customer": {"phone": "+49 201", '
    '"name": "Müller"}, "customFields": {"delivery_weight_kg": "12.50", "package_count": "3"}, '
    '"businessValue": {"expectedRevenue": 1234567890123.4500}}'
)
SECOND = {
    "title": "Second",
    "customer": {"name": "Müller", "phone": "+49 201"},
    "externalId": "DEL-2",
    "templateKey": "delivery_stop",
    "customFields": {"package_count": "3", "delivery_weight_kg": "12.50"},
}


@contextmanager
def default_connection_to(database: str) -> Iterator[None]:
    """Let Django use another database of the same server."""
    usual, other = connections["default"], connections["default"].copy()
    other.settings_dict["NAME"] = database
    connections["default"] = other
    try:
        yield
    finally:
        other.close()
        connections["default"] = usual


@pytest.fixture(scope="module")
def migrated(django_db_setup, django_db_blocker):
    """Restore the dump in a database of its own, and migrate it."""
    with django_db_blocker.unblock(), fresh_database() as name, default_connection_to(name):
        with connection.cursor() as cursor:
            cursor.execute(DUMP.read_text())
        connection.close()  # the dump has changed the session's search_path
        call_command("migrate", verbosity=0)
        yield


@pytest.fixture
def old_api(migrated):
    return Api(ApiToken.objects.get())


@pytest.mark.parametrize(
    ("model", "rows"),
    [
        (ImportJob, 7), (ImportItem, 10), (Target, 4), (TargetEdit, 1), (TargetTemplate, 1), (CustomField, 2),
        (ApiToken, 1), (IdempotencyRecord, 1),
    ],
)  # fmt: skip
def test_no_row_is_lost(migrated, model, rows):
    assert model.objects.count() == rows


def test_payloads_are_unchanged_and_their_numbers_exact(migrated):
    payload = ImportItem.objects.get(job=2).payload
    assert str(payload.pop("businessValue")["expectedRevenue"]) == "1234567890123.4500"
    assert payload == SECOND


def test_payloads_are_stored_in_a_column_that_keeps_the_order_of_keys(migrated):
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_typeof(payload)::text FROM importjobs_importitem LIMIT 1")
        assert cursor.fetchone() == ("json",)


def test_the_api_returns_jobs_as_before(old_api):
    job = old_api.get("/import-jobs/3").json()
    assert (job["batchId"], job["status"], job["totalItems"]) == ("NIGHT-7", "PartiallyFailed", 4)
    assert [item["status"] for item in job["items"]] == ["Created", "Rejected", "Skipped", "Rejected"]
    assert job["createdAt"] < job["finishedAt"]
    assert [one["importJobId"] for one in old_api.get("/import-jobs").json()["results"]] == [7, 6, 5, 4, 3, 2, 1]


def test_the_api_returns_targets_as_before_with_their_corrections(old_api):
    assert {target["externalId"] for target in old_api.get("/targets").json()["results"]} == {
        "DEL-2026-000918", "DEL-2", "DEL-3", "DEL-4",
    }  # fmt: skip
    assert old_api.target("DEL-2")["businessValue"]["expectedRevenue"] == 1234567890123.45
    corrected = Target.objects.get(external_id="DEL-3")
    assert (corrected.title, corrected.corrections["title"]["source"]) == ("Corrected", "Sent again")


def test_handled_items_stay_handled(migrated):
    handled = ImportItem.objects.exclude(handling="").order_by("pk").values_list("external_id", "handling")
    assert list(handled) == [("DEL-4", "Replayed"), ("DEL-5", "Dismissed")]
    assert ImportItem.objects.get(replay_of__external_id="DEL-4").job_id == 7


def test_an_idempotency_key_still_returns_its_stored_answer(old_api):
    answer = old_api.post(SENT_WITH_A_KEY, **{"Idempotency-Key": "night-1"})
    assert (answer.status_code, answer["Idempotent-Replayed"], answer.json()["importJobId"]) == (201, "true", 2)


def test_the_models_need_no_further_migration(migrated):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0, stdout=StringIO())


def test_a_new_target_is_imported_after_the_migration(old_api):
    answer = old_api.post({"title": "New", "externalId": "DEL-9"})
    assert (answer.status_code, answer.json()["importJobId"]) == (201, 8)
    assert list(ImportItem.objects.get(job=8).payload) == ["title", "externalId"]
    ImportJob.objects.filter(pk=8).delete()
    Target.objects.filter(external_id="DEL-9").delete()
