"""A storm cancels a city's day: staff choose all its targets, cancel them in one action, and undo it."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from targets import bulk_changes
from targets.models import BulkChange, Target, TargetEdit
from tests.factories import SourceSystemFactory, TargetFactory


@pytest.fixture
def storm(transactional_db):
    """Store a day of 120 targets in Dortmund, of which one is cancelled, and one target in Herne."""
    system, day = SourceSystemFactory(), timezone.localdate() + timedelta(days=1)
    TargetFactory.create_batch(119, source_system=system, city="Dortmund", route_date=day)
    TargetFactory(source_system=system, city="Dortmund", route_date=day, status="Cancelled")
    return TargetFactory(source_system=system, city="Herne", route_date=day)


def choose_all_of_dortmund(page, action):
    page.goto("/admin/targets/target/?day=tomorrow&city=Dortmund")
    page.locator("#action-toggle").check()
    page.get_by_role("link", name=re.compile("Select all 120")).click()
    page.select_option("select[name=action]", action)
    page.get_by_role("button", name="Run").click()
    page.wait_for_url("**/prepare/")


def test_a_storm_is_one_action_and_can_be_undone(page, dora, storm, log_in):
    log_in(page)
    choose_all_of_dortmund(page, "cancel_selected")
    expect(page.get_by_text("119 targets will be cancelled.")).to_be_visible()
    expect(page.get_by_text("1 target stays as it is.")).to_be_visible()
    page.get_by_label("Reason").fill("Storm")
    page.get_by_role("button", name="Cancel 119 targets").dblclick()
    page.wait_for_url("**/targets/target/?day=tomorrow&city=Dortmund")
    expect(page.get_by_text("119 targets were cancelled. 1 was not changed: cancelled already (1).")).to_be_visible()
    assert TargetEdit.objects.filter(reason="Storm").count() == 119
    assert list(Target.objects.filter(status="Active")) == [storm]
    page.get_by_role("link", name="Show or undo").click()
    page.get_by_role("link", name="Undo…").click()
    page.get_by_role("button", name="Restore 119 targets").click()
    page.wait_for_url("**/targets/target/?day=tomorrow&city=Dortmund")
    assert Target.objects.filter(status="Active").count() == 120


def test_a_day_is_moved_by_keyboard_with_a_preview(page, dora, storm, log_in):
    log_in(page)
    choose_all_of_dortmund(page, "move_selected")
    page.get_by_label("New route date").fill("2030-01-02")
    page.get_by_label("Reason").press("Enter")
    expect(page.get_by_text("119 targets will be moved")).to_be_visible()
    page.get_by_label("Reason").fill("Storm")
    page.get_by_role("button", name="Move 119 targets").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/targets/target/?day=tomorrow&city=Dortmund")
    assert Target.objects.filter(route_date=date(2030, 1, 2)).count() == 119


@pytest.mark.parametrize("width", [1400, 400])
@pytest.mark.parametrize("name", ["prepare", "change", "undo", "list"])
def test_the_pages_are_accessible_and_fit_their_width(page, dark_page, dora, storm, log_in, violations, name, width):
    chosen = Target.objects.filter(city="Dortmund")
    change = bulk_changes.prepare(action="cancel", targets=chosen, by="dora")
    if name != "prepare":
        bulk_changes.apply(change=change, parameters={}, reason="Storm " * 40, by="dora")
    assert BulkChange.objects.count() == 1
    for shown in (page, dark_page):
        shown.set_viewport_size({"width": width, "height": 900})
        log_in(shown)
        shown.goto("/admin/targets/bulkchange/" + ("" if name == "list" else f"{change.pk}/{name}/"))
        assert violations(shown) == []
        assert shown.evaluate("document.scrollingElement.scrollWidth") <= width + 1
