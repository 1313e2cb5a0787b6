"""What staff type is not lost: the session ends, the form is too old, a colleague is quicker, an address changes."""

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from playwright.sync_api import expect

from targets.models import Target
from tests.api import example
from tests.browser.conftest import PASSWORD

RESTORED = "What you typed is back."
KEPT = "Object.keys(sessionStorage).filter(key => key.startsWith('ordinavo.form:'))"


@pytest.fixture
def address(transactional_db, api, delivery_stop):
    """Import a target, and return the address of its page."""
    api.post(example("upsert"))
    return f"/admin/targets/target/{Target.objects.get().pk}/change/"


def save(page):
    page.get_by_role("button", name="Save", exact=True).click()


def log_in_here(page, username="dora"):
    page.fill("#id_username", username)
    page.fill("#id_password", PASSWORD)
    page.press("#id_password", "Enter")


def end_session():
    Session.objects.all().delete()


def test_a_session_that_ends_in_the_middle_of_a_form_loses_nothing(page, dora, address, log_in):
    log_in(page)
    page.goto(address)
    page.fill("#id_title", "Typed before the session ended")
    page.select_option("#id_priority", "Low")
    end_session()
    save(page)
    expect(page.get_by_text("Your session has ended.")).to_be_visible()
    log_in_here(page)
    expect(page.get_by_text(RESTORED)).to_be_visible()
    assert Target.objects.get().title == "Delivery to Rhein-Ruhr Medical Supply"
    save(page)
    page.wait_for_url("**/admin/targets/target/")
    assert (Target.objects.get().title, Target.objects.get().priority) == ("Typed before the session ended", "Low")
    page.goto(address)
    expect(page.get_by_text(RESTORED)).to_have_count(0)


def test_what_is_restored_is_merged_with_what_was_imported_meanwhile(page, dora, address, api, log_in):
    log_in(page)
    page.goto(address)
    page.fill("#id_title", "Typed")
    end_session()
    save(page)
    api.item({"externalId": Target.objects.get().external_id, "customer": {"name": "Imported meanwhile"}})
    log_in_here(page)
    expect(page.get_by_text(RESTORED)).to_be_visible()
    save(page)
    page.wait_for_url("**/admin/targets/target/")
    assert (Target.objects.get().title, Target.objects.get().customer_name) == ("Typed", "Imported meanwhile")


@pytest.mark.expected_problems("status of 403")
def test_a_form_of_an_earlier_login_is_shown_again(page, dora, address, log_in):
    log_in(page)
    page.goto(address)
    page.fill("#id_title", "Typed in a form that was too old")
    page.context.clear_cookies(name="csrftoken")
    with page.expect_response(lambda response: response.status == 403):
        save(page)
    expect(page.get_by_role("heading", name="This form was too old to be sent")).to_be_visible()
    page.get_by_role("link", name="Open the form again").click()
    expect(page.locator("#id_title")).to_have_value("Typed in a form that was too old")
    save(page)
    page.wait_for_url("**/admin/targets/target/")
    assert Target.objects.get().title == "Typed in a form that was too old"


def test_nobody_else_sees_what_was_typed(page, dora, address, log_in):
    User.objects.create_superuser("anna", password=PASSWORD)
    log_in(page)
    page.goto(address)
    page.fill("#id_title", "Typed by dora")
    end_session()
    save(page)
    log_in_here(page, "anna")
    expect(page.locator("#id_title")).to_have_value("Delivery to Rhein-Ruhr Medical Supply")
    assert page.evaluate(KEPT) == []


def test_what_was_typed_goes_when_the_user_logs_out(page, dora, address, log_in):
    log_in(page)
    page.goto(address)
    page.fill("#id_title", "Typed before the session ended")
    end_session()
    save(page)
    log_in_here(page)
    expect(page.get_by_text(RESTORED)).to_be_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("#logout-form").evaluate("form => form.requestSubmit()")
    page.wait_for_url("**/logout/")
    assert page.evaluate(KEPT) == []


def test_a_password_is_never_kept(page, dora, address, log_in):
    log_in(page)
    page.goto("/admin/password_change/")
    page.locator("input[type=password]").first.fill("not the password")
    end_session()
    page.locator("input[type=password]").first.press("Enter")
    page.wait_for_url("**/login/**")
    assert "not the password" not in page.evaluate("JSON.stringify(sessionStorage)")


@pytest.mark.parametrize("width", [1400, 400])
def test_a_conflict_shows_both_values_to_choose_from(page, dora, address, api, log_in, violations, width):
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page)
    page.goto(address)
    api.item({"externalId": Target.objects.get().external_id, "title": "Imported meanwhile"})
    page.fill("#id_title", "Typed")
    page.fill("#id_customer_name", "Typed as well")
    save(page)
    expect(page.get_by_label("Keep mine: Typed")).to_be_checked()
    assert violations(page) == []
    page.get_by_label("Take what is stored now").check()
    save(page)
    page.wait_for_url("**/admin/targets/target/")
    assert (Target.objects.get().title, Target.objects.get().customer_name) == ("Imported meanwhile", "Typed as well")


@pytest.mark.parametrize("width", [1400, 400])
def test_a_changed_address_asks_for_its_coordinates(page, dora, address, log_in, violations, width):
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page)
    page.goto(address)
    page.fill("#id_city", "Bochum")
    expect(page.get_by_text("Changed: imports will keep your value.")).to_be_visible()
    save(page)
    expect(page.locator("#id_city")).to_have_value("Bochum")
    assert violations(page) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width + 1
    page.get_by_label("Empty the coordinates").check()
    save(page)
    page.wait_for_url("**/admin/targets/target/")
    assert (Target.objects.get().city, Target.objects.get().latitude) == ("Bochum", None)


@pytest.mark.expected_problems("status of 404")
@pytest.mark.parametrize("width", [1400, 400])
def test_an_error_page_is_accessible_and_fits_its_width(page, dora, log_in, violations, width):
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page)
    page.goto("/admin/nowhere/")
    expect(page.get_by_role("heading", name="This page does not exist")).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width + 1


def test_pages_are_visible_without_javascript(browser, live_server, dora):
    with browser.new_context(base_url=live_server.url, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto("/admin/login/")
        expect(page.locator("noscript .no-script")).to_be_visible()
        log_in_here(page)
        expect(page.get_by_role("heading", name="What needs attention")).to_be_visible()
