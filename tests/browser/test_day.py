"""The page of a day, in a browser."""

from datetime import UTC, date, datetime
from itertools import combinations, product

import pytest
from playwright.sync_api import expect

from targets.models import Target
from tests.factories import SourceSystemFactory, TargetFactory

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
def many_stops(stops):
    """Make 100 more stops on the day, in ten cities, every second one with a high priority."""
    source_system = SourceSystemFactory()
    for number in range(100):
        start = datetime(2026, 11, 27, 6 + number % 8, tzinfo=UTC)
        TargetFactory(
            source_system=source_system,
            route_date=date(2026, 11, 27),
            time_window_start=start,
            time_window_end=start.replace(minute=30),
            city=f"Ort {number % 10}",
            latitude=51.2 + number % 10 / 20,
            longitude=6.5 + number / 100,
            priority="High" if number // 10 % 2 else "",
        )


def _overlap(one, other):
    return (
        one["x"] < other["x"] + other["width"]
        and other["x"] < one["x"] + one["width"]
        and one["y"] < other["y"] + other["height"]
        and other["y"] < one["y"] + one["height"]
    )


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


def test_the_heading_with_the_hours_stays_in_sight_when_the_list_is_scrolled(day, many_stops):
    day.reload()
    day.locator("tr.stop").last.scroll_into_view_if_needed()
    expect(day.locator(".day-hours > span").first).to_be_in_viewport()
    expect(day.locator(".day-hours > span").first).to_have_text("7")


def test_a_bar_stands_under_the_hours_of_its_window(day):
    bar = day.locator("tr", has_text="WARNED").locator("rect").bounding_box()
    hours = {hour.inner_text(): hour.bounding_box()["x"] for hour in day.locator(".day-hours > span").all()}
    assert bar["x"] == pytest.approx(hours["9"], abs=2)
    assert bar["x"] + bar["width"] == pytest.approx(hours["11"], abs=2)


def test_many_stops_are_laid_out_in_parts_and_joined_to_clusters(day, many_stops):
    day.reload()
    expect(day.locator("#day-map[data-ready]")).to_be_visible()
    expect(day.locator("tr.stop")).to_have_count(105)
    skipped = "bodies => bodies.filter(body => getComputedStyle(body).contentVisibility === 'auto').length"
    assert day.locator("tbody.stops").evaluate_all(skipped) == 5
    expect(day.locator("#day-map .cluster").first).to_be_visible()
    assert day.locator("#day-map .leaflet-marker-icon").count() < 50


def test_a_list_of_many_stops_is_read_as_a_table(day):
    table = day.get_by_role("table")
    expect(table.get_by_role("columnheader", name="Phone")).to_be_visible()
    expect(table.get_by_role("row", name="WARNED").get_by_role("cell", name="Essen")).to_be_visible()


def test_the_names_of_places_cover_neither_each_other_nor_a_marker(day, many_stops):
    day.reload()
    expect(day.locator("#day-map[data-ready]")).to_be_visible()
    names = [name.bounding_box() for name in day.locator("#day-map .place:visible").all()]
    markers = [marker.bounding_box() for marker in day.locator("#day-map .cluster, #day-map .mark").all()]
    assert len(names) > 3
    pairs = [*combinations(names, 2), *product(names, markers)]
    assert [pair for pair in pairs if _overlap(*pair)] == []


def test_the_printed_page_is_a_table_without_navigation_map_or_bars(day):
    day.emulate_media(media="print")
    hidden = ["#nav-sidebar", "#header-inner", ".day-filters", ".day-steps", "#day-map", ".day-bar a", ".day-hours"]
    for selector in hidden:
        expect(day.locator(selector).first).to_be_hidden()
    headings = ["Window", "", "Customer", "Phone", "Address", "Stop", "Priority", "Notes"]
    assert day.locator(".day-list thead th").all_inner_texts() == headings
    expect(day.locator("tr.stop")).to_have_count(5)


def test_the_printed_page_says_its_day_and_filters(day):
    day.goto(f"{PAGE}&city=Essen&priority=")
    day.emulate_media(media="print")
    expect(day.locator(".day-title")).to_have_text("Friday, 27 Nov 2026")
    expect(day.locator(".day-printed")).to_contain_text("City: Essen · As of ")


@pytest.mark.parametrize("width", [700, 1000])
def test_a_printed_row_is_whole_and_the_heading_is_on_each_page(day, many_stops, width):
    day.reload()
    day.set_viewport_size({"width": width, "height": 900})
    day.emulate_media(media="print")
    styles = "element => [getComputedStyle(element).display, getComputedStyle(element).breakInside]"
    assert day.locator(".day-list thead").evaluate(styles)[0] == "table-header-group"
    assert day.locator("tr.stop").last.evaluate(styles) == ["table-row", "avoid"]
    assert day.locator("tbody.stops").last.evaluate("body => getComputedStyle(body).contentVisibility") == "visible"
    headings = day.locator(".day-list thead th").evaluate_all("cells => cells.map(cell => cell.offsetWidth)")
    assert [place for place, cell_width in enumerate(headings) if cell_width < 30] == [1]  # the time line
    assert day.evaluate("document.documentElement.scrollWidth") <= width


def test_a_page_printed_in_the_dark_theme_is_dark_on_white(dark_page, stops, log_in):
    log_in(dark_page)
    dark_page.goto(PAGE)
    dark_page.emulate_media(media="print")
    assert dark_page.locator("tr.stop td").first.evaluate("cell => getComputedStyle(cell).color") == "rgb(0, 0, 0)"


def test_a_filter_by_city_shows_how_many_stops_each_city_has(day, many_stops):
    day.goto(f"{PAGE}&priority=High")
    options = day.get_by_label("City").locator("option").all_inner_texts()
    assert options == ["All", *(f"Ort {number} (5)" for number in range(10))]
    day.get_by_label("City").select_option("Ort 3")
    day.get_by_role("button", name="Show").click()
    expect(day.locator("tr.stop")).to_have_count(5)
    day.get_by_role("link", name="Remove the filters").click()
    expect(day.locator("tr.stop")).to_have_count(105)


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
