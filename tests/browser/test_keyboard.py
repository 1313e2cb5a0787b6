"""Staff work by keyboard alone: every control is reached by Tab, opened by Enter and closed by Escape."""

import pytest
from playwright.sync_api import expect

from tests.factories import TargetFactory

LIST = "/admin/targets/target/"
FOCUSED = """() => {
  const element = document.activeElement, copy = element.cloneNode(true);
  copy.querySelectorAll("[aria-hidden]").forEach(part => part.remove());
  const name = element.ariaLabel || copy.textContent.trim() || element.name || element.tagName;
  return [name.split(/\\s+/).join(" "), getComputedStyle(element).outlineStyle];
}"""
MAX_STOPS = 80


@pytest.fixture
def targets(transactional_db):
    """Return two targets, one of them cancelled."""
    return [
        TargetFactory(title="Delivery of pallets", external_id="DEL-1", customer_phone="+49 170 1234567"),
        TargetFactory(title="Pickup", external_id="DEL-2", status="Cancelled"),
    ]


def tab_to(page, name):
    """Press Tab until a control with this name has the focus. Fails if none has."""
    for _stop in range(MAX_STOPS):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED)[0] == name:
            return
    pytest.fail(f"Tab never reaches {name}")


def walk(page):
    """Return the names of the controls that Tab reaches, in order, and whether each shows the focus."""
    stops = []
    for _stop in range(MAX_STOPS):
        page.keyboard.press("Tab")
        name, outline = page.evaluate(FOCUSED)
        if name == "BODY" or page.evaluate("document.activeElement === document.body"):
            break
        stops.append((name, outline))
    return stops


def test_the_first_control_skips_the_menu(page, dora, targets, log_in):
    log_in(page)
    page.goto(LIST)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()


def test_the_controls_follow_in_a_sensible_order(page, dora, targets, log_in):
    log_in(page)
    page.goto(LIST)
    names = [name for name, _outline in walk(page)]
    expected = ["Skip to the content", "Day", "Change log", "D dora", "Menu", "Export", "Filters", "DEL-2"]
    assert [name for name in names if name in expected] == expected


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_focus_is_visible_on_every_control(page, dora, targets, log_in, theme):
    log_in(page)
    page.emulate_media(color_scheme=theme)
    for address in (LIST, f"{LIST}{targets[0].pk}/change/"):
        page.goto(address)
        stops = walk(page)
        assert len(stops) > 20
        assert [name for name, outline in stops if outline == "none"] == []


def test_the_account_menu_is_opened_and_closed_by_keyboard(page, dora, log_in):
    log_in(page)
    tab_to(page, "D dora")
    page.keyboard.press("Enter")
    expect(page.get_by_role("group", name="Account")).to_be_visible()
    expect(page.get_by_role("button", name="Light")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("group", name="Account")).to_be_hidden()
    expect(page.get_by_role("button", name="dora")).to_be_focused()


def test_the_language_is_chosen_by_keyboard_and_stays(page, dora, log_in):
    log_in(page)
    tab_to(page, "D dora")
    page.keyboard.press("Enter")
    tab_to(page, "Deutsch de")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.goto(LIST)
    expect(page.locator("html")).to_have_attribute("lang", "de")


@pytest.mark.parametrize("width", [1400, 400])
def test_the_filters_stay_open_while_one_filters_by_keyboard(page, dora, targets, log_in, width):
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page)
    page.goto(LIST)
    filters = page.get_by_role("complementary", name="Filters")
    expect(filters).to_be_hidden()
    tab_to(page, "Filters")
    page.keyboard.press("Enter")
    expect(filters).to_be_visible()
    tab_to(page, "Cancelled")
    page.keyboard.press("Enter")
    page.wait_for_url("**status__exact=Cancelled*")
    expect(filters).to_be_visible()
    expect(filters.get_by_role("link", name="Cancelled")).to_be_focused()
    page.keyboard.press("Escape")
    expect(filters).to_be_hidden()
    expect(page.get_by_role("button", name="Filters", exact=True)).to_be_focused()


def test_the_filters_stay_closed_on_the_next_page_after_they_were_closed(page, dora, targets, log_in):
    log_in(page)
    page.goto(LIST)
    page.get_by_role("button", name="Filters", exact=True).click()
    filters = page.get_by_role("complementary", name="Filters")
    filters.get_by_role("link", name="Cancelled").click()
    page.wait_for_url("**status__exact=Cancelled*")
    filters.get_by_role("button", name="Close the filters").click()
    page.reload()
    expect(page.get_by_role("button", name="Filters", exact=True)).to_be_visible()
    expect(filters).to_be_hidden()


def test_the_menu_is_opened_and_closed_by_keyboard_on_a_phone(page, dora, log_in):
    page.set_viewport_size({"width": 400, "height": 900})
    log_in(page)
    menu = page.get_by_role("navigation", name="Main menu")
    expect(menu).to_be_hidden()
    tab_to(page, "Menu")
    page.keyboard.press("Enter")
    expect(menu).to_be_visible()
    expect(menu.get_by_role("button", name="Close")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()


@pytest.mark.parametrize("text", ["DEL-1", "0170 123", "pallets"])
def test_enter_opens_the_first_result_of_the_search(page, dora, targets, log_in, text):
    log_in(page)
    page.keyboard.press("Control+k")
    page.get_by_role("searchbox", name="Search everything").type(text)
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{LIST}{targets[0].pk}/change/")


def test_enter_opens_the_list_if_the_search_finds_nothing(page, dora, targets, log_in):
    log_in(page)
    page.keyboard.press("Control+k")
    page.get_by_role("searchbox", name="Search everything").type("<Weber> & Co")
    expect(page.get_by_role("status").get_by_text("Nothing was found for “<Weber> & Co”.")).to_be_attached()
    expect(page.get_by_role("link", name="Search the list of targets")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url("**/targets/target/?q=%3CWeber%3E+%26+Co")


def test_escape_closes_the_search_and_returns_the_focus(page, dora, log_in):
    log_in(page)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+k")
    search = page.get_by_role("searchbox", name="Search everything")
    expect(search).to_be_focused()
    page.keyboard.press("Escape")
    expect(search).to_be_hidden()
    expect(page.get_by_role("main")).to_be_focused()
