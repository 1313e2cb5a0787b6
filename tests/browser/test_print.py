"""Lists of the admin on paper, in a browser. Widths are those of a page in portrait and in landscape."""

import pytest
from playwright.sync_api import expect

from tests.factories import ImportJobFactory, SourceSystemFactory, TargetFactory

LISTS = ["/admin/targets/target/", "/admin/importjobs/importjob/"]

# The classes of the elements around a row that cut what is larger than they are.
CUTTING = """row => {
  const found = [];
  for (let element = row.parentElement; element !== document.body; element = element.parentElement)
    if (getComputedStyle(element).overflow !== "visible") found.push(element.className);
  return found;
}"""


@pytest.fixture
def rows(dora):
    """Make 30 targets and 30 import jobs, which are more than a page of a phone has."""
    system = SourceSystemFactory()
    TargetFactory.create_batch(30, source_system=system, city="Mönchengladbach", customer_name="Weber")
    ImportJobFactory.create_batch(30, source_system=system)


@pytest.fixture
def printed(page, rows, log_in):
    """Return a function that opens an address as it is printed."""

    def printed(address, width):
        log_in(page)
        page.goto(address)
        expect(page.locator(".result-frame .simplebar-content")).to_be_visible()
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(media="print")
        return page

    return printed


@pytest.mark.parametrize("width", [700, 1030])
@pytest.mark.parametrize("address", LISTS)
def test_a_printed_list_has_all_its_rows_and_is_as_wide_as_the_page(printed, address, width):
    page = printed(address, width)
    last = page.locator("tr.data-row").last
    expect(last).to_be_visible()
    assert last.evaluate(CUTTING) == []
    assert last.evaluate("row => getComputedStyle(row).breakInside") == "avoid"
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("address", LISTS)
def test_a_printed_list_repeats_its_heading_and_has_no_controls(printed, address):
    page = printed(address, 700)
    expect(page.locator("#result_list thead")).to_be_visible()
    assert page.locator("#result_list thead").evaluate("head => getComputedStyle(head).display") == "table-header-group"
    for control in ("#nav-sidebar", "#changelist-search", ".list-settings", "#changelist-filter"):
        expect(page.locator(control).first).to_be_hidden()
    expect(page.locator("tr.data-row input:visible")).to_have_count(0)
