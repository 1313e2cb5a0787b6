"""Versions: an import that is older than the stored target changes nothing."""

import json

import pytest
from django.urls import reverse

from importjobs.models import ImportJob
from targets.models import Target
from tests.api import error_codes, warning_codes

OLD, NEW = "2026-06-24T08:00:00Z", "2026-06-25T10:00:00+02:00"


both = pytest.mark.parametrize(
    ("older", "newer"),
    [
        ({"sourceVersion": 4}, {"sourceVersion": 5}),
        ({"sourceUpdatedAtUtc": OLD}, {"sourceUpdatedAtUtc": NEW}),
        ({"sourceVersion": 4, "sourceUpdatedAtUtc": NEW}, {"sourceVersion": 5, "sourceUpdatedAtUtc": OLD}),
    ],
)


@both
@pytest.mark.parametrize("operation", ["create", "update", "upsert", "cancel"])
def test_an_older_version_is_skipped(api, older, newer, operation):
    api.send(**newer)
    response = api.post({"externalId": "DEL-1", "operation": operation, "title": "Older"} | older)
    (item,) = response.json()["items"]
    assert (response.status_code, response.json()["status"], item["status"]) == (200, "Completed", "Skipped")
    assert warning_codes(item) == [("stale_version", next(iter(older)))]
    assert response.json()["skippedItems"] == 1
    assert (api.target()["title"], api.target()["status"]) == ("Delivery", "Active")


def test_the_warning_names_the_stored_version(api):
    api.send(sourceVersion=5)
    assert "already has sourceVersion 5;" in api.send(sourceVersion=4)["warnings"][0]["message"]


def test_the_skipped_counter_appears_only_if_an_item_was_skipped(api):
    assert "skippedItems" not in api.post({"externalId": "DEL-1", "title": "Delivery"}).json()


@both
def test_a_newer_version_is_applied_and_stored(api, older, newer):
    api.send(**older)
    assert api.send(title="Newer", **newer)["status"] == "Updated"
    assert api.send(**older)["status"] == "Skipped"


def test_a_newer_version_without_changes_is_stored_too(api):
    api.send(sourceVersion=4)
    assert api.send(sourceVersion=6)["changes"] == []
    assert api.send(sourceVersion=5)["status"] == "Skipped"


def test_the_same_version_again_is_updated_without_changes_and_with_other_content_a_conflict(api):
    api.send(sourceVersion=5)
    assert api.send(sourceVersion=5)["changes"] == []
    response = api.post({"externalId": "DEL-1", "title": "Other", "sourceVersion": 5})
    assert response.status_code == 409
    assert error_codes(response.json()["items"][0]) == [("version_conflict", "sourceVersion")]
    assert api.target()["title"] == "Delivery"


def test_the_same_version_with_other_content_is_a_conflict_at_any_moment(api):
    api.send(sourceVersion=5, sourceUpdatedAtUtc=OLD)
    item = api.send(title="Other", sourceVersion=5, sourceUpdatedAtUtc=NEW)
    assert error_codes(item) == [("version_conflict", "sourceVersion")]


def test_other_content_of_the_same_moment_is_applied_with_a_warning(api):
    api.send(sourceUpdatedAtUtc=OLD)
    item = api.send(title="Other", sourceUpdatedAtUtc=OLD.replace("08:00:00Z", "10:00:00+02:00"))
    assert warning_codes(item) == [("same_moment", "sourceUpdatedAtUtc")]
    assert item["changes"] == [{"field": "title", "from": "Delivery", "to": "Other"}]
    assert f"the same sourceUpdatedAtUtc {OLD}." in item["warnings"][0]["message"]
    assert api.target()["title"] == "Other"


def test_the_same_content_of_the_same_moment_is_updated_without_changes_and_warnings(api):
    api.send(sourceUpdatedAtUtc=OLD)
    item = api.send(sourceUpdatedAtUtc=OLD)
    assert (item["status"], item["changes"], item["warnings"]) == ("Updated", [], [])


