"""An absent field stays, null empties it, a create starts with the defaults, corrections by staff stay."""

import pytest

from targets import corrections
from targets.models import Target
from templates.models import TargetTemplate
from tests.api import error_codes, example, warning_codes
from tests.factories import CustomFieldFactory, TargetTemplateFactory


@pytest.fixture
def documented(api, delivery_stop):
    api.post(example("upsert"))
    return api.target("DEL-2026-000918")


def update(api, **fields):
    return api.item({"externalId": "DEL-2026-000918", "operation": "update"} | fields)


def test_a_field_that_is_absent_from_an_update_does_not_change(api, documented):
    update(api, address={"city": "Bochum"})
    expected = documented["address"] | {"city": "Bochum"}
    after = api.target("DEL-2026-000918")
    assert after == documented | {"address": expected, "updatedAt": after["updatedAt"]}


def test_null_empties_a_field(api, documented):
    item = update(api, planning={"routeDate": None, "priority": None}, description=None)
    assert item["changes"] == [
        {"field": "description", "from": "Medical supplies delivery for priority customer.", "to": None},
        {"field": "planning.routeDate", "from": "2026-06-25", "to": None},
        {"field": "planning.priority", "from": "High", "to": None},
    ]
    assert api.target("DEL-2026-000918")["planning"]["routeDate"] is None


@pytest.mark.parametrize("section", ["customer", "address", "planning", "businessValue"])
def test_null_empties_a_whole_section(api, documented, section):
    assert update(api, **{section: None})["status"] == "Updated"
    assert set(api.target("DEL-2026-000918")[section].values()) == {None}


def test_custom_fields_merge_key_by_key(api, documented):
    item = update(api, customFields={"package_count": "9", "delivery_note": None})
    changes = {change["field"]: (change["from"], change["to"]) for change in item["changes"]}
    assert changes == {
        "customFields.package_count": (8, 9),
        "customFields.delivery_note": ("Use rear entrance.", None),
    }
    after = {"delivery_weight_kg": 120, "temperature_sensitive": True, "package_count": 9}
    assert api.target("DEL-2026-000918")["customFields"] == after


def test_null_empties_all_custom_fields(api, documented):
    update(api, customFields=None)
    assert api.target("DEL-2026-000918")["customFields"] == {}


def test_one_end_of_a_time_window_is_checked_against_the_stored_other_end(api, documented):
    item = update(api, planning={"timeWindowEndUtc": "2026-06-25T08:00:00Z"})
    assert error_codes(item) == [("invalid_time_window", "planning.timeWindowEndUtc")]


def test_emptying_only_the_latitude_is_refused(api, documented):
    assert error_codes(update(api, address={"latitude": None})) == [("incomplete_coordinates", "address.latitude")]


def test_an_unreadable_field_causes_no_second_error_about_the_stored_value(api, documented):
    item = update(api, planning={"timeWindowStartUtc": "soon", "timeWindowEndUtc": "2026-06-25T07:00:00Z"})
    assert error_codes(item) == [("invalid_field", "planning.timeWindowStartUtc")]


class TestTemplate:
    @pytest.mark.parametrize("key", ["unheard_of", "DELIVERY_STOP", "retired"])
    def test_must_exist_and_be_active(self, api, delivery_stop, key):
        TargetTemplateFactory(key="retired", active=False)
        item = api.send(templateKey=key)
        assert error_codes(item) == [("unknown_template", "templateKey")]
        assert item["errorMessage"].endswith("active are: delivery_stop.")

    def test_is_the_default_of_the_source_system_if_none_is_sent(self, api, erp, delivery_stop):
        erp.default_template = delivery_stop
        erp.save()
        api.send(customFields={"package_count": "8"})
        assert api.target()["templateKey"] == "delivery_stop"
        assert api.target()["customFields"] == {"package_count": 8}

    def test_can_be_removed_without_losing_the_custom_fields(self, api, documented):
        assert update(api, templateKey=None)["status"] == "Updated"
        after = api.target("DEL-2026-000918")
        assert (after["templateKey"], after["customFields"]) == (None, documented["customFields"])

    def test_of_a_target_types_its_custom_fields_even_when_inactive(self, api, documented):
        TargetTemplate.objects.update(active=False)
        update(api, customFields={"package_count": "12"})
        assert api.target("DEL-2026-000918")["customFields"]["package_count"] == 12


