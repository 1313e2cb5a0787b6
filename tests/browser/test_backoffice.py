"""The pages and the daily work of staff, in a browser."""

import json
import os
import re
import urllib.request
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from playwright.sync_api import expect

from importjobs.models import ImportItem
from targets import pauses
from targets.models import SourceSystem, Target
from tests.api import example, warning_codes
from tests.browser.conftest import PASSWORD
from tests.factories import ApiTokenFactory, ImportJobFactory, SourceSystemFactory, StaffFactory, TargetFactory

PAGES = {
    "start": "/admin/",
    "targets": "/admin/targets/target/",
    "target": "/admin/targets/target/{target}/change/",
    "history": "/admin/targets/target/{target}/history/",
    "cancel": "/admin/targets/target/{target}/cancel/",
    "jobs": "/admin/importjobs/importjob/",
    "job": "/admin/importjobs/importjob/{job}/change/",
    "items": "/admin/importjobs/importitem/",
    "item": "/admin/importjobs/importitem/{item}/change/",
    "replay": "/admin/importjobs/importitem/{item}/replay/",
    "templates": "/admin/templates/targettemplate/",
    "template": "/admin/templates/targettemplate/{template}/change/",
    "payload": "/admin/templates/targettemplate/{template}/payload/",
    "tokens": "/admin/inbound/apitoken/",
    "issue": "/admin/inbound/apitoken/add/",
    "token": "/admin/inbound/apitoken/{token}/change/",
    "source systems": "/admin/targets/sourcesystem/",
    "source system": "/admin/targets/sourcesystem/{system}/change/",
    "paused source system": "/admin/targets/sourcesystem/{paused}/change/",
    "pause": "/admin/targets/sourcesystem/{system}/pause/",
}


@pytest.fixture
def work(transactional_db, api, delivery_stop):
    """Import one target and one rejected item, and pause another source system. Return the ids for PAGES.

    A third source system has sent nothing for three days, which is longer than usual.
    """
    api.post(example("upsert"))
    api.post({"externalId": "DEL-BAD", "title": "Delivery", "address": {"country": "XX"}})
    item, target = ImportItem.objects.get(status="Rejected"), Target.objects.get()
    silent, paused = SourceSystemFactory(name="Nightly ERP"), SourceSystemFactory(name="Shop")
    for days in range(3, 12):
        ImportJobFactory(source_system=silent, created_at=timezone.now() - timedelta(days=days))
    pauses.pause_source_system(source_system=paused, reason="The shop moves to a new server.", by="dora")
    token = ApiTokenFactory(source_systems=[paused], allowed_networks=["192.0.2.0/24", "2001:db8::/32"])
    return {
        "target": target.pk, "item": item.pk, "job": item.job_id, "template": delivery_stop.pk,
        "system": target.source_system_id, "paused": paused.pk, "token": token.pk,
    }  # fmt: skip


def test_staff_can_log_in_by_keyboard(page, dora):
    page.goto("/admin/login/")
    page.keyboard.press("Tab")
    page.keyboard.type("dora")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What needs attention")).to_be_visible()


@pytest.mark.parametrize(("opened", "width"), [("page", 1400), ("dark_page", 400)])
def test_pages_with_work_are_accessible_and_fit_their_width(request, dora, work, log_in, violations, opened, width):
    page, problems = request.getfixturevalue(opened), {}
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page)
    for name, path in PAGES.items():
        page.goto(path.format(**work))
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
        if found := violations(page):
            problems[name] = found
        if (needed := page.evaluate("document.scrollingElement.scrollWidth")) > width + 1:
            problems[f"{name} is too wide"] = needed
    assert problems == {}


