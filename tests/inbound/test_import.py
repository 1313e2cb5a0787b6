"""The single import: operations, rejections and source systems."""

import pytest

from importjobs.models import ImportItem, ImportJob
from targets.models import Target
from tests.api import Api, error_codes, example, warning_codes
from tests.factories import ApiTokenFactory, SourceSystemFactory, TargetFactory


def test_the_documented_request_has_the_documented_answer(api, delivery_stop):
    response = api.post(example("upsert"))
    answer, documented = response.json(), example("upsert-answer")
    job_id, target_id = answer["importJobId"], answer["items"][0]["targetId"]
    documented["importJobId"] = job_id
    documented["items"][0]["targetId"] = target_id
    documented["links"]["importJob"] = f"/import-jobs/{job_id}"
    assert response.status_code == 201
    assert answer == documented
    assert Target.objects.get(pk=target_id).external_id == "DEL-2026-000918"


def without_nulls(value):
    return {name: part for name, part in value.items() if part is not None} if isinstance(value, dict) else value


def test_every_field_of_the_documented_request_is_stored(api, delivery_stop):
    document = example("upsert")
    api.post(document)
    target = api.target("DEL-2026-000918")
    typed = {
        "delivery_weight_kg": 120,
        "package_count": 8,
        "temperature_sensitive": True,
        "delivery_note": "Use rear entrance.",
    }
    del document["operation"]
    expected = document | {"customFields": typed, "status": "Active"}
    assert {name: without_nulls(target[name]) for name in expected} == expected


def test_the_versioned_base_path_works_like_the_root(api, delivery_stop):
    response = api.post(example("upsert"), "/api/connect/v1/inbound/targets")
    job_id = response.json()["importJobId"]
    assert response.json()["links"] == {"importJob": f"/import-jobs/{job_id}"}
    assert api.get(f"/api/connect/v1/import-jobs/{job_id}").status_code == 200


def test_the_default_operation_is_upsert(api):
    assert api.post({"externalId": "DEL-1", "title": "Delivery"}).status_code == 201
    assert api.post({"externalId": "DEL-1", "title": "Delivery"}).status_code == 200


def test_an_update_lists_its_changes(api):
    api.send(planning={"routeDate": "2026-06-25"}, customer={"name": "A"})
    response = api.post({"externalId": "DEL-1", "operation": "update", "planning": {"routeDate": "2026-06-26"}})
    assert response.status_code == 200
    assert response.json()["items"][0]["status"] == "Updated"
    assert response.json()["items"][0]["changes"] == [
        {"field": "planning.routeDate", "from": "2026-06-25", "to": "2026-06-26"}
    ]
    assert response.json()["updatedItems"] == 1


def test_an_update_without_differences_changes_nothing(api, delivery_stop):
    api.post(example("upsert"))
    before = api.target("DEL-2026-000918")
    item = api.item(example("upsert"))
    assert (item["status"], item["changes"]) == ("Updated", [])
    assert api.target("DEL-2026-000918") == before


def test_a_create_of_a_known_id_is_a_conflict(api):
    api.send(customer={"name": "First"})
    response = api.post({"externalId": "DEL-1", "operation": "create", "title": "Second"})
    assert response.status_code == 409
    assert error_codes(response.json()["items"][0]) == [("external_id_exists", "externalId")]
    assert response.json()["status"] == "Failed"
    assert api.target()["title"] == "Delivery"


@pytest.mark.parametrize("operation", ["update", "cancel"])
def test_an_update_or_cancel_of_an_unknown_id_is_not_found(api, operation):
    response = api.post({"externalId": "DEL-1", "operation": operation, "title": "Delivery"})
    assert response.status_code == 404
    assert error_codes(response.json()["items"][0]) == [("external_id_unknown", "externalId")]
    assert not Target.objects.exists()


def test_a_rejected_item_lists_every_fault_at_once(api, delivery_stop):
    response = api.post(
        {
            "operation": "create",
            "externalId": "DEL-1",
            "templateKey": "delivery_stop",
            "customer": {"name": 7},
            "address": {"country": "Germany", "latitude": 51.4},
            "planning": {
                "timeWindowStartUtc": "2026-06-25T13:00:00Z",
                "timeWindowEndUtc": "2026-06-25T08:00:00Z",
                "priority": "urgent",
            },
            "customFields": {"package_count": "eight"},
        }
    )
    item = response.json()["items"][0]
    assert response.status_code == 422
    assert error_codes(item) == [
        ("missing_title", "title"),
        ("invalid_field", "customer.name"),
        ("invalid_field", "address.country"),
        ("incomplete_coordinates", "address.longitude"),
        ("invalid_time_window", "planning.timeWindowEndUtc"),
        ("invalid_field", "planning.priority"),
        ("invalid_custom_field", "customFields.package_count"),
    ]
    assert item["errorCode"] == "missing_title"
    assert item["errorMessage"] == item["errors"][0]["message"]
    assert item["errors"][5]["message"] == (
        'planning.priority must be one of Low, Medium, High, Urgent; "urgent" was sent; write Urgent.'
    )
    assert "targetId" not in item


