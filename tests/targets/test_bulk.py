"""Staff change many targets at once: they choose them in the list, see a preview, and apply it with a reason."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from ordinavo.common.limits import MAX_BULK_TARGETS
from targets import corrections
from targets.models import BulkChange, Target, TargetEdit
from tests.factories import SourceSystemFactory, TargetFactory
from tests.queries import count_queries
from tests.targets.bulk import apply, choose, many_targets, message_of, preview_of

pytestmark = pytest.mark.django_db
LIST = "/admin/targets/target/"


@pytest.fixture
def stops(erp):
    """Return three active targets in Dortmund on the same day."""
    return TargetFactory.create_batch(
        3, source_system=erp, city="Dortmund", route_date=date(2026, 11, 28), corrections={}, priority="Low"
    )


def stored(stops):
    return list(Target.objects.filter(pk__in=[stop.pk for stop in stops]).order_by("pk"))


def test_the_preview_says_how_many_change_and_changes_nothing(staff, stops):
    page = preview_of(staff, choose(staff, "cancel_selected", stops))
    assert "3 targets will be cancelled." in page
    assert "Nothing has been changed yet." in page
    assert not TargetEdit.objects.exists()


def test_the_preview_names_those_that_stay_by_reason(staff, stops):
    corrections.cancel(target=stops[0], reason="Gone", by="dora")
    page = preview_of(staff, choose(staff, "cancel_selected", stops))
    assert "2 targets will be cancelled." in page
    assert "1 target stays as it is." in page
    assert "Cancelled already: <strong>1</strong>" in page
    assert reverse("admin:targets_target_change", args=[stops[0].pk]) in page


def test_without_a_target_that_changes_there_is_no_button(staff, erp):
    stops = TargetFactory.create_batch(2, source_system=erp, status="Cancelled")
    for action in ("cancel_selected", "follow_selected"):
        page = preview_of(staff, choose(staff, action, stops))
        assert "No target will be changed." in page
        assert 'name="_apply"' not in page


def test_only_the_first_twenty_of_a_group_are_named(staff, erp):
    stops = TargetFactory.create_batch(25, source_system=erp, status="Cancelled")
    page = preview_of(staff, choose(staff, "cancel_selected", stops))
    assert sum(f"/{stop.pk}/change/" in page for stop in stops) == 20
    assert "and 5 others" in page


def test_cancelled_targets_have_an_entry_with_the_reason_and_stay_cancelled(staff, api, stops):
    apply(staff, choose(staff, "cancel_selected", stops), reason="Storm")
    for stop in stored(stops):
        assert (stop.status, stop.cancellation_note) == ("Cancelled", "Storm")
        assert [(edit.kind, edit.by, edit.reason) for edit in stop.edits.all()] == [("Cancelled", "dora", "Storm")]
    api.send(externalId=stops[0].external_id)
    assert stored(stops)[0].status == "Cancelled"


def test_the_message_counts_in_plain_words_what_was_done_and_what_not(staff, stops):
    corrections.cancel(target=stops[0], reason="Gone", by="dora")
    answer = apply(staff, choose(staff, "cancel_selected", stops))
    assert "2 targets were cancelled. 1 was not changed: cancelled already (1)." in message_of(staff, answer)


def test_the_filters_of_the_list_are_kept_afterwards(staff, stops):
    query = "city=Dortmund&status__exact=Active&o=4"
    change = choose(staff, "cancel_selected", stops, query=query)
    assert f'href="{LIST}?{query}"' in preview_of(staff, change)
    assert apply(staff, change)["Location"] == f"{LIST}?{query}"


def test_a_list_that_became_shorter_is_shown_from_its_first_page(staff, erp):
    many_targets(erp, 51)
    last = staff.get(f"{LIST}?p=3").context["cl"].result_list
    answer = apply(staff, choose(staff, "cancel_selected", last, query="p=3&status__exact=Active"))
    assert answer["Location"] == f"{LIST}?status__exact=Active"
    assert staff.get(f"{LIST}?p=3&status__exact=Active").context["cl"].page_num == 1


def test_everything_that_a_filter_finds_on_all_pages_can_be_chosen(staff, erp):
    TargetFactory.create_batch(120, source_system=erp, city="Dortmund")
    other = TargetFactory(source_system=erp, city="Herne")
    apply(staff, choose(staff, "cancel_selected", [Target.objects.earliest("pk")], query="city=dortmund", across=True))
    assert Target.objects.filter(status="Cancelled", city="Dortmund").count() == 120
    assert stored([other])[0].status == "Active"


def test_more_targets_than_the_limit_are_refused_with_advice(staff, erp):
    many_targets(erp, MAX_BULK_TARGETS + 1)
    data = {"action": "cancel_selected", "_selected_action": [Target.objects.first().pk], "select_across": "1"}
    answer = staff.post(f"{LIST}?o=1", data)
    assert answer["Location"] == f"{LIST}?o=1"
    assert "More than 5000 targets were chosen. Filter the list further" in message_of(staff, answer)
    assert not BulkChange.objects.exists()


def test_the_number_of_queries_grows_by_two_for_each_thousand_targets(staff, erp):
    counts = []
    for number in (10, 1_000, 2_500):
        targets = many_targets(erp, number, city=f"City {number}")
        change = choose(staff, "cancel_selected", targets[:1], query=f"city=City+{number}", across=True)
        counts.append(count_queries(lambda path=change: apply(staff, path)))
    assert counts == [16, 16, 20]
    assert Target.objects.filter(status="Cancelled").count() == 3_510


def test_a_reason_is_needed(staff, stops):
    change = choose(staff, "cancel_selected", stops)
    answer = staff.post(change, {"_apply": "", "reason": " "})
    assert "This field is required." in answer.content.decode()
    assert not TargetEdit.objects.exists()


def test_a_form_that_is_sent_twice_is_applied_once(staff, stops):
    change = choose(staff, "cancel_selected", stops)
    apply(staff, change)
    number = BulkChange.objects.get().pk
    assert apply(staff, change)["Location"] == reverse("admin:targets_bulkchange_change", args=[number])
    assert TargetEdit.objects.count() == 3


def test_what_changed_after_the_preview_is_judged_again(staff, stops):
    change = choose(staff, "cancel_selected", stops)
    assert "3 targets will be cancelled." in preview_of(staff, change)
    corrections.cancel(target=stops[0], reason="Gone", by="colleague")
    assert "2 targets were cancelled." in message_of(staff, apply(staff, change, reason="Storm"))
    assert stored(stops)[0].cancellation_note == "Gone"


def test_reopened_targets_are_active_and_free_for_their_source(staff, stops):
    corrections.cancel(target=stops[0], reason="Gone", by="dora")
    answer = apply(staff, choose(staff, "reopen_selected", stops))
    assert "1 target was reopened. 2 were not changed: active already (2)." in message_of(staff, answer)
    reopened = stored(stops)[0]
    assert (reopened.status, reopened.cancellation_note, reopened.corrections) == ("Active", "", {})


def test_a_priority_is_a_correction_that_imports_keep(staff, api, stops):
    stops[0].__class__.objects.filter(pk=stops[0].pk).update(priority="High")
    answer = apply(staff, choose(staff, "prioritise_selected", stops), priority="High")
    assert "2 targets got the priority High. 1 was not changed: this priority already (1)." in message_of(staff, answer)
    api.send(externalId=stops[1].external_id, planning={"priority": "Medium"})
    changed = stored(stops)[1]
    assert changed.priority == "High"
    assert changed.corrections["planning.priority"]["source"] == "Medium"


def test_parameters_other_than_those_of_the_preview_are_previewed_first(staff, stops):
    change = choose(staff, "prioritise_selected", stops)
    staff.post(change, {"_preview": "", "priority": "High"})
    answer = staff.post(change, {"_apply": "", "priority": "Urgent", "reason": "Important"})
    assert answer["Location"] == change
    assert "3 targets will get the priority Urgent." in preview_of(staff, change)
    assert not TargetEdit.objects.exists()


class TestFollow:
    @pytest.fixture
    def corrected(self, stops):
        for stop in stops[:2]:
            corrections.correct(target=stop, values={"address.city": "Herne", "title": "Corrected"}, by="dora")
        return stops

    def test_all_corrected_fields_take_the_value_of_the_source_again(self, staff, corrected):
        answer = apply(staff, choose(staff, "follow_selected", corrected), fields_to_follow=["address.city", "title"])
        assert "2 targets follow their source systems again." in message_of(staff, answer)
        assert [(stop.city, stop.corrections) for stop in stored(corrected)] == [("Dortmund", {})] * 3

    def test_fields_that_are_not_chosen_keep_their_corrections(self, staff, corrected):
        change = choose(staff, "follow_selected", corrected)
        assert "City (2)" in preview_of(staff, change)
        apply(staff, change, fields_to_follow=["title"])
        assert [(stop.city, list(stop.corrections)) for stop in stored(corrected)[:2]] == [
            ("Herne", ["address.city"])
        ] * 2

    def test_a_target_without_a_value_of_its_source_for_the_title_stays(self, staff, erp):
        stop = TargetFactory(source_system=erp, title="")
        corrections.correct(target=stop, values={"title": "Corrected"}, by="dora")
        path = choose(staff, "follow_selected", [stop])
        page = preview_of(staff, path)
        assert "Would break a rule: <strong>1</strong>" in page
        assert "The title is missing." in page
        staff.cookies["django_language"] = "de"
        assert "Der Titel fehlt." in preview_of(staff, path)


class TestMove:
    def test_takes_the_window_along_at_the_same_local_times(self, staff, erp):
        window = {
            "time_window_start": datetime(2026, 10, 24, 6, tzinfo=UTC),
            "time_window_end": datetime(2026, 10, 24, 8, tzinfo=UTC),
        }
        stop = TargetFactory(source_system=erp, route_date=date(2026, 10, 24), **window)
        apply(staff, choose(staff, "move_selected", [stop]), day="2026-10-26", move_window="on")
        stop.refresh_from_db()
        assert stop.route_date == date(2026, 10, 26)
        assert (stop.time_window_start, stop.time_window_end) == (  # winter time has begun in Berlin
            datetime(2026, 10, 26, 7, tzinfo=UTC),
            datetime(2026, 10, 26, 9, tzinfo=UTC),
        )
        assert stop.warnings == []

    def test_uses_the_time_zone_of_the_source_system(self, staff):
        system = SourceSystemFactory(time_zone="America/New_York")
        start = datetime(2026, 10, 24, 12, tzinfo=UTC)
        stop = TargetFactory(source_system=system, route_date=date(2026, 10, 24), time_window_start=start)
        apply(staff, choose(staff, "move_selected", [stop]), day="2026-10-26", move_window="on")
        assert stored([stop])[0].time_window_start == datetime(2026, 10, 26, 12, tzinfo=UTC)

    def test_leaves_the_window_if_staff_want_so_and_warns_of_it(self, staff, erp):
        start = datetime(2026, 11, 28, 9, tzinfo=UTC)
        stop = TargetFactory(source_system=erp, route_date=date(2026, 11, 28), time_window_start=start)
        change = choose(staff, "move_selected", [stop])
        staff.post(change, {"_preview": "", "day": "2026-11-30"})
        assert "New warnings:" in preview_of(staff, change)
        apply(staff, change, day="2026-11-30")
        moved = stored([stop])[0]
        assert (moved.time_window_start, moved.warnings) == (start, ["window_not_on_route_date"])

    def test_moves_a_window_without_a_route_date_onto_the_day(self, staff, erp):
        start = datetime(2026, 11, 27, 9, tzinfo=UTC)
        stop = TargetFactory(source_system=erp, time_window_start=start)
        apply(staff, choose(staff, "move_selected", [stop]), day="2026-11-30", move_window="on")
        assert stored([stop])[0].time_window_start == datetime(2026, 11, 30, 9, tzinfo=UTC)

    def test_leaves_cancelled_targets_and_those_on_the_day_and_the_due_date(self, staff, stops):
        corrections.cancel(target=stops[0], reason="Gone", by="dora")
        Target.objects.filter(pk=stops[1].pk).update(route_date=date(2026, 11, 30))
        Target.objects.filter(pk=stops[2].pk).update(due_date=date(2026, 11, 28))
        answer = apply(staff, choose(staff, "move_selected", stops), day="2026-11-30", move_window="on")
        assert "1 target was moved to " in message_of(staff, answer)
        assert BulkChange.objects.get().unchanged == {"cancelled": [stops[0].pk], "same_day": [stops[1].pk]}
        assert stored(stops)[2].due_date == date(2026, 11, 28)

    def test_refuses_a_window_that_would_end_before_it_starts(self, staff, erp):
        # 02:30 does not exist on the day on which summer time begins, and becomes 03:30.
        window = {
            "time_window_start": datetime(2026, 3, 28, 1, 30, tzinfo=UTC),
            "time_window_end": datetime(2026, 3, 28, 2, 0, tzinfo=UTC),
        }
        stop = TargetFactory(source_system=erp, route_date=date(2026, 3, 28), **window)
        change = choose(staff, "move_selected", [stop])
        staff.post(change, {"_preview": "", "day": "2026-03-29", "move_window": "on"})
        page = preview_of(staff, change)
        assert "Would break a rule: <strong>1</strong>" in page
        assert "The time window must end after it starts. It starts on 2026-03-29" in page

    def test_does_not_accept_a_year_that_an_import_would_refuse(self, staff, stops):
        change = choose(staff, "move_selected", stops)
        assert staff.post(change, {"_preview": "", "day": "2201-01-01"}).status_code == 200
        assert BulkChange.objects.get().parameters == {}
