"""The page of a day, in a browser."""

from datetime import UTC, date, datetime

import pytest
from playwright.sync_api import expect

from targets.models import Target
from tests.factories import TargetFactory

PAGE = "/admin/targets/target/day/?date=2026-11-27"


@pytest.fixture
def stops(dora):
    """Make a stop of each kind on one day, and one without coordinates."""
    kinds = [
        ("PLAIN", {}),
        ("WARNED", {"warnings": ["missing_time_window"]}),
        ("CORRECTED", {"corrections": {"title": {"by": "dora"}}}),
        ("CANCELLED", {"status": Target.Status.CANCELLED}),
        ("UNPLACED", {"latitude": None, "longitude": None}),
    ]
    for number, (external_id, values) in enumerate(kinds):
        place = {"city": "Essen", "latitude": 51.4 + number / 10, "longitude": 7.0}
        window = {
            "time_window_start": datetime(2026, 11, 27, 7 + number, tzinfo=UTC),
            "time_window_end": datetime(2026, 11, 27, 9 + number, tzinfo=UTC),
        }
        TargetFactory(**{"external_id": external_id, "route_date": date(2026, 11, 27), **window, **place, **values})


@pytest.fixture
def day(page, stops, log_in):
    """Return a page that shows the day with its map."""
    log_in(page)
    page.goto(PAGE)
    expect(page.locator("#day-map[data-ready]")).to_be_visible()
    return page


def test_the_map_has_a_marker_of_its_own_shape_for_each_kind_of_stop(day):
    for kind in ("plain", "warned", "corrected", "cancelled"):
        expect(day.locator(f"#day-map .mark-{kind}")).to_have_count(1)


def test_a_marker_leads_to_the_target(day):
    day.locator("#day-map .mark-warned").click()
    popup = day.locator(".leaflet-popup-content")
    expect(popup).to_contain_text("09:00–11:00")
    popup.get_by_role("link", name="WARNED").click()
    expect(day).to_have_url(
        f"{day.url.split('/admin')[0]}/admin/targets/target/{Target.objects.get(external_id='WARNED').pk}/change/"
    )


def test_a_marker_is_opened_by_the_keyboard(day):
    day.get_by_role("button", name="PLAIN").focus()
    day.keyboard.press("Enter")
    expect(day.locator(".leaflet-popup-content")).to_contain_text("PLAIN")


def test_a_bar_leads_to_the_target(day):
    day.locator("tr", has_text="WARNED").locator(".day-bar a").click()
    expect(day.locator("body")).to_contain_text("WARNED")
    assert day.url.endswith("/change/")


def test_a_map_without_tiles_names_the_places(day):
    expect(day.locator("#day-map .place")).to_have_text(["Essen"])


def test_the_printed_page_has_all_stops_and_no_sidebar(day):
    day.emulate_media(media="print")
    expect(day.locator("tr.stop")).to_have_count(5)
    expect(day.locator("#nav-sidebar")).to_be_hidden()
    expect(day.locator("#day-map")).to_be_hidden()


@pytest.mark.parametrize("width", [400, 1400])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_accessible_and_as_wide_as_the_screen(page, stops, log_in, violations, width, theme):
    page.emulate_media(color_scheme=theme)
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page)
    page.goto(PAGE)
    expect(page.locator("#day-map[data-ready]")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
