"""Staff fix and replay a rejected item, or dismiss it. What was recorded stays as it was."""

import json
import re

import pytest
from django.urls import reverse

from importjobs import replays
from importjobs.models import ImportItem, ImportJob
from targets import corrections
from targets.models import Target
from tests.api import Api, warning_codes
from tests.factories import ApiTokenFactory, SourceSystemFactory
from tests.queries import count_queries

LIST = "/admin/importjobs/importitem/"
FAULTY = {"externalId": "DEL-1", "title": "Delivery", "address": {"country": "XX"}}
FIXED = FAULTY | {"address": {"country": "DE"}}
IN_GERMANY = {"changes": '{"address.country": "DE"}'}


@pytest.fixture
def item(api):
    api.post(FAULTY)
    return ImportItem.objects.get()


def url(item, name):
    return reverse("admin:importjobs_importitem_change", args=[item.pk]).replace("change", name)


def send(staff, item, button, payload, **more):
    body = {"payload": payload if isinstance(payload, str) else json.dumps(payload), button: ""}
    return staff.post(url(item, "replay"), body | more)


def record(item):
    handled = ("handling", "handling_note", "handled_by", "handled_at")
    row = ImportItem.objects.filter(pk=item.pk).values().get()
    return {name: value for name, value in row.items() if name not in handled}


def text(response):
    return response.content.decode()


@pytest.mark.parametrize(
    ("payload", "verdict"),
    [
        (FIXED, "A replay would create the target."),
        (FAULTY | {"title": "Another"}, "Country: “XX” is not accepted."),
        (FIXED | {"operation": "update"}, "There is no target “DEL-1”."),
    ],
)
def test_a_check_shows_what_a_replay_would_do_and_writes_nothing(staff, item, payload, verdict):
    assert verdict in text(send(staff, item, "_check", payload))
    item.refresh_from_db()
    assert (Target.objects.count(), ImportJob.objects.count(), item.handled_at) == (0, 1, None)


def test_a_replay_is_a_new_job_and_both_items_link_to_each_other(staff, item):
    before = record(item)
    response = send(staff, item, "_replay", FIXED)
    made = ImportItem.objects.latest("pk")
    assert (made.status, made.replay_of, made.job.submitted_by) == ("Created", item, "dora")
    assert response["Location"] == url(made, "change")
    item.refresh_from_db()
    assert (item.handling, item.handled_by) == ("Replayed", "dora")
    assert record(item) == before
    assert url(made, "change") in text(staff.get(url(item, "change")))
    assert url(item, "change") in text(staff.get(url(made, "change")))


def test_after_a_replay_that_is_rejected_again_the_item_is_still_the_only_one(staff, item):
    before = record(item)
    response = send(staff, item, "_replay", FAULTY | {"title": "Corrected"})
    assert "The replay was rejected again. The item stays open." in text(response)
    assert "Country: “XX” is not accepted." in text(response)
    (left,) = staff.get(LIST, {"handling": "open"}).context["cl"].queryset
    assert (left, record(left), ImportJob.objects.count()) == (item, before, 1)


def test_a_failed_replay_is_shown_on_the_page_of_the_item_with_what_was_tried(staff, item):
    for title in ("First", "Second"):
        send(staff, item, "_replay", FAULTY | {"title": title})
    assert "2 replays were rejected again." in text(staff.get(url(item, "change")))
    assert [attempt.payload["title"] for attempt in item.attempts.all()] == ["Second", "First"]


@pytest.mark.parametrize(
    ("payload", "message"),
    [
        ("{", "not JSON"),
        ("[1]", "must be a JSON object"),
        ('{"a": 1, "a": 2}', "twice"),
        ('{"sourceSystem": "shop"}', "The item belongs to the source system logistics_erp"),
        ("", "This field is required."),
    ],
)
def test_a_payload_that_the_api_would_refuse_is_refused(staff, item, payload, message):
    assert message in text(send(staff, item, "_replay", payload))
    assert ImportJob.objects.count() == 1