def test_other_content_of_the_same_moment_is_no_conflict_if_only_one_has_a_version(api):
    api.send(sourceVersion=5, sourceUpdatedAtUtc=OLD)
    assert warning_codes(api.send(title="Other", sourceUpdatedAtUtc=OLD)) == [("same_moment", "sourceUpdatedAtUtc")]
    assert api.target()["sourceVersion"] == 5


def test_a_cancel_of_the_same_moment_as_an_active_target_is_applied_with_a_warning(api):
    api.send(sourceUpdatedAtUtc=OLD)
    item = api.send(operation="cancel", title="Closed", sourceUpdatedAtUtc=OLD)
    assert (item["status"], warning_codes(item)) == ("Cancelled", [("same_moment", "sourceUpdatedAtUtc")])
    assert api.target()["status"] == "Cancelled"


def test_an_upsert_of_the_same_moment_as_a_cancel_reopens_the_target(api):
    api.send()
    api.send(operation="cancel", sourceUpdatedAtUtc=OLD)
    item = api.send(sourceUpdatedAtUtc=OLD)
    assert warning_codes(item) == [("same_moment", "sourceUpdatedAtUtc"), ("target_reopened", "externalId")]


def test_a_second_cancel_of_the_same_moment_has_no_warning_about_it(api):
    api.send()
    sent = {"operation": "cancel", "sourceUpdatedAtUtc": OLD}
    assert [warning_codes(api.send(**sent)) for _ in range(2)] == [[], [("already_cancelled", "externalId")]]


def test_in_a_batch_the_last_of_the_same_moment_is_applied(api):
    sent = [{"externalId": "DEL-1", "title": title, "sourceUpdatedAtUtc": OLD} for title in ("One", "Two", "Three")]
    items = api.post({"targets": sent}, "/inbound/targets/batch").json()["items"]
    assert [warning_codes(item) for item in items] == [[], *[[("same_moment", "sourceUpdatedAtUtc")]] * 2]
    assert api.target()["title"] == "Three"


def test_a_rehearsal_of_the_same_moment_has_the_warning_and_changes_nothing(api):
    api.send(sourceUpdatedAtUtc=OLD)
    sent = {"externalId": "DEL-1", "title": "Other", "sourceUpdatedAtUtc": OLD}
    (item,) = api.post(sent, "/inbound/targets?validateOnly=true").json()["items"]
    assert warning_codes(item) == [("same_moment", "sourceUpdatedAtUtc")]
    assert api.target()["title"] == "Delivery"


FAULTS = [
    {"title": None}, {"title": 7}, {"customer": "Anna"}, {"operation": "delete"}, {"templateKey": "unknown"},
    {"address": {"latitude": 51}}, {"planning": {"routeDate": "tomorrow"}}, {"customFields": {"package_count": "x"}},
]  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", ["create", "update", "upsert", "cancel"])
def test_an_older_version_is_skipped_whatever_else_is_wrong_with_it(api, delivery_stop, operation, fault):
    api.send(sourceVersion=5, templateKey="delivery_stop")
    sent = {"externalId": "DEL-1", "title": "Old", "operation": operation, "sourceVersion": 4} | fault
    response = api.post(sent)
    (item,) = response.json()["items"]
    assert (response.status_code, item["status"]) == (200, "Skipped")
    assert warning_codes(item) == [("stale_version", "sourceVersion")]
    assert (api.target()["title"], api.target()["status"]) == ("Delivery", "Active")


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"sourceVersion": "x"}, ("invalid_field", "sourceVersion")),
        ({"sourceUpdatedAtUtc": "x"}, ("invalid_field", "sourceUpdatedAtUtc")),
        ({"sourceSystem": "another"}, ("invalid_field", "sourceSystem")),
        ({"externalId": 7}, ("invalid_external_id", "externalId")),
    ],
)
@pytest.mark.parametrize("operation", ["upsert", "cancel"])
def test_an_older_document_whose_id_or_version_cannot_be_read_is_rejected(api, operation, fault, code):
    api.send(sourceVersion=5, sourceUpdatedAtUtc=NEW)
    sent = {"externalId": "DEL-1", "operation": operation, "sourceVersion": 4, "sourceUpdatedAtUtc": OLD} | fault
    response = api.post({"targets": [sent]}, "/inbound/targets/batch")
    assert response.status_code == 422
    assert code in error_codes(response.json()["items"][0])