def test_a_rejected_item_is_stored_with_its_payload(api):
    sent = '{"title": "Ohne Nummer", "customer": {"phone": "+49 201"}, "extra": [1.10, 8]}'
    job_id = api.post(sent).json()["importJobId"]
    item = ImportItem.objects.get(job=job_id)
    assert (item.status, item.target, item.error_code) == ("Rejected", None, "missing_external_id")
    assert item.payload["customer"] == {"phone": "+49 201"}
    assert [str(number) for number in item.payload["extra"]] == ["1.10", "8"]
    assert not Target.objects.exists()


def test_a_rejected_update_does_not_change_the_target(api):
    api.send(customer={"name": "Before"})
    item = api.send(customer={"name": "After", "contactName": 7})
    assert item["status"] == "Rejected"
    assert api.target()["customer"]["name"] == "Before"


@pytest.mark.parametrize("external_id", [None, "", "   "])
def test_an_external_id_is_required(api, external_id):
    item = api.item({"externalId": external_id, "title": "Delivery"})
    assert item["externalId"] == ""
    assert item["errors"] == [
        {"code": "missing_external_id", "field": "externalId", "message": "ExternalId is required."}
    ]


@pytest.mark.parametrize("external_id", [7, True, ["DEL-1"], {"id": 1}, "x" * 129, "DEL\t1", "DEL\x7f1", "DEL\n1"])
def test_an_external_id_must_be_a_string_without_control_characters(api, external_id):
    assert error_codes(api.item({"externalId": external_id, "title": "Delivery"})) == [
        ("invalid_external_id", "externalId")
    ]


def test_an_external_id_is_compared_exactly_after_trimming(api):
    assert api.send(" del-1 ")["externalId"] == "del-1"
    assert api.send("del-1")["status"] == "Updated"
    assert api.send("DEL-1")["status"] == "Created"


@pytest.mark.parametrize("operation", ["delete", "UPSERT", "", 1, ["upsert"]])
def test_an_unknown_operation_is_rejected(api, operation):
    response = api.post({"externalId": "DEL-1", "title": "Delivery", "operation": operation})
    assert response.status_code == 422
    assert error_codes(response.json()["items"][0]) == [("invalid_operation", "operation")]


class TestCancel:
    def test_stores_the_sent_title_as_the_note_and_keeps_the_title_of_the_target(self, api, delivery_stop):
        api.post(example("upsert"))
        response = api.post(example("cancel"))
        target = Target.objects.get()
        assert response.status_code == 200
        assert response.json()["cancelledItems"] == 1
        assert response.json()["items"][0]["status"] == "Cancelled"
        assert (target.status, target.title) == ("Cancelled", "Delivery to Rhein-Ruhr Medical Supply")
        assert target.cancellation_note == "Cancelled delivery"

    def test_needs_only_the_id_and_ignores_other_fields(self, api):
        api.send()
        item = api.item({"externalId": "DEL-1", "operation": "cancel", "customer": {"name": 7}})
        assert item["status"] == "Cancelled"

    @pytest.mark.parametrize(("length", "warned"), [(255, False), (256, True), (10_000, True)])
    def test_keeps_the_first_255_characters_of_a_longer_title_with_a_warning(self, api, length, warned):
        api.send()
        item = api.item({"externalId": "DEL-1", "operation": "cancel", "title": f" {'ü' * length}"})
        assert item["status"] == "Cancelled"
        assert warning_codes(item) == [("note_shortened", "title")] * warned
        assert Target.objects.get().cancellation_note == "ü" * 255

    def test_that_arrives_before_its_create_keeps_the_first_255_characters_of_a_longer_title_too(self, api):
        item = api.send(operation="cancel", title="x" * 300, sourceVersion=1)
        assert warning_codes(item) == [("note_shortened", "title"), ("cancelled_before_import", "externalId")]
        assert Target.objects.get().cancellation_note == "x" * 255

    @pytest.mark.parametrize("title", [7, True, ["No more"], {"de": "Storno"}])
    def test_is_rejected_if_the_title_is_not_a_text(self, api, title):
        api.send()
        assert error_codes(api.item({"externalId": "DEL-1", "operation": "cancel", "title": title})) == [
            ("invalid_field", "title")
        ]

    def test_of_a_cancelled_target_succeeds_with_a_warning(self, api):
        api.send()
        api.item({"externalId": "DEL-1", "operation": "cancel"})
        response = api.post({"externalId": "DEL-1", "operation": "cancel"})
        assert response.status_code == 200
        assert warning_codes(response.json()["items"][0]) == [("already_cancelled", "externalId")]
        assert response.json()["warningItems"] == 1

    @pytest.mark.parametrize("operation", ["update", "upsert"])
    def test_is_undone_by_an_update_or_upsert_with_a_warning(self, api, operation):
        api.send()
        api.item({"externalId": "DEL-1", "operation": "cancel", "title": "No more"})
        item = api.send(operation=operation)
        assert warning_codes(item) == [("target_reopened", "externalId")]
        assert item["changes"] == [{"field": "status", "from": "Cancelled", "to": "Active"}]
        assert Target.objects.get().cancellation_note == ""

    def test_is_not_undone_by_a_create(self, api):
        api.send()
        api.item({"externalId": "DEL-1", "operation": "cancel"})
        assert error_codes(api.send(operation="create")) == [("external_id_exists", "externalId")]
        assert api.target()["status"] == "Cancelled"


