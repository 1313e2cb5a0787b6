"""The lists at the widths of a screen and of a phone."""

import pytest

from tests.factories import ImportJobFactory, SourceSystemFactory, TargetFactory

TARGETS = "/admin/targets/target/"
JOBS = "/admin/importjobs/importjob/"
ITEMS = "/admin/importjobs/importitem/"
LINE = 31
"""The largest height of a line of a row on a phone, in pixels, with its share of the padding."""

HEIGHTS = "rows => rows.map(row => row.getBoundingClientRect().height)"
CUT_REASONS = """cells => cells.filter(
  cell => cell.scrollWidth > cell.clientWidth || cell.scrollHeight > cell.clientHeight + 1
).length"""


@pytest.fixture
def day(api, dora):
    """Store targets, jobs of a source system with a long name, and rejected items with long reasons."""
    name = "Distribution Centre Northern Germany and the Netherlands"
    ImportJobFactory.create_batch(30, source_system=SourceSystemFactory(name=name), submitted_by="a nightly push")
    TargetFactory.create_batch(30, title="A delivery of many words " * 6, city="Bad Neuenahr-Ahrweiler")
    for number in range(3):
        api.send(f"DEL-{number}", address={"country": "Germany, as it was written into a field for something else"})


def open_list(page, log_in, width, url):
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page)
    page.goto(url)


def test_the_jobs_fit_a_screen_of_1400_pixels(page, log_in, day):
    open_list(page, log_in, 1400, JOBS)
    frame = page.locator(".result-frame")
    assert page.locator("#result_list").evaluate("table => table.scrollWidth") <= frame.evaluate("e => e.clientWidth")


def test_the_jobs_fit_a_screen_of_1400_pixels_in_german(german_page, log_in, day):
    open_list(german_page, log_in, 1400, JOBS)
    frame = german_page.locator(".result-frame")
    table = german_page.locator("#result_list")
    assert table.evaluate("table => table.scrollWidth") <= frame.evaluate("e => e.clientWidth")


@pytest.mark.parametrize("url", [TARGETS, JOBS])
def test_a_row_on_a_phone_has_at_most_three_lines(page, log_in, day, url):
    open_list(page, log_in, 400, url)
    heights = page.locator("#result_list .data-row").evaluate_all(HEIGHTS)
    assert len(heights) == 25
    assert max(heights) <= 3 * LINE
    assert page.evaluate("document.documentElement.scrollWidth") == 400


@pytest.mark.parametrize("width", [400, 1400])
def test_reasons_are_shown_whole(page, log_in, day, width):
    open_list(page, log_in, width, f"{ITEMS}?handling=open")
    reasons = page.locator("#result_list .field-reason")
    assert reasons.count() == 3
    assert reasons.evaluate_all(CUT_REASONS) == 0


def test_a_filter_is_saved_and_columns_are_chosen_by_mouse(page, log_in, day, violations):
    open_list(page, log_in, 1400, f"{TARGETS}?city=Bad+Neuenahr-Ahrweiler")
    page.get_by_role("link", name="Save these filters").click()
    page.get_by_label("Name").fill("Ahrweiler")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("link", name="Ahrweiler", exact=True).get_attribute("aria-current") == "page"
    page.get_by_role("link", name="Columns").click()
    assert violations(page) == []
    page.get_by_label("Phone").check()
    page.get_by_role("button", name="Save").click()
    assert page.locator("th.column-customer_phone").count() == 1
    assert violations(page) == []


def test_the_left_edge_of_a_box_keeps_its_colour_in_the_dark_theme(dark_page, log_in, day):
    open_list(dark_page, log_in, 1400, f"{ITEMS}?handling=open")
    dark_page.locator("#result_list .field-number a").first.click()
    edges = dark_page.locator(".findings").first.evaluate("box => getComputedStyle(box).borderLeftColor")
    other = dark_page.locator(".findings").first.evaluate("box => getComputedStyle(box).borderTopColor")
    assert edges != other
