"""Staff mend rejected items in a browser: all of one cause, and one in its form."""

import re

import pytest
from playwright.sync_api import expect

from importjobs.models import ChoiceRequest, ImportItem
from targets.models import Target
from tests.browser.conftest import PASSWORD
from tests.factories import CustomFieldFactory, StaffFactory

CAUSES = "/admin/importjobs/importitem/causes/"


@pytest.fixture
def cranes(transactional_db, api, delivery_stop):
    """Import two stops with a choice that the template does not have, and one of them with a faulty country, too."""
    CustomFieldFactory(template=delivery_stop, key="unloading", label="Unloading", type="choice", choices=["ramp"])
    for number, country in enumerate(["DE", "XX"]):
        api.post(
            {
                "externalId": f"DEL-{number}", "title": "Delivery", "templateKey": "delivery_stop",
                "address": {"country": country}, "customFields": {"unloading": "crane"},
            }
        )  # fmt: skip
    return list(ImportItem.objects.order_by("pk"))


def open_cause(page, name="Unloading"):
    page.goto(CAUSES)
    page.get_by_role("link", name=re.compile(name)).click()
    page.get_by_role("heading", name="Correct the value of all").wait_for()


def pages(item):
    request = ChoiceRequest.objects.create(
        field=CustomFieldFactory(type="choice", choices=["a"]), choice="b", requested_by="dirk",
        requested_at=item.job.created_at,
    )  # fmt: skip
    return [
        CAUSES,
        f"/admin/importjobs/importitem/{item.pk}/replay/",
        f"/admin/importjobs/importitem/choice-requests/{request.pk}/",
    ]


@pytest.mark.parametrize("width", [1400, 400])
def test_the_pages_are_accessible_and_fit_their_width(page, dora, cranes, log_in, violations, width):
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page)
    for address in pages(cranes[1]):
        page.goto(address)
        for summary in page.locator(".mend-rest > summary").all():
            summary.click()
        assert violations(page) == []
        assert page.evaluate("document.scrollingElement.scrollWidth") <= width + 1
    open_cause(page)
    assert violations(page) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width + 1


def test_the_pages_are_accessible_in_the_dark_theme(dark_page, dora, cranes, log_in, violations):
    log_in(dark_page)
    for address in pages(cranes[1]):
        dark_page.goto(address)
        assert violations(dark_page) == []
    open_cause(dark_page)
    assert violations(dark_page) == []


def test_one_value_mends_all_items_of_a_cause(page, dora, cranes, log_in):
    log_in(page)
    page.get_by_role("link", name=re.compile("Rejected items that nobody")).click()
    page.get_by_role("link", name=re.compile("Unloading")).click()
    page.get_by_label("Unloading").select_option("ramp")
    page.get_by_role("button", name="Check all with this value").click()
    expect(page.get_by_text("1 item would be rejected again. It stays open:")).to_be_visible()
    page.get_by_role("button", name="Replay 1 item").click()
    expect(page.get_by_text("Replayed: Created: 1.")).to_be_visible()
    assert Target.objects.get().custom_fields["unloading"] == "ramp"


def test_one_item_is_mended_in_its_form_and_replayed(page, dora, cranes, log_in):
    log_in(page)
    page.goto("/admin/importjobs/importitem/?handling=open")
    page.get_by_role("link", name="DEL-1").first.click()
    page.get_by_role("link", name="Fix and replay").click()
    expect(page.locator("#id_payload")).not_to_be_visible()
    page.get_by_label("Country").fill("DE")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_label("Country")).not_to_be_visible()
    page.get_by_label("Unloading").select_option("ramp")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("A replay would create the target.")).to_be_visible()
    page.get_by_role("button", name="Replay", exact=True).click()
    page.wait_for_url("**/importitem/?handling=open")
    target = Target.objects.get()
    assert (target.external_id, target.country, target.custom_fields["unloading"]) == ("DEL-1", "DE", "ramp")


def test_a_page_with_unsaved_changes_is_not_left_without_a_question(page, dora, cranes, log_in):
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    log_in(page)
    form = f"/admin/importjobs/importitem/{cranes[1].pk}/replay/"
    page.goto(form)
    page.goto(CAUSES)
    assert asked == []
    page.goto(form)
    page.get_by_label("Country").fill("DE")
    page.goto(CAUSES)
    assert asked == ["beforeunload"]
    page.goto(form)
    page.get_by_label("Country").fill("DE")
    page.get_by_role("button", name="Check", exact=True).click()
    expect(page.get_by_text("A replay would be rejected again.")).to_be_visible()
    assert asked == ["beforeunload"]


def test_a_dispatcher_asks_for_a_choice_and_an_integration_admin_adds_it(page, dark_page, cranes, log_in):
    for name, role in (("dirk", "Dispatcher"), ("ida", "Integration admin")):
        user = StaffFactory(username=name, is_superuser=False, in_group=role)
        user.set_password(PASSWORD)
        user.save()
    log_in(page, "dirk")
    open_cause(page)
    page.get_by_role("button", name="Ask for the choice").click()
    expect(page.get_by_text("2 items wait for it.")).to_be_visible()
    log_in(dark_page, "ida")
    dark_page.get_by_role("link", name=re.compile("Choices that dispatchers ask for")).click()
    dark_page.get_by_role("link", name="Accept or decline").click()
    dark_page.get_by_role("button", name="Add the choice").click()
    dark_page.get_by_role("button", name="Check all", exact=True).click()
    dark_page.get_by_role("button", name="Replay 1 item").click()
    expect(dark_page.get_by_text("Replayed: Created: 1.")).to_be_visible()


@pytest.fixture
def weights(transactional_db, api, delivery_stop):
    """Import stops with texts for a number, of which two can mean only one number."""
    CustomFieldFactory(template=delivery_stop, key="weight", label="Weight", type="decimal", unit="kg")
    for number, text in enumerate(["12,5", "12,5", "30 kg", "heavy"]):
        api.post(
            {
                "externalId": f"W-{number}",
                "title": "A",
                "templateKey": "delivery_stop",
                "customFields": {"weight": text},
            }
        )


@pytest.mark.parametrize("width", [1400, 400])
def test_each_of_several_values_is_mended_by_its_own(page, dora, weights, log_in, violations, width):
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page)
    page.goto(CAUSES)
    page.get_by_role("link", name=re.compile("Weight")).click()
    expect(page.get_by_label("New value for “12,5”")).to_have_value("12.5")
    assert violations(page) == []
    assert page.evaluate("document.scrollingElement.scrollWidth") <= width + 1
    page.get_by_label("New value for “heavy”").fill("1.250,5")
    page.get_by_role("button", name="Check with these values").click()
    page.get_by_role("button", name="Replay 4 items").click()
    expect(page.get_by_text("Replayed: Created: 4.")).to_be_visible()
    assert float(Target.objects.get(external_id="W-3").custom_fields["weight"]) == 1250.5