class TestDefaults:
    @pytest.fixture(autouse=True)
    def _defaults(self, delivery_stop):
        delivery_stop.defaults = {
            "planning": {"estimatedWorkMinutes": 15, "priority": "Low"},
            "customFields": {"package_count": "1"},
        }
        delivery_stop.save()

    def test_are_the_values_of_a_new_target_that_does_not_send_them(self, api):
        api.send(templateKey="delivery_stop", planning={"priority": "High"})
        target = api.target()
        assert (target["planning"]["estimatedWorkMinutes"], target["planning"]["priority"]) == (15, "High")
        assert target["customFields"] == {"package_count": 1}

    def test_do_not_replace_a_null_that_was_sent(self, api):
        api.send(templateKey="delivery_stop", planning=None, customFields={"package_count": None})
        assert api.target()["planning"]["estimatedWorkMinutes"] is None
        assert api.target()["customFields"] == {}

    def test_do_not_apply_to_updates(self, api):
        api.send()
        api.send(templateKey="delivery_stop")
        assert api.target()["planning"]["priority"] is None


class TestRequiredCustomField:
    @pytest.fixture(autouse=True)
    def _required(self, delivery_stop):
        CustomFieldFactory(template=delivery_stop, key="dock", required=True)

    @pytest.mark.parametrize("sent", [{}, {"dock": None}, {"dock": ""}])
    def test_that_is_missing_from_a_create_causes_a_rejection(self, api, sent):
        item = api.send(templateKey="delivery_stop", customFields=sent)
        assert error_codes(item) == [("missing_custom_field", "customFields.dock")]

    def test_may_be_absent_from_an_update_but_not_emptied(self, api):
        api.send(templateKey="delivery_stop", customFields={"dock": "A4"})
        assert api.send(templateKey="delivery_stop")["status"] == "Updated"
        item = api.send(customFields={"dock": None})
        assert error_codes(item) == [("missing_custom_field", "customFields.dock")]


class TestCorrection:
    @pytest.fixture(autouse=True)
    def _corrected(self, documented):
        target = Target.objects.get()
        values = {"address.city": "Bochum", "customFields.package_count": 9}
        corrections.correct(target=target, values=values, by="dora")

    def test_is_not_overwritten_and_the_answer_has_a_warning(self, api):
        item = api.item(example("upsert"))
        after = api.target("DEL-2026-000918")
        assert warning_codes(item) == [
            ("kept_correction", "address.city"),
            ("kept_correction", "customFields.package_count"),
        ]
        assert item["warnings"][0]["message"] == (
            'Staff corrected address.city to "Bochum", so "Essen" was not stored.'
        )
        assert (after["address"]["city"], after["customFields"]["package_count"]) == ("Bochum", 9)

    def test_is_not_emptied_by_a_null(self, api):
        assert ("kept_correction", "address.city") in warning_codes(update(api, address=None))
        assert api.target("DEL-2026-000918")["address"]["city"] == "Bochum"

    def test_stores_the_value_that_the_source_sent_last(self, api):
        update(api, address={"city": "Dortmund"})
        assert Target.objects.get().corrections["address.city"]["source"] == "Dortmund"

    def test_causes_no_warning_if_the_source_sends_the_same_value(self, api):
        assert warning_codes(update(api, address={"city": "Bochum"})) == []

    def test_does_not_prevent_a_cancel(self, api):
        assert api.item(example("cancel"))["status"] == "Cancelled"

    def test_of_one_end_of_a_time_window_protects_the_other_end(self, api):
        end = Target.objects.get().time_window_end
        start = end.replace(hour=9)
        values = {"planning.timeWindowStartUtc": start}
        corrections.correct(target=Target.objects.get(), values=values, by="dora")
        item = update(api, planning={"timeWindowEndUtc": "2026-06-25T11:00:00Z"})
        assert warning_codes(item) == [("kept_correction", "planning.timeWindowEndUtc")]
        assert Target.objects.get().time_window_end == end


def test_a_corrected_value_of_an_unknown_key_is_not_said_to_be_stored_as_sent(api):
    api.send(customFields={"dock": "A", "gate": "1"})
    corrections.correct(target=Target.objects.get(), values={"customFields.dock": "B"}, by="dora")
    gate = ("unknown_custom_field", "customFields.gate")
    kept = ("kept_correction", "customFields.dock")
    assert warning_codes(api.send(customFields={"dock": "C", "gate": "1"})) == [gate, kept]
    assert warning_codes(api.send(customFields={"dock": "B"})) == [("unknown_custom_field", "customFields.dock")]


def test_true_and_1_differ_within_an_untyped_custom_field(api):
    api.send(customFields={"marks": [1, {"urgent": True}]})
    changed = api.send(customFields={"marks": [1, {"urgent": 1.0}]})["changes"]
    assert [change["field"] for change in changed] == ["customFields.marks"]
    assert api.send(customFields={"marks": [1, {"urgent": 1}]})["changes"] == []
    assert api.target()["customFields"]["marks"][1]["urgent"] is not True
