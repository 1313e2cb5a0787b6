"""A bulk change can be undone. What somebody changed in the meantime stays, and is named."""

from datetime import date

import pytest
from django.urls import reverse

from targets import corrections
from targets.models import BulkChange, Target
from tests.factories import TargetFactory
from tests.targets.bulk import apply, choose, message_of, preview_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def stops(erp):
    """Return two active targets with the priority Low."""
    return TargetFactory.create_batch(2, source_system=erp, city="Dortmund", priority="Low", corrections={})


def stored(stops):
    return list(Target.objects.filter(pk__in=[stop.pk for stop in stops]).order_by("pk"))


def undo_path(change=None):
    return reverse("admin:targets_bulkchange_undo", args=[(change or BulkChange.objects.last()).pk])


def page_path(change):
    return reverse("admin:targets_bulkchange_change", args=[change.pk])


def cancelled(staff, stops):
    """Cancel these targets together. Return the bulk change."""
    apply(staff, choose(staff, "cancel_selected", stops, query="city=Dortmund"), reason="Storm")
    return BulkChange.objects.first()


def prioritised(staff, stops):
    apply(staff, choose(staff, "prioritise_selected", stops), priority="Urgent")
    return BulkChange.objects.first()


def test_the_message_leads_to_a_page_with_the_undo(staff, stops):
    answer = apply(staff, choose(staff, "cancel_selected", stops))
    change = BulkChange.objects.get()
    assert f'href="{page_path(change)}">Show or undo</a>' in message_of(staff, answer)
    assert undo_path(change) in preview_of(staff, page_path(change))


def test_an_undo_restores_everything_and_is_an_entry_and_a_bulk_change(staff, stops):
    before = [(stop.status, stop.cancellation_note, stop.corrections) for stop in stored(stops)]
    change = cancelled(staff, stops)
    assert "2 targets will get back what they had before." in preview_of(staff, undo_path(change))
    answer = apply(staff, undo_path(change), reason="No storm")
    assert [(stop.status, stop.cancellation_note, stop.corrections) for stop in stored(stops)] == before
    assert [edit.reason for edit in stops[0].edits.all()] == ["No storm", "Storm"]
    assert (answer["Location"], BulkChange.objects.first().undoes) == ("/admin/targets/target/?city=Dortmund", change)


def test_an_undo_of_a_reopening_restores_who_cancelled_and_why(staff, stops):
    corrections.cancel(target=stops[0], reason="Customer moved", by="erna")
    before = Target.objects.get(pk=stops[0].pk)
    apply(staff, choose(staff, "reopen_selected", stops))
    apply(staff, undo_path())
    after = Target.objects.get(pk=stops[0].pk)
    assert (after.status, after.cancellation_note) == ("Cancelled", "Customer moved")
    assert after.corrections == before.corrections


def test_an_undo_of_following_restores_values_and_corrections(staff, stops):
    corrections.correct(target=stops[0], values={"planning.routeDate": date(2026, 11, 28)}, by="erna")
    before = Target.objects.get(pk=stops[0].pk)
    apply(staff, choose(staff, "follow_selected", stops), fields_to_follow=["planning.routeDate"])
    assert stored(stops)[0].route_date is None
    apply(staff, undo_path())
    after = Target.objects.get(pk=stops[0].pk)
    assert (after.route_date, after.corrections) == (date(2026, 11, 28), before.corrections)


def test_after_an_undo_imports_change_the_field_again(staff, api, stops):
    apply(staff, undo_path(prioritised(staff, stops)))
    api.send(externalId=stops[0].external_id, planning={"priority": "Medium"})
    assert [stop.priority for stop in stored(stops)] == ["Medium", "Low"]


def test_what_a_colleague_corrected_since_stays_and_is_named(staff, stops):
    change = prioritised(staff, stops)
    corrections.correct(target=stops[0], values={"planning.priority": "High"}, by="erna")
    assert "Changed since by a colleague or an import: <strong>1</strong>" in preview_of(staff, undo_path(change))
    answer = apply(staff, undo_path(change))
    assert "1 target has what it had before. 1 was not changed:" in message_of(staff, answer)
    assert [stop.priority for stop in stored(stops)] == ["High", "Low"]


def test_a_correction_to_the_same_value_since_stays(staff, stops):
    change = prioritised(staff, stops)
    corrections.correct(target=stops[0], values={"planning.priority": "Urgent"}, by="erna")
    apply(staff, undo_path(change))
    assert [stop.priority for stop in stored(stops)] == ["Urgent", "Low"]


def test_a_target_for_which_the_source_sent_another_value_since_stays(staff, api, stops):
    change = prioritised(staff, stops)
    api.send(externalId=stops[0].external_id, planning={"priority": "High"})
    page = preview_of(staff, undo_path(change))
    assert "Its source system has sent another value since: <strong>1</strong>" in page
    apply(staff, undo_path(change))
    assert [stop.priority for stop in stored(stops)] == ["Urgent", "Low"]


def test_a_target_that_its_source_cancelled_since_is_not_reopened(staff, api, stops):
    change = cancelled(staff, stops)
    api.post({"externalId": stops[0].external_id, "operation": "cancel"})
    apply(staff, undo_path(change))
    assert [stop.status for stop in stored(stops)] == ["Cancelled", "Active"]


def test_changes_of_other_fields_since_do_not_matter_and_stay(staff, api, stops):
    change = prioritised(staff, stops)
    corrections.correct(target=stops[0], values={"address.city": "Herne"}, by="erna")
    api.send(externalId=stops[1].external_id, title="New title", planning={"priority": "Low"})
    apply(staff, undo_path(change))
    assert [(stop.priority, stop.city) for stop in stored(stops)] == [("Low", "Herne"), ("Low", stops[1].city)]


def test_a_bulk_change_is_undone_only_once(staff, stops):
    change = cancelled(staff, stops)
    apply(staff, undo_path(change))
    answer = apply(staff, undo_path(change))
    assert answer["Location"] == page_path(change)
    assert "cannot be undone, or was undone already" in message_of(staff, answer)
    assert BulkChange.objects.count() == 2


def test_an_undo_cannot_be_undone(staff, stops):
    apply(staff, undo_path(cancelled(staff, stops)))
    undo = BulkChange.objects.first()
    assert undo_path(undo) not in preview_of(staff, page_path(undo))
    assert apply(staff, undo_path(undo))["Location"] == page_path(undo)


def test_the_list_of_bulk_changes_says_who_did_what_to_how_many_and_why(staff, stops):
    choose(staff, "reopen_selected", stops)  # never applied, so it is not in the list
    cancelled(staff, stops)
    [row] = staff.get("/admin/targets/bulkchange/").context["cl"].result_list
    assert (row.by, row.action, row.changed, row.reason) == ("dora", "cancel", 2, "Storm")


def test_the_history_of_a_target_links_to_the_bulk_change(staff, stops):
    change = cancelled(staff, stops)
    page = preview_of(staff, reverse("admin:targets_target_history", args=[stops[0].pk]))
    assert f'href="{page_path(change)}">Bulk change {change.pk}</a>' in page
    assert "Reason: Storm" in page


def test_the_page_of_a_bulk_change_links_to_the_list_of_its_targets(staff, stops):
    change = cancelled(staff, stops[:1])
    assert f"/admin/targets/target/?edits__bulk_change={change.pk}" in preview_of(staff, page_path(change))
    found = staff.get(f"/admin/targets/target/?edits__bulk_change={change.pk}").context["cl"].result_list
    assert list(found) == stops[:1]