def test_a_replay_leads_back_to_the_filtered_list(staff, item):
    filters = "?_changelist_filters=handling%3Dopen"
    assert f"{url(item, 'replay')}{filters}" in text(staff.get(url(item, "change") + filters))
    response = staff.post(url(item, "replay") + filters, {"payload": json.dumps(FIXED), "_replay": ""})
    assert response["Location"] == LIST + "?handling=open"


def test_an_item_is_handled_only_once(staff, item):
    send(staff, item, "_replay", FIXED)
    response = staff.post(url(item, "replay"), {"payload": json.dumps(FIXED), "_replay": ""}, follow=True)
    assert "it has already been handled" in text(response)
    assert ImportJob.objects.count() == 2


class TestATargetThatWasImportedSince:
    @pytest.fixture(autouse=True)
    def _imported_since(self, api, item):
        api.send("DEL-1", title="Newer")

    def test_is_not_overwritten_without_confirmation(self, staff, item):
        response = send(staff, item, "_replay", FIXED)
        assert "has imported the target since. A replay overwrites it" in text(response)
        assert Target.objects.get().title == "Newer"

    def test_is_overwritten_after_confirmation(self, staff, item):
        send(staff, item, "_replay", FIXED, over_newer="on")
        assert Target.objects.get().title == "Delivery"

    def test_does_not_stop_a_replay_to_another_target(self, staff, item):
        send(staff, item, "_replay", FIXED | {"externalId": "DEL-2"})
        assert Target.objects.count() == 2

    def test_is_overwritten_after_confirmation_when_many_items_are_replayed(self, staff, item):
        staff.post(LIST + "replay-many/", {"items": str(item.pk), "over_newer": "on"} | IN_GERMANY)
        assert ImportItem.objects.latest("pk").replay_of == item

    def test_is_skipped_when_many_items_are_replayed(self, staff, item):
        response = staff.post(LIST + "replay-many/", {"items": str(item.pk)}, follow=True)
        assert "1 item was not replayed" in text(response)
        assert Target.objects.get().title == "Newer"


def test_a_later_rejection_is_not_newer(staff, api, item):
    api.post(FAULTY)
    send(staff, item, "_replay", FIXED)
    assert Target.objects.get().title == "Delivery"


def test_an_import_of_another_source_system_is_not_newer(staff, item):
    Api(ApiTokenFactory(source_systems=[SourceSystemFactory()])).send("DEL-1")
    send(staff, item, "_replay", FIXED)
    assert Target.objects.count() == 2


def test_an_earlier_import_is_not_newer(staff, api):
    api.send("DEL-1", title="Earlier")
    api.post(FAULTY)
    send(staff, ImportItem.objects.get(status="Rejected"), "_replay", FIXED)
    assert Target.objects.get().title == "Delivery"


