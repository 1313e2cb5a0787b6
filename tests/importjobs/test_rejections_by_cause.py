"""Staff see the open rejected items by cause, and mend all items of one cause together."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from importjobs import open_causes
from importjobs.models import ImportItem, ImportJob
from targets.models import Target
from tests.api import Api
from tests.factories import ApiTokenFactory, CustomFieldFactory, SourceSystemFactory
from tests.queries import count_queries

CAUSES = "/admin/importjobs/importitem/causes/"
MANY = "/admin/importjobs/importitem/replay-many/"


@pytest.fixture
def unloading(delivery_stop):
    return CustomFieldFactory(
        template=delivery_stop, key="unloading", label="Unloading", type="choice", choices=["ramp", "tail_lift"]
    )


def stop(number, unloading="crane", **fields):
    return {
        "externalId": f"DEL-{number}", "title": "Delivery", "templateKey": "delivery_stop",
        "customFields": {"unloading": unloading},
    } | fields  # fmt: skip


@pytest.fixture
def cranes(api, unloading):
    """Import a batch with three stops that send a choice which the template does not have."""
    api.post({"targets": [stop(number) for number in range(3)]}, "/inbound/targets/batch")
    return list(ImportItem.objects.order_by("pk"))


def causes(staff, **filters):
    return [row.cause for row in staff.get(CAUSES, filters).context["causes"]]


def numbers(staff, **filters):
    return {(cause.code, cause.field, cause.value): cause.items for cause in causes(staff, **filters)}


def url_of(staff, value="crane"):
    (cause,) = [cause for cause in causes(staff) if cause.value == value]
    return reverse("admin:importjobs_importitem_cause", args=[cause.key])


def replay(staff, check):
    form = check.context["form"]
    return staff.post(MANY, {name: form[name].value() for name in ("items", "changes", "back")}, follow=True)


def text(response):
    return response.content.decode()


def test_items_are_counted_by_code_field_and_value_and_once_for_each_of_their_errors(staff, api, cranes):
    api.post(stop(4, address={"country": "XX"}))
    api.post(stop(5, "helicopter"))
    assert numbers(staff) == {
        ("invalid_custom_field", "customFields.unloading", "crane"): 4,
        ("invalid_field", "address.country", "XX"): 1,
        ("invalid_custom_field", "customFields.unloading", "helicopter"): 1,
    }


def test_a_cause_is_shown_with_its_number_label_value_and_message(staff, cranes):
    page = re.sub(r"\s+", " ", text(staff.get(CAUSES)))
    assert "3 ×" in page
    assert "Unloading: Value of a custom field not usable “crane”" in page
    assert "Unloading: “crane” is not accepted. Accepted: ramp, tail_lift." in page


def test_the_same_key_in_another_template_is_another_cause(staff, api, cranes):
    CustomFieldFactory(template__key="pickup", key="unloading", type="choice", choices=["by_hand"])
    api.post(stop(9, templateKey="pickup"))
    assert [(cause.template_key, cause.items) for cause in causes(staff)] == [("delivery_stop", 3), ("pickup", 1)]


def test_a_field_with_its_second_name_is_shown_by_its_label(staff, api):
    api.post({"externalId": "DEL-1", "title": "A", "location": {"country": "XX"}})
    assert "Address: Country" in text(staff.get(CAUSES))


def test_handled_items_are_not_counted(staff, api, cranes):
    staff.post(f"/admin/importjobs/importitem/{cranes[0].pk}/dismiss/", {"note": "Test"})
    assert [cause.items for cause in causes(staff)] == [2]


def test_causes_are_filtered_by_job_source_system_and_day(staff, api, cranes):
    shop = SourceSystemFactory()
    Api(ApiTokenFactory(source_systems=[shop])).post({"externalId": "DEL-1"})
    ImportJob.objects.filter(source_system=shop).update(created_at=timezone.now() - timezone.timedelta(days=3))
    today = timezone.localdate()
    assert [cause.items for cause in causes(staff, job=cranes[0].job_id)] == [3]
    assert [cause.code for cause in causes(staff, source_system=shop.pk)] == ["missing_title"]
    assert [cause.items for cause in causes(staff, day=today.isoformat())] == [3]


@pytest.mark.parametrize("filters", [{"job": "x"}, {"day": "2026-13-99"}, {"source_system": "0"}, {"job": 10**30}])
def test_a_filter_that_cannot_be_read_is_none(staff, cranes, filters):
    assert [cause.items for cause in causes(staff, **filters)] == [3]


def test_payloads_that_are_not_objects_are_counted_too(staff, api):
    api.post({"targets": [5, "x", None]}, "/inbound/targets/batch")
    assert [cause.items for cause in causes(staff)] == [3]


def test_the_page_takes_the_same_queries_for_any_number_of_items(staff, api, cranes):
    staff.get(CAUSES)
    few = count_queries(lambda: staff.get(CAUSES))
    api.post({"targets": [stop(n, f"lift {n % 40}") for n in range(10, 310)]}, "/inbound/targets/batch")
    assert count_queries(lambda: staff.get(CAUSES)) == few == 13


def test_a_check_and_replay_of_many_items_takes_few_queries(staff, api, cranes):
    def spend():
        check = staff.post(url_of(staff), {"_correct": "", "value": "ramp"})
        assert replay(staff, check).status_code == 200

    few = count_queries(spend)
    api.post({"targets": [stop(n) for n in range(10, 510)]}, "/inbound/targets/batch")
    assert count_queries(spend) <= few + 5
    assert Target.objects.count() == 503


class TestOneValueForAll:
    def test_is_checked_before_anything_is_imported(self, staff, cranes):
        check = staff.post(url_of(staff), {"_correct": "", "value": "ramp"})
        assert "Unloading becomes &quot;ramp&quot; in all of them." in text(check)
        assert dict(check.context["outcomes"]) == {"Created": 3}
        assert (Target.objects.count(), ImportJob.objects.count()) == (0, 1)

    def test_is_replayed_with_all_else_as_it_was_sent(self, staff, cranes):
        response = replay(staff, staff.post(url_of(staff), {"_correct": "", "value": "ramp"}))
        assert "Replayed: Created: 3." in text(response)
        assert {target.custom_fields["unloading"] for target in Target.objects.all()} == {"ramp"}
        new, old = ImportItem.objects.get(replay_of=cranes[0]).payload, cranes[0].payload
        assert new == old | {"customFields": {"unloading": "ramp"}}
        assert list(new) == list(old)
        assert causes(staff) == []

    def test_is_chosen_from_the_choices_of_the_template(self, staff, cranes):
        page = text(staff.get(url_of(staff)))
        assert re.findall(r'<option value="([^"]*)"', page)[:4] == ["", "ramp", "tail_lift", "crane"]

    def test_must_differ_from_the_sent_one(self, staff, cranes):
        response = staff.post(url_of(staff), {"_correct": "", "value": "crane"})
        assert "Enter another value than the one that was rejected." in text(response)

    def test_that_would_be_rejected_again_offers_no_replay(self, staff, cranes):
        check = text(staff.post(url_of(staff), {"_correct": "", "value": "helicopter"}))
        assert "3 items would be rejected again. They stay open:" in check
        assert not re.search(r">\s*Replay \d", check)

    def test_is_set_by_the_name_that_the_sender_uses(self, staff, api):
        api.post({"externalId": "DEL-1", "title": "A", "location": {"country": "XX", "city": "Essen"}})
        replay(staff, staff.post(url_of(staff, "XX"), {"_correct": "", "value": "DE"}))
        payload = ImportItem.objects.latest("pk").payload
        assert payload["location"] == {"country": "DE", "city": "Essen"}

    def test_makes_a_section_that_was_not_sent(self, staff, api, unloading):
        unloading.template.fields.filter(key="unloading").update(required=True)
        api.post({"externalId": "DEL-1", "title": "A", "templateKey": "delivery_stop"})
        replay(staff, staff.post(url_of(staff, ""), {"_correct": "", "value": "ramp"}))
        assert Target.objects.get().custom_fields == {"unloading": "ramp"}

    def test_is_the_operation_if_the_targets_exist_already(self, staff, api):
        for number in range(2):
            api.send(f"DEL-{number}")
            api.post({"externalId": f"DEL-{number}", "title": "Again", "operation": "create"})
        replay(staff, staff.post(url_of(staff, ""), {"_correct": "", "value": "upsert"}))
        assert list(Target.objects.values_list("title", flat=True)) == ["Again", "Again"]

    def test_is_not_offered_for_a_missing_external_id(self, staff, api):
        api.post({"title": "A"})
        assert "Correct the value of all" not in text(staff.get(url_of(staff, "")))


class TestANewChoice:
    def test_is_added_and_the_items_are_checked(self, staff, cranes, unloading):
        check = staff.post(url_of(staff), {"_add": ""})
        unloading.refresh_from_db()
        assert unloading.choices == ["ramp", "tail_lift", "crane"]
        assert dict(check.context["outcomes"]) == {"Created": 3}
        assert "Replayed: Created: 3." in text(replay(staff, check))

    def test_is_in_the_history_of_the_template(self, staff, cranes, unloading):
        staff.post(url_of(staff), {"_add": ""})
        assert LogEntry.objects.get().object_id == str(unloading.template_id)

    def test_is_accepted_by_the_next_import(self, staff, api, cranes):
        staff.post(url_of(staff), {"_add": ""})
        assert api.item(stop(7))["status"] == "Created"

    def test_that_exists_by_now_leads_to_a_check_as_sent(self, staff, cranes, unloading):
        type(unloading).objects.filter(pk=unloading.pk).update(choices=["crane"])
        page = text(staff.get(url_of(staff)))
        assert "The value has become a choice since." in page
        assert "Add the choice" not in page

    @pytest.mark.parametrize("value", ["by crane, or hand", " crane", "x" * 256])
    def test_that_the_form_of_the_template_would_not_keep_is_refused(self, staff, api, unloading, value):
        api.post(stop(1, value))
        (cause,) = causes(staff)
        staff.post(f"{CAUSES}{cause.key}/", {"_add": ""})
        unloading.refresh_from_db()
        assert unloading.choices == ["ramp", "tail_lift"]


def test_all_items_of_a_cause_are_dismissed_with_one_reason(staff, api, cranes):
    api.post(stop(5, "helicopter"))
    staff.post(url_of(staff), {"_dismiss": "", "note": "Test data"})
    assert ImportItem.objects.filter(handling="Dismissed", handling_note="Test data").count() == 3
    assert [cause.value for cause in causes(staff)] == ["helicopter"]


def test_nothing_is_dismissed_without_a_reason(staff, cranes):
    assert "This field is required." in text(staff.post(url_of(staff), {"_dismiss": ""}))
    assert [cause.items for cause in causes(staff)] == [3]


def test_a_cause_that_is_gone_leads_back_to_all_causes_with_the_filters(staff, cranes):
    url = url_of(staff)
    staff.post(url, {"_dismiss": "", "note": "Test data"})
    assert staff.get(url + "?job=1")["Location"] == CAUSES + "?job=1"


def test_the_start_page_and_the_job_lead_to_the_causes(staff, cranes):
    assert f'href="{CAUSES}"' in text(staff.get("/admin/"))
    job = staff.get(f"/admin/importjobs/importjob/{cranes[0].job_id}/change/")
    assert f'href="{CAUSES}?job={cranes[0].job_id}"' in text(job)


class TestMoreItemsThanAreRead:
    @pytest.fixture(autouse=True)
    def _only_two(self, monkeypatch):
        monkeypatch.setattr(open_causes, "MAX_READ_ITEMS", 2)

    def test_are_said_to_be_left_out(self, staff, cranes):
        assert "Only the newest open items are grouped." in text(staff.get(CAUSES))
        assert [cause.items for cause in causes(staff)] == [2]

    def test_do_not_hide_older_items_of_another_source_system(self, staff, api, cranes):
        shop = SourceSystemFactory()
        for _ in range(3):
            Api(ApiTokenFactory(source_systems=[shop])).post({"externalId": "DEL-1"})
        assert numbers(staff, source_system=cranes[0].job.source_system_id) == {
            ("invalid_custom_field", "customFields.unloading", "crane"): 2
        }

    def test_are_not_claimed_to_be_none_if_the_filters_do_not_reach_them(self, staff, cranes, monkeypatch):
        monkeypatch.setattr(open_causes, "MAX_SEARCHED_ITEMS", 3)
        page = text(staff.get(CAUSES, {"source_system": SourceSystemFactory().pk}))
        assert "Only the newest open items are grouped." in page


def test_the_operation_of_many_items_is_not_corrected_to_cancel(staff, api):
    api.send("A")
    api.send("A", operation="create")
    (cause,) = causes(staff)
    form = staff.get(reverse("admin:importjobs_importitem_cause", args=[cause.key])).context["correct_form"]
    assert [value for value, _label in form.fields["value"].widget.choices if value] == ["create", "update", "upsert"]
