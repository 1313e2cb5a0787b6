"""Staff find, correct and replay as a screen reader presents the pages: each control is found by its role and name."""

import re

import pytest
from playwright.sync_api import expect

from importjobs.models import ImportItem
from targets.models import Target
from tests.api import example
from tests.browser.conftest import PASSWORD


@pytest.fixture
def work(transactional_db, api, delivery_stop):
    """Import a target, and an item that is rejected for its country."""
    api.post(example("upsert"))
    api.post({"externalId": "DEL-BAD", "title": "Delivery", "address": {"country": "XX"}})


def sign_in(page):
    page.goto("/admin/login/")
    page.get_by_role("textbox", name="Username").fill("dora")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=2, name="What needs attention")).to_be_visible()


def find(page, text):
    """Open the first target that the search finds."""
    page.keyboard.press("Control+k")
    search = page.get_by_role("dialog", name="Search everything")
    search.get_by_role("searchbox", name="Search everything").press_sequentially(text)
    expect(search.get_by_role("status")).to_contain_text("Found")
    page.keyboard.press("Enter")


def test_a_target_is_found_and_corrected(page, dora, work):
    sign_in(page)
    find(page, "0201 123")
    expect(page.get_by_role("main")).to_match_aria_snapshot("- textbox /Title/")
    page.get_by_role("textbox", name="Contact name").fill("Ines Weber")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").get_by_text("was changed successfully")).to_be_visible()
    assert Target.objects.get().customer_contact_name == "Ines Weber"


def test_an_error_is_read_with_its_input(page, dora, work):
    sign_in(page)
    find(page, "DEL-2026-000918")
    title = page.get_by_role("textbox", name="Title")
    title.evaluate("input => input.removeAttribute('required')")
    title.fill("")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("Please correct the error")
    expect(title).to_have_accessible_description("This field is required.")


def test_a_rejected_item_is_found_fixed_and_replayed(page, dora, work):
    sign_in(page)
    page.get_by_role("navigation", name="Main menu").get_by_role("link", name="Import items").click()
    page.get_by_role("main").get_by_role("link", name="DEL-BAD").first.click()
    page.get_by_role("link", name="Fix and replay").click()
    country = page.get_by_role("textbox", name="Country")
    expect(country).to_have_accessible_description(re.compile("“XX” is not accepted"))
    country.fill("DE")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_role("status").get_by_text("A replay would create the target.")).to_be_visible()
    page.get_by_role("button", name="Replay", exact=True).click()
    expect(page.get_by_role("status").get_by_text("Replayed: Created.")).to_be_visible()
    assert ImportItem.objects.get(external_id="DEL-BAD", status="Created").target is not None