class TestManyItems:
    @pytest.fixture(autouse=True)
    def items(self, api, delivery_stop):
        for number in range(3):
            payload = {"externalId": f"DEL-{number}", "title": "T", "templateKey": "delivery_stop"}
            api.post(payload | {"customFields": {"package_count": "many" if number else None, "extra": "x"}})
            api.post(payload | {"externalId": f"BAD-{number}", "address": {"country": "XX"}})
        return list(ImportItem.objects.filter(status="Rejected").order_by("pk"))

    def fix_the_template(self, delivery_stop):
        delivery_stop.fields.filter(key="package_count").update(type="text")

    def choose(self, staff, action, items):
        posted = {"action": action, "_selected_action": [item.pk for item in items]}
        return staff.post(LIST + "?handling=open", posted)

    def test_are_checked_together_and_nothing_is_written(self, staff, items, delivery_stop):
        self.fix_the_template(delivery_stop)
        response = self.choose(staff, "replay_selected", items)
        assert dict(response.context["outcomes"]) == {"Created": 2, "Rejected": 3}
        assert "BAD-0" in text(response)
        assert Target.objects.count() == 1

    def test_are_replayed_as_one_job(self, staff, items, delivery_stop):
        self.fix_the_template(delivery_stop)
        numbers = ",".join(str(item.pk) for item in items)
        response = staff.post(LIST + "replay-many/", {"items": numbers}, follow=True)
        job = ImportJob.objects.latest("pk")
        assert (job.total_items, job.created_items, job.rejected_items) == (2, 2, 0)
        assert "Replayed: Created: 2." in text(response)

    def test_that_are_rejected_again_stay_open_and_are_reported_as_a_failure(self, staff, items, delivery_stop):
        self.fix_the_template(delivery_stop)
        numbers = ",".join(str(item.pk) for item in items)
        response = staff.post(LIST + "replay-many/", {"items": numbers}, follow=True)
        (failure,) = [message for message in response.context["messages"] if message.level_tag == "error"]
        assert "3 items were rejected again and stay open. 3 × Country: “XX” is not" in str(failure)
        left = ImportItem.objects.filter(status="Rejected", handled_at=None)
        assert [item.external_id for item in left.order_by("pk")] == ["BAD-0", "BAD-1", "BAD-2"]

    def test_that_would_all_be_rejected_again_have_no_button_to_replay(self, staff, items):
        page = text(self.choose(staff, "replay_selected", items))
        assert "5 items would be rejected again. They stay open:" in page
        assert not re.search(r">\s*Replay \d", page)

    def test_that_are_repeatedly_rejected_count_once(self, staff, items):
        before = (ImportJob.objects.count(), replays.unhandled().count())
        for _ in range(3):
            staff.post(LIST + "replay-many/", {"items": ",".join(str(item.pk) for item in items)})
        assert (ImportJob.objects.count(), replays.unhandled().count()) == before

    def test_of_a_filtered_list_lead_back_to_it(self, staff, items, delivery_stop):
        self.fix_the_template(delivery_stop)
        form = self.choose(staff, "replay_selected", items).context["form"]
        posted = {name: form[name].value() for name in ("items", "back")}
        assert staff.post(LIST + "replay-many/", posted)["Location"] == LIST + "?handling=open"

    @pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example/"])
    def test_lead_to_no_other_site(self, staff, items, delivery_stop, back):
        self.fix_the_template(delivery_stop)
        posted = {"items": str(items[2].pk), "back": back}
        assert "evil" not in staff.post(LIST + "replay-many/", posted)["Location"]

    def test_that_were_all_handled_are_not_offered_for_a_replay(self, staff, items):
        replays.dismiss(items=ImportItem.objects.all(), note="Mine", by="colleague")
        response = self.choose(staff, "replay_selected", items)
        assert response["Location"] == LIST + "?handling=open"
        job_page = text(staff.get(f"/admin/importjobs/importjob/{items[0].job_id}/change/"))
        assert f"/admin/importjobs/importjob/{items[0].job_id}/replay/" not in job_page

    def test_of_two_source_systems_with_the_same_name_are_replayed_as_two_jobs(self, staff):
        systems = SourceSystemFactory.create_batch(2, name="ERP")
        first, second = (Api(ApiTokenFactory(source_systems=[system])) for system in systems)
        for number, api in enumerate([first, second, first]):
            api.post(FAULTY | {"externalId": f"TWIN-{number}"})
        twins = ImportItem.objects.filter(external_id__startswith="TWIN").values_list("pk", flat=True)
        staff.post(LIST + "replay-many/", {"items": ",".join(map(str, twins))} | IN_GERMANY)
        replayed = ImportJob.objects.filter(items__replay_of__in=twins).distinct()
        assert sorted(replayed.values_list("source_system", "total_items")) == [
            (systems[0].pk, 2), (systems[1].pk, 1),
        ]  # fmt: skip

    def test_that_were_handled_or_accepted_are_left_out(self, staff, items, delivery_stop):
        self.fix_the_template(delivery_stop)
        replays.dismiss(items=ImportItem.objects.filter(pk=items[0].pk), note="Mine", by="colleague")
        every = ",".join(str(pk) for pk in ImportItem.objects.values_list("pk", flat=True))
        staff.post(LIST + "replay-many/", {"items": every} | IN_GERMANY)
        assert ImportJob.objects.latest("pk").total_items == len(items) - 1

    def test_beyond_the_first_thousand_stay_open(self, staff, api):
        api.post({"targets": [{"externalId": f"MANY-{number}"} for number in range(1_001)]}, "/inbound/targets/batch")
        many = ImportItem.objects.filter(external_id__startswith="MANY").values_list("pk", flat=True)
        staff.post(LIST + "replay-many/", {"items": ",".join(map(str, many)), "changes": '{"title": "T"}'})
        assert ImportItem.objects.filter(pk__in=list(many), handled_at=None).count() == 1

    def test_of_a_job_are_checked_from_its_page(self, staff, items):
        response = staff.get(f"/admin/importjobs/importjob/{items[0].job_id}/replay/")
        assert response.context["total"] == 1

    def test_are_dismissed_with_a_note(self, staff, items):
        self.choose(staff, "dismiss_selected", items)
        posted = {
            "action": "dismiss_selected",
            "_selected_action": [item.pk for item in items[:2]],
            "note": "Test data",
        }
        staff.post(LIST + "?handling=open", posted)
        dismissed = ImportItem.objects.filter(handling="Dismissed", handling_note="Test data", handled_by="dora")
        assert list(dismissed.order_by("pk")) == items[:2]

    def test_that_arrive_after_all_were_chosen_are_not_dismissed(self, staff, api, items):
        everything = {"action": "dismiss_selected", "select_across": "1", "_selected_action": [items[0].pk]}
        page = text(staff.post(LIST + "?handling=open", everything))
        api.post(FAULTY | {"externalId": "DEL-LATER"})
        chosen = re.findall(r'name="_selected_action" value="(\d+)"', page)
        assert "select_across" not in page
        staff.post(LIST + "?handling=open", {"action": "dismiss_selected", "_selected_action": chosen, "note": "Old"})
        assert [item.external_id for item in ImportItem.objects.filter(status="Rejected", handled_at=None)] == [
            "DEL-LATER"
        ]

    @pytest.mark.parametrize("numbers", ["", "a", "1,,2"])
    def test_with_unreadable_ids_must_be_chosen_again(self, staff, numbers):
        response = staff.post(LIST + "replay-many/", {"items": numbers}, follow=True)
        assert "Choose the items again." in text(response)