class TestSourceSystem:
    def test_may_be_absent_if_the_token_serves_one(self, api, erp):
        api.send()
        assert Target.objects.get().source_system == erp

    @pytest.mark.parametrize("key", ["logistics_erp", " logistics_erp ", "", "  ", None])
    def test_means_the_same_if_it_is_named_blank_or_absent(self, api, key):
        api.send()
        response = api.post({"sourceSystem": key, "externalId": "DEL-1", "operation": "update", "title": "Pickup"})
        assert response.status_code == 200
        assert api.target()["title"] == "Pickup"

    def test_must_be_named_if_the_token_serves_several(self, erp):
        api = Api(ApiTokenFactory(source_systems=[erp, SourceSystemFactory()]))
        response = api.post({"externalId": "DEL-1", "title": "Delivery"})
        assert response.status_code == 422
        assert response.json()["error"]["code"] == "missing_source_system"
        assert not ImportJob.objects.exists()

    @pytest.mark.parametrize("key", ["other", "unheard_of", "retired", 7, ["logistics_erp"], {}])
    def test_that_the_token_does_not_serve_is_refused_like_one_that_does_not_exist(self, api, token, key):
        SourceSystemFactory(key="other")
        token.source_systems.add(SourceSystemFactory(key="retired", active=False))
        response = api.post({"sourceSystem": key, "externalId": "DEL-1", "title": "Delivery"})
        error = response.json()["error"]
        assert response.status_code == 403
        assert error["code"] == "source_system_not_allowed"
        assert error["message"].startswith("The token may not import for this sourceSystem.")
        assert not ImportJob.objects.exists()

    def test_separates_targets_with_equal_external_ids(self, api, erp):
        theirs = TargetFactory(external_id="DEL-1")
        assert api.send("DEL-1", title="Ours")["status"] == "Created"
        theirs.refresh_from_db()
        assert theirs.title == "Delivery to somebody"


def test_an_unknown_field_is_ignored_with_a_warning(api):
    item = api.send(externalID="x", planning={"route_date": "2026-06-25"}, customerName="A")
    assert item["status"] == "Created"
    assert warning_codes(item) == [
        ("unknown_field", "externalID"),
        ("unknown_field", "planning.route_date"),
        ("unknown_field", "customerName"),
    ]
    assert "Did you mean routeDate?" in item["warnings"][1]["message"]


def test_the_first_20_unknown_fields_are_named_and_the_rest_are_counted(api):
    unknown = {"customFields": {f"k{n}": n for n in range(25)}, "planning": {f"p{n}": n for n in range(970)}, "x": 1}
    answer = api.post({"externalId": "DEL-1", "title": "Delivery"} | unknown).json()
    assert (len(answer["items"][0]["warnings"]), answer["items"][0]["omittedFindings"]) == (20, 22)
    (item,) = api.get(answer["links"]["items"]).json()["results"]
    assert [path for code, path in warning_codes(item) if code == "unknown_field"][18:] == [
        "planning.p18",
        "planning.p19",
        "",
    ]
    assert item["warnings"][20]["message"] == "951 more fields are not known and were ignored."
    assert warning_codes(item)[-2:] == [
        ("unknown_custom_field", "customFields.k19"),
        ("unknown_custom_field", "customFields"),
    ]
    assert item["warnings"][-1]["message"] == "5 more keys are not fields of the template. They are stored as sent."
    assert len(api.target()["customFields"]) == 25


def test_an_unknown_query_parameter_is_refused_and_writes_nothing(api):
    response = api.post({"externalId": "DEL-1", "title": "Delivery"}, "/inbound/targets?dryRun=1")
    assert response.status_code == 400
    assert response.json()["error"]["code"] == "invalid_parameter"
    assert not Target.objects.exists()


def test_cleared_custom_fields_are_listed_in_the_order_of_their_keys(api):
    fields = {"customFields": {"b": 1, "aa": 2}}
    api.post({"externalId": "DEL-1", "title": "Delivery"} | fields)
    item = api.item({"externalId": "DEL-1", "customFields": None})
    assert [change["field"] for change in item["changes"]] == ["customFields.aa", "customFields.b"]