@pytest.mark.parametrize("width", [1400, 400])
def test_the_login_is_accessible_and_fits_its_width(page, violations, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/admin/login/")
    assert violations(page) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width + 1


def test_a_long_error_is_readable_in_the_list_on_a_narrow_screen(page, dora, api, log_in):
    api.send(planning={"routeDate": "25.06.2026" * 3})
    log_in(page)
    page.set_viewport_size({"width": 400, "height": 900})
    page.goto("/admin/importjobs/importitem/")
    sizes = "cell => [cell.scrollHeight - cell.clientHeight, cell.scrollWidth - cell.clientWidth]"
    assert page.locator("td.field-reason").evaluate(sizes) == [0, 0]


def test_a_row_of_targets_is_low_on_a_narrow_screen(page, dora, log_in):
    TargetFactory.create_batch(
        20, title="Delivery of pallets", customer_name="Weber GmbH", city="Gelsenkirchen", priority="Urgent",
        route_date=date(2026, 6, 25), warnings=["missing_coordinates"],
    )  # fmt: skip
    log_in(page)
    page.set_viewport_size({"width": 400, "height": 900})
    page.goto("/admin/targets/target/")
    heights = page.locator("#result_list tbody tr").evaluate_all("rows => rows.map((row) => row.offsetHeight)")
    assert len(heights) == 20
    assert max(heights) <= 120
    assert page.evaluate("document.scrollingElement.scrollHeight") < 4_000


def test_the_next_import_does_not_overwrite_a_correction(page, dora, work, api, log_in):
    log_in(page)
    page.goto("/admin/targets/target/")
    page.get_by_role("searchbox").or_(page.locator("#searchbar")).first.fill("medical")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="DEL-2026-000918").first.click()
    page.fill("#id_city", "Bochum")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_label("Keep the coordinates").check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/targets/target/?q=medical")
    assert ("kept_correction", "address.city") in warning_codes(api.item(example("upsert")))
    page.goto(PAGES["target"].format(**work))
    expect(page.locator("#id_city")).to_have_value("Bochum")
    expect(page.get_by_text("Value of the source system:")).to_be_visible()
    assert set(Target.objects.get().corrections) == {"address.city"}


def test_the_payload_of_a_rejected_item_is_fixed_as_json_and_replayed(page, dora, work, log_in):
    log_in(page)
    page.goto("/admin/importjobs/importitem/?handling=open")
    page.get_by_role("link", name="DEL-BAD").first.click()
    page.get_by_role("link", name="Fix and replay").click()
    page.get_by_text("As JSON (for experts)").click()
    payload = page.locator("#id_payload")
    payload.fill(payload.input_value().replace('"XX"', '"DE"'))
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("A replay would create the target.")).to_be_visible()
    page.get_by_role("button", name="Replay", exact=True).click()
    expect(page.get_by_text("Replayed: Created.")).to_be_visible()
    assert Target.objects.get(external_id="DEL-BAD").country == "DE"


def test_an_issued_token_can_be_copied_and_used(page, dora, work, log_in, live_server):
    log_in(page)
    page.goto("/admin/inbound/apitoken/add/")
    page.fill("#id_name", "Shop")
    page.get_by_label(re.compile(r"integration\.health\.read")).check()
    page.get_by_label("LOGISTICS_ERP").check()
    page.get_by_role("button", name="Save", exact=True).click()
    raw = page.locator("#token").inner_text()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name="Copy the token").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == raw
    headers = {"Authorization": f"Bearer {raw}"}
    with urllib.request.urlopen(
        urllib.request.Request(f"{live_server.url}/integration/health", headers=headers)
    ) as answer:
        assert json.load(answer)["token"]["name"] == "Shop"


def test_one_click_resumes_a_paused_source_system(page, dora, work, log_in):
    log_in(page)
    expect(page.get_by_text("Reason: The shop moves to a new server.")).to_be_visible()
    page.get_by_role("link", name="Show the source system").click()
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Imports are accepted again.")).to_be_visible()
    page.get_by_role("link", name="Pause").click()
    page.fill("#id_reason", "Wrong prices")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Reason: Wrong prices")).to_be_visible()


def test_a_time_zone_is_found_by_a_part_of_its_name(page, dora, work, log_in):
    log_in(page)
    page.goto(PAGES["source system"].format(**work))
    page.get_by_role("combobox", name="As this installation").click()
    page.keyboard.type("new_y")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/targets/sourcesystem/")
    assert SourceSystem.objects.get(pk=work["system"]).time_zone == "America/New_York"


def test_users_with_read_permissions_see_no_buttons_for_changes(page, work, log_in):
    viewer = StaffFactory(is_superuser=False, username="vera", in_group=None)
    viewer.set_password(PASSWORD)
    viewer.save()
    viewer.user_permissions.set(_permissions("view_target", "view_importitem"))
    log_in(page, "vera")
    page.goto(PAGES["target"].format(**work))
    expect(page.get_by_role("button", name="Save", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="Cancel this target")).to_have_count(0)
    page.goto(PAGES["item"].format(**work))
    expect(page.get_by_role("link", name="Fix and replay")).to_have_count(0)


def _permissions(*codenames):
    return Permission.objects.filter(codename__in=codenames)


def test_a_german_browser_shows_the_admin_in_german(german_page, dora, work, log_in):
    log_in(german_page)
    expect(german_page.get_by_role("heading", name="Was zu tun ist")).to_be_visible()
    german_page.goto("/admin/targets/target/")
    expect(german_page.get_by_role("link", name="Aufträge").first).to_be_visible()
    expect(german_page.get_by_text("25.06.2026").first).to_be_visible()