def test_an_item_is_dismissed_with_a_note(staff, item):
    staff.post(url(item, "dismiss"), {"note": "Ordered by mistake"})
    item.refresh_from_db()
    assert (item.handling, item.handling_note, item.handled_by) == ("Dismissed", "Ordered by mistake", "dora")
    assert url(item, "replay") not in text(staff.get(url(item, "change")))


def test_a_replay_keeps_what_staff_corrected(staff, api, item):
    send(staff, item, "_replay", FIXED)
    target = Target.objects.get()
    corrections.correct(target=target, values={"title": "Corrected"}, by="dora")
    assert warning_codes(api.send("DEL-1")) == [("kept_correction", "title")]


def test_an_accepted_item_offers_no_replay(staff, api):
    api.send()
    assert staff.get(url(ImportItem.objects.get(), "replay")).status_code == 302


def test_the_list_of_items_takes_the_same_queries_for_any_number_of_rows(staff, api, item):
    one = count_queries(lambda: staff.get(LIST))
    for number in range(5):
        api.send(f"DEL-{number}")
    assert count_queries(lambda: staff.get(LIST)) == one


def test_a_check_shows_the_payload_as_it_was_typed(staff, item):
    exact = '{"title": "x", "businessValue": {"expectedRevenue": 12345678901234567.89}, "n": 1234567890123456789012}'
    assert "12345678901234567.89}, &quot;n&quot;: 1234567890123456789012}" in text(send(staff, item, "_check", exact))
    assert "half of a surrogate pair" in text(send(staff, item, "_check", '{"title": "\\ud800"}'))
