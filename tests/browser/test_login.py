"""Two-factor login in a browser, wide and narrow, in English and in German."""

import os
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD
from tests.second_factor import FOLDER, code

WIDTHS = [1400, 400]


@pytest.fixture
def check(violations):
    """Return a function that looks at a page: a screenshot, its width and its accessibility."""

    def check(page, name, width):
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
        assert violations(page) == []
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width + 1

    return check


def send_password(page):
    page.goto("/admin/login/")
    page.fill("#id_username", "dora")
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_second_factor_is_set_up_used_and_turned_off(page, dora, log_in, check, width):
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page)
    page.goto(FOLDER)
    check(page, "factor-off", width)
    page.get_by_role("link", name="Set up").click()
    page.wait_for_url(f"**{FOLDER}set-up/")
    check(page, "factor-set-up", width)
    key = page.locator("#key").inner_text()
    page.fill("#id_code", code(key, step=-1))
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator("#codes")).to_be_visible()
    check(page, "factor-codes", width)
    codes = page.locator("#codes").inner_text().split()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download", exact=True).click()
    assert Path(download.value.path()).read_text().split() == codes
    page.get_by_role("link", name="Continue").click()
    expect(page.get_by_text("Two-factor login has been on since")).to_be_visible()
    check(page, "factor-on", width)
    page.context.clear_cookies()
    send_password(page)
    page.wait_for_url(f"**{FOLDER}code/")
    page.fill("#id_code", "000000")
    page.keyboard.press("Enter")
    expect(page.get_by_text("The code is wrong or was used before.")).to_be_visible()
    check(page, "factor-code", width)
    page.fill("#id_code", code(key))
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin/")
    page.goto(f"{FOLDER}turn-off/")
    check(page, "factor-confirm", width)
    page.fill("#id_password", PASSWORD)
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url(f"**{FOLDER}turn-off/")
    check(page, "factor-turn-off", width)
    page.get_by_role("button", name="Turn off").click()
    expect(page.get_by_text("Two-factor login is off. With it")).to_be_visible()


@pytest.mark.parametrize("width", WIDTHS)
def test_the_demanded_set_up_is_german_for_a_german_browser(german_page, dora, settings, check, width):
    settings.REQUIRE_SECOND_FACTOR = True
    german_page.set_viewport_size({"width": width, "height": 900})
    send_password(german_page)
    german_page.wait_for_url(f"**{FOLDER}set-up/")
    check(german_page, "factor-german", width)
    german_page.fill("#id_code", "000000")
    german_page.keyboard.press("Enter")
    expect(german_page.get_by_text("Der Code ist falsch")).to_be_visible()


def test_an_administrator_resets_the_second_factor_of_a_colleague(page, dora, log_in, check):
    User.objects.create_superuser("anna", password=PASSWORD)
    log_in(page)
    page.goto(f"{FOLDER}set-up/")
    page.fill("#id_code", code(page.locator("#key").inner_text()))
    page.get_by_role("button", name="Turn on").click()
    expect(page.locator("#codes")).to_be_visible()
    page.context.clear_cookies()
    log_in(page, "anna")
    page.goto(f"/admin/auth/user/{dora.pk}/change/")
    page.get_by_role("link", name="Reset second factor").click()
    check(page, "user-reset", 1280)
    page.get_by_role("button", name="Reset second factor").click()
    expect(page.get_by_text("The second factor was reset.")).to_be_visible()
