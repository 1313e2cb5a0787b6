"""The warnings of items and targets in the admin: badges, filters, and corrections that remove them."""

import pytest
from django.urls import reverse

from importjobs.admin import list_filters
from importjobs.models import ImportItem
from ordinavo.common.codes import Code, Kind
from targets.models import Target
from targets.rules import TARGET_WARNINGS
from tests import provocations
from tests.api import Api
from tests.factories import ApiTokenFactory, SourceSystemFactory
from tests.forms import unchanged_form_data

ITEMS = "/admin/importjobs/importitem/"
TARGETS = "/admin/targets/target/"
ODD = {
    "externalType": "Order",
    "customer": {"email": "anna"},
    "address": {"country": "DE", "postalCode": "4512", "latitude": 7.0116, "longitude": 51.4513},
    "planning": {"routeDate": "2026-06-25", "timeWindowStartUtc": "2026-06-26T08:00:00Z"},
}


def listed(staff, url, **filters):
    return [row.external_id for row in staff.get(url, filters).context["cl"].queryset]


def text(response):
    return response.content.decode()


@pytest.mark.parametrize("code", [code for code in TARGET_WARNINGS if code in provocations.WARNINGS])
def test_targets_are_listed_with_badges_and_filtered_by_each_warning(staff, api, code):
    provocations.prepare(api)
    api.post(provocations.WARNINGS[code])
    assert listed(staff, TARGETS, warning=code.value) == ["DEL-2"]
    assert str(code.badge) in text(staff.get(TARGETS, {"q": "DEL-2"}))


def test_targets_are_not_filtered_by_warnings_that_are_only_about_an_import(staff, api):
    assert str(Code.EXTERNAL_TYPE_CHANGED.badge) not in text(staff.get(TARGETS))


def test_a_correction_by_staff_removes_the_warnings(staff, api):
    api.send(**ODD)
    target = Target.objects.get()
    assert len(target.warnings) == 4
    page = reverse("admin:targets_target_change", args=[target.pk])
    corrected = {
        "customer_email": "anna@example.com",
        "postal_code": "45127",
        "latitude": "51.4513",
        "longitude": "7.0116",
        "route_date": "2026-06-26",
    }
    assert staff.post(page, unchanged_form_data(staff, page) | corrected).status_code == 302
    target.refresh_from_db()
    assert target.warnings == []


def test_the_page_of_a_target_shows_the_message_of_each_warning(staff, api):
    api.send(**ODD)
    content = text(staff.get(reverse("admin:targets_target_change", args=[Target.objects.get().pk])))
    assert "Email: “anna” is not an email address." in content
    assert "The coordinates 7.0116, 51.4513 lie outside the country DE. Swapped, they lie inside." in content
    assert "The time window is on 2026-06-26 (Europe/Berlin), but the route date is 2026-06-25." in content


def test_a_message_tells_the_warnings_that_a_correction_causes(staff, api):
    api.send(customer={"email": "anna"})
    page = reverse("admin:targets_target_change", args=[Target.objects.get().pk])
    corrected = unchanged_form_data(staff, page) | {"postal_code": "4512", "country": "DE"}
    shown = [str(message) for message in staff.post(page, corrected, follow=True).context["messages"]]
    assert "No coordinates: The address has no coordinates, so no route can be planned to it yet." in shown
    assert any(message.startswith("Check postal code: The postal code “4512” does not") for message in shown)
    assert len(shown) == 3  # the third one is about the success


def test_staff_can_correct_a_target_whose_email_is_no_address(staff, api):
    api.send(customer={"email": "anna"})
    target = Target.objects.get()
    page = reverse("admin:targets_target_change", args=[target.pk])
    assert staff.post(page, unchanged_form_data(staff, page) | {"title": "Corrected"}).status_code == 302
    target.refresh_from_db()
    assert (target.title, target.customer_email, target.warnings) == ("Corrected", "anna", ["implausible_email"])


@pytest.mark.parametrize("code", [code for code in Code.of_kind(Kind.WARNING) if code in provocations.WARNINGS])
def test_items_are_listed_with_badges_and_filtered_by_each_warning(staff, api, code):
    provocations.prepare(api)
    api.post(provocations.WARNINGS[code])
    newest = ImportItem.objects.latest("pk")
    assert staff.get(ITEMS, {"warning": code.value}).context["cl"].queryset.first() == newest
    content = text(staff.get(ITEMS, {"status__exact": newest.status}))
    assert f"{code.badge}" in content.split('id="result_list"')[1]


def test_an_item_shows_each_warning_with_its_badge_and_message(staff, api):
    api.send(externalType="Order")
    api.send(externalType="Return")
    item = ImportItem.objects.latest("pk")
    content = text(staff.get(reverse("admin:importjobs_importitem_change", args=[item.pk])))
    assert "Type changed" in content
    assert "The external type was “Order” and is now “Return”." in content


def test_items_are_filtered_to_those_with_any_warning_or_an_unknown_one(staff, api):
    api.send("DEL-1")
    api.send("DEL-2", **ODD)
    assert listed(staff, ITEMS, warning="any") == ["DEL-2"]
    assert listed(staff, ITEMS, warning="nothing") == []


def test_a_certain_warning_is_searched_in_the_newest_items_with_a_warning(staff, api, monkeypatch):
    monkeypatch.setattr(list_filters, "MAX_SEARCHED_WARNINGS", 2)
    api.send("DEL-1", **ODD)
    api.send("DEL-2", customer={"email": "anna"})
    api.send("DEL-3", **ODD)
    api.send("DEL-4")
    assert listed(staff, ITEMS, warning="implausible_email") == ["DEL-3", "DEL-2"]
    job = ImportItem.objects.get(external_id="DEL-1").job_id
    assert listed(staff, ITEMS, warning="implausible_email", job__id__exact=job) == ["DEL-1"]


def test_a_job_number_that_is_none_is_refused_with_the_list_of_all_items(staff, api):
    assert staff.get(ITEMS, {"warning": "implausible_email", "job__id__exact": "x"}).status_code == 302


def test_the_time_zone_of_another_source_system_counts_for_its_own_targets(api):
    system = SourceSystemFactory(key="shop", time_zone="Pacific/Auckland")
    shop = Api(ApiTokenFactory(source_systems=[system]))
    planning = {"planning": {"routeDate": "2026-06-25", "timeWindowStartUtc": "2026-06-24T18:00:00Z"}}
    codes = [[warning["code"] for warning in client.send(**planning)["warnings"]] for client in (shop, api)]
    assert codes == [[], ["window_not_on_route_date"]]