def test_a_cancel_of_the_same_version_as_an_active_target_is_a_conflict(api):
    api.send(sourceVersion=5)
    assert error_codes(api.send(operation="cancel", sourceVersion=5)) == [("version_conflict", "sourceVersion")]
    assert api.target()["status"] == "Active"


def test_an_import_without_a_version_is_applied_and_leaves_the_stored_version(api):
    api.send(sourceVersion=5)
    assert api.send(title="Unversioned")["status"] == "Updated"
    assert api.target()["sourceVersion"] == 5


def test_the_largest_version_is_compared_and_kept_exactly(api):
    api.send(sourceVersion=5)
    Target.objects.update(source_version=2**63 - 1)
    assert "already has sourceVersion 9223372036854775807;" in api.send(sourceVersion=10**17)["warnings"][0]["message"]
    api.send(title="Unversioned")
    api.post({"targets": [{"externalId": "DEL-1", "title": "Batch"}]}, "/inbound/targets/batch")
    assert (api.target()["title"], api.target()["sourceVersion"]) == ("Batch", 9223372036854775807)


def test_a_cancel_that_arrives_before_its_create_is_stored(api):
    item = api.send(operation="cancel", title="Closed", sourceVersion=5)
    assert (item["status"], warning_codes(item)) == ("Cancelled", [("cancelled_before_import", "externalId")])
    assert api.send(operation="create", sourceVersion=4)["status"] == "Skipped"
    assert api.target()["status"] == "Cancelled"


def test_a_newer_upsert_completes_a_target_that_was_cancelled_before_its_create(api, erp, delivery_stop):
    erp.default_template = delivery_stop
    erp.save()
    api.send(operation="cancel", sourceVersion=5)
    assert error_codes(api.item({"externalId": "DEL-1", "sourceVersion": 6})) == [("missing_title", "title")]
    assert warning_codes(api.send(sourceVersion=6)) == [("target_reopened", "externalId")]
    assert (api.target()["status"], api.target()["templateKey"]) == ("Active", "delivery_stop")


def test_a_cancel_of_an_unknown_target_without_a_version_is_rejected(api):
    assert error_codes(api.send(operation="cancel")) == [("external_id_unknown", "externalId")]


def test_a_newer_second_cancel_stores_its_version(api):
    api.send(sourceVersion=1)
    api.send(operation="cancel", sourceVersion=2)
    assert warning_codes(api.send(operation="cancel", sourceVersion=9)) == [("already_cancelled", "externalId")]
    assert api.send(sourceVersion=8)["status"] == "Skipped"


@pytest.mark.parametrize(
    "faulty", [{"sourceVersion": -1}, {"sourceVersion": "five"}, {"sourceVersion": 2**63}, {"sourceUpdatedAtUtc": "x"}]
)
@pytest.mark.parametrize("operation", ["upsert", "cancel"])
def test_a_malformed_version_is_rejected(api, faulty, operation):
    api.send()
    assert error_codes(api.send(operation=operation, **faulty)) == [("invalid_field", next(iter(faulty)))]


@pytest.mark.parametrize("title", ["Old", None])
def test_a_replay_is_skipped_if_a_newer_version_was_imported_meanwhile(api, staff, title):
    rejected = api.post({"externalId": "DEL-1", "sourceVersion": 3}).json()
    assert rejected["status"] == "Failed"
    api.send(sourceVersion=4)
    item = ImportJob.objects.get(pk=rejected["importJobId"]).items.get()
    replay = reverse("admin:importjobs_importitem_replay_this", args=[item.pk])
    payload = json.dumps({"externalId": "DEL-1", "title": title, "sourceVersion": 3})
    staff.post(replay, {"payload": payload, "over_newer": "on", "_replay": ""})
    assert item.replays.get().status == "Skipped"
