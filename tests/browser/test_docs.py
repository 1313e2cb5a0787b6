"""The pages of the API documentation, in a real browser."""

import pytest
from playwright.sync_api import expect


@pytest.mark.parametrize("base", ["", "/api/connect/v1"])
def test_the_documentation_needs_no_other_host(page, base):
    page.goto(f"{base}/docs")
    expect(page.get_by_role("heading", name="Ordinavo Connect")).to_be_visible()
    expect(page.get_by_text("Import a target", exact=True)).to_be_visible()
    expect(page.get_by_text("Import a batch of targets", exact=True)).to_be_visible()


def test_an_operation_shows_its_example_and_its_errors(page):
    page.goto("/docs#/Importing/importTarget")
    operation = page.locator("#operations-Importing-importTarget")
    expect(operation.get_by_text("DEL-2026-000918").first).to_be_visible()
    expect(operation.get_by_text("idempotency_conflict").first).to_be_visible()


def test_the_list_of_codes_opens_on_a_click(page):
    page.goto("/docs")
    code = page.locator(".info").get_by_text("idempotency_conflict")
    expect(code).to_be_hidden()
    page.get_by_text("Errors of the request", exact=True).click()
    expect(code).to_be_visible()
