"""The admin pages of source systems: pause and resume them, and set their time zone."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.urls import reverse
from django.utils.timezone import localdate

from importjobs.models import ImportItem
from targets import pauses, window_warnings
from targets.models import SourceSystem, Target
from tests.factories import ImportJobFactory, SourceSystemFactory, TargetFactory
from tests.forms import unchanged_form_data
from tests.queries import wait_until_another_connection_is_blocked

LIST = reverse("admin:targets_sourcesystem_changelist")
REASON = "The ERP moves to a new server."


def page(system, name="change"):
    return reverse("admin:targets_sourcesystem_change", args=[system.pk]).replace("change", name)


def text(response):
    return response.content.decode()


def logged(system):
    entries = LogEntry.objects.filter(object_id=str(system.pk)).order_by("pk")
    return [(entry.user.username, entry.get_change_message()) for entry in entries]


@pytest.fixture
def pause(staff, erp):
    staff.post(page(erp, "pause"), {"reason": f"  {REASON} "})
    erp.refresh_from_db()
    return erp


def test_staff_pause_a_source_system_with_a_reason(staff, erp):
    assert page(erp, "pause") in text(staff.get(page(erp)))
    assert "Further imports are refused" in text(staff.get(page(erp, "pause")))
    assert staff.post(page(erp, "pause"), {"reason": f"  {REASON} "})["Location"] == page(erp)
    erp.refresh_from_db()
    assert (erp.paused_by, erp.paused_reason, logged(erp)) == ("dora", REASON, [("dora", f"Paused: {REASON}")])


@pytest.mark.parametrize("reason", ["", "  ", "\u200b \u00ad", "x" * 256])
def test_a_pause_needs_a_reason_of_at_most_255_characters(staff, erp, reason):
    assert staff.post(page(erp, "pause"), {"reason": reason}).status_code == 200
    with pytest.raises(ValidationError, match="Enter a reason of 1 to 255 characters"):
        pauses.pause_source_system(source_system=erp, reason=reason, by="dora")
    erp.refresh_from_db()
    assert (erp.paused_at, logged(erp)) == (None, [])


def test_the_page_of_a_paused_source_system_shows_who_paused_it_and_why(staff, pause):
    shown = text(staff.get(page(pause)))
    assert "was paused by dora on" in shown
    assert f"Reason: {REASON}" in shown
    assert page(pause, "pause") not in shown


def test_one_click_resumes_a_source_system(staff, pause):
    assert f'action="{page(pause, "resume")}"' in text(staff.get(page(pause)))
    assert "Imports are accepted again" in text(staff.post(page(pause, "resume"), follow=True))
    pause.refresh_from_db()
    assert (pause.paused_at, pause.paused_by, pause.paused_reason) == (None, "", "")
    assert logged(pause)[-1] == ("dora", "Resumed.")


def test_a_link_to_resume_asks_first(staff, pause):
    assert staff.get(page(pause, "resume")).status_code == 200
    pause.refresh_from_db()
    assert pause.paused_at


def test_the_key_of_a_source_system_cannot_be_changed(staff, erp):
    staff.post(page(erp), {"key": "another", "name": "Renamed", "active": "on"})
    erp.refresh_from_db()
    assert (erp.key, erp.name) == ("logistics_erp", "Renamed")


def test_the_second_of_two_users_who_pause_or_resume_changes_nothing(staff, pause):
    again = staff.post(page(pause, "pause"), {"reason": "Another"}, follow=True)
    assert "already paused" in text(again)
    assert SourceSystem.objects.get(pk=pause.pk).paused_reason == REASON
    staff.post(page(pause, "resume"))
    assert "is not paused" in text(staff.post(page(pause, "resume"), follow=True))
    assert len(logged(pause)) == 2


def test_the_history_of_a_source_system_shows_its_pauses(staff, pause):
    assert f"Paused: {REASON}" in text(staff.get(page(pause, "history")))


def test_a_source_system_that_does_not_exist_cannot_be_paused_or_resumed(staff, erp):
    missing = SourceSystem(pk=erp.pk + 1)
    assert [staff.post(page(missing, name)).status_code for name in ("pause", "resume")] == [404, 404]


@pytest.mark.parametrize(("state", "names"), [("active", ["ERP"]), ("paused", ["P", "PI"]), ("inactive", ["I", "PI"])])
def test_the_list_is_filtered_by_status(staff, db, state, names):
    SourceSystemFactory(name="ERP")
    SourceSystemFactory(name="I", active=False)
    for name, active in (("P", True), ("PI", False)):
        system = SourceSystemFactory(name=name, active=active)
        pauses.pause_source_system(source_system=system, reason=REASON, by="dora")
    shown = staff.get(f"{LIST}?state={state}").context["cl"].queryset
    assert [system.name for system in shown] == names


@pytest.mark.django_db(transaction=True)
def test_a_change_of_the_name_does_not_end_a_pause_that_begins_at_the_same_moment(staff, erp):
    opened = unchanged_form_data(staff, page(erp))

    def save():
        try:
            return staff.post(page(erp), opened | {"name": "New name"}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            pauses.pause_source_system(source_system=erp, reason=REASON, by="dora")
            saved = pool.submit(save)
            wait_until_another_connection_is_blocked()
        assert saved.result() == 302
    erp.refresh_from_db()
    assert (erp.name, erp.paused_reason) == ("New name", REASON)


def test_an_unused_source_system_is_deleted_even_if_a_token_names_it(staff, erp, api):
    assert page(erp, "delete") in text(staff.get(page(erp)))
    assert staff.post(page(erp, "delete"), {"post": "yes"}).status_code == 302
    assert not SourceSystem.objects.exists()


@pytest.mark.parametrize("used_by", [TargetFactory, ImportJobFactory])
def test_a_source_system_with_targets_or_import_jobs_has_no_button_to_delete_it(staff, erp, used_by):
    used_by(source_system=erp)
    assert page(erp, "delete") not in text(staff.get(page(erp)))
    assert staff.post(page(erp, "delete"), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/Kyiv", "UTC", ""])
def test_the_time_zone_is_chosen_by_its_name(staff, erp, zone):
    assert staff.post(page(erp), unchanged_form_data(staff, page(erp)) | {"time_zone": zone}).status_code == 302
    erp.refresh_from_db()
    assert erp.time_zone == zone


def change_time_zone(staff, erp, zone):
    return staff.post(page(erp), unchanged_form_data(staff, page(erp)) | {"time_zone": zone}, follow=True)


def warnings_by_id():
    return dict(Target.objects.values_list("external_id", "warnings"))


@pytest.mark.django_db(transaction=True)
def test_a_new_time_zone_changes_the_warnings_of_coming_targets(staff, erp, api):
    today = localdate()
    for number, day in {"PAST": today - timedelta(days=1), "TODAY": today}.items():
        window = {"timeWindowStartUtc": f"{day - timedelta(days=1)}T18:00:00Z"}
        api.send(number, planning={"routeDate": str(day), **window})
    odd = ["window_not_on_route_date"]
    assert warnings_by_id() == {"PAST": odd, "TODAY": odd}
    change_time_zone(staff, erp, "Pacific/Auckland")
    assert warnings_by_id() == {"PAST": odd, "TODAY": []}
    change_time_zone(staff, erp, "UTC")
    assert warnings_by_id() == {"PAST": odd, "TODAY": odd}


@pytest.mark.django_db(transaction=True)
def test_only_a_limited_number_of_warnings_is_changed_and_a_message_says_so(staff, erp, api, monkeypatch):
    monkeypatch.setattr(window_warnings, "MAX_REFRESHED", 1)
    for ahead in (2, 1):
        day, before = (localdate() + timedelta(days=days) for days in (ahead, ahead - 1))
        api.send(f"D-{ahead}", planning={"routeDate": str(day), "timeWindowStartUtc": f"{before}T18:00:00Z"})
    shown = change_time_zone(staff, erp, "Pacific/Auckland")
    assert warnings_by_id() == {"D-1": [], "D-2": ["window_not_on_route_date"]}
    assert "Later ones keep their warnings until their next import." in text(shown)


@pytest.mark.parametrize("zone", ["Berlin", "localtime", "../etc/passwd", "europe/berlin"])
def test_a_name_that_is_no_time_zone_is_refused(staff, erp, zone):
    answer = staff.post(page(erp), unchanged_form_data(staff, page(erp)) | {"time_zone": zone})
    assert "Select a valid choice" in text(answer)


def test_the_form_says_which_time_zone_none_means(staff, erp):
    assert "As this installation (Europe/Berlin)" in text(staff.get(page(erp)))


@pytest.fixture
def rejected(api):
    api.post({"externalId": "DEL-1"})
    return ImportItem.objects.get()


def test_staff_can_replay_for_a_paused_source_system_and_are_told_that_it_is_paused(rejected, staff, pause):
    replay = reverse("admin:importjobs_importitem_change", args=[rejected.pk]).replace("change", "replay")
    shown = text(staff.get(replay))
    assert f"Reason: {REASON}" in shown
    assert "A replay is possible nevertheless" in shown
    staff.post(replay, {"payload": '{"externalId": "DEL-1", "title": "Delivery"}', "_replay": ""})
    assert Target.objects.get().title == "Delivery"


def test_the_check_of_many_items_tells_which_source_systems_are_paused(rejected, staff, pause):
    chosen = {"action": "replay_selected", "_selected_action": [rejected.pk]}
    shown = text(staff.post(reverse("admin:importjobs_importitem_changelist"), chosen))
    assert shown.count(f"Reason: {REASON}") == 1
