"""What the pages of rejections and corrections never send themselves is refused, and nothing is written."""

import json

import pytest
from django.urls import reverse

from importjobs.models import ImportItem
from targets.models import Target
from tests.forms import unchanged_form_data

MANY = "/admin/importjobs/importitem/replay-many/"
CAUSES = "/admin/importjobs/importitem/causes/"


@pytest.mark.parametrize(
    "changes",
    [
        {"externalId": "DEL-1"},
        {"externalId": "DEL-1", "operation": "cancel"},
        {"operation": "cancel"},
        {"sourceSystem": "other"},
        {"sourceVersion": 9},
        ["externalId"],
    ],
)
def test_a_replay_of_many_makes_no_other_targets_and_no_cancels_of_the_items(staff, api, changes):
    api.send("DEL-1")
    api.post({"externalId": "DEL-2", "title": "x", "address": {"country": "XX"}})
    rejected = ImportItem.objects.get(status="Rejected")
    before = list(Target.objects.values()), ImportItem.objects.count()
    data = {
        "items": str(rejected.pk),
        "changes": json.dumps(changes | {"address.country": "DE"} if isinstance(changes, dict) else changes),
    }
    assert staff.post(MANY, data).status_code == 302
    assert (list(Target.objects.values()), ImportItem.objects.count()) == before
    assert ImportItem.objects.get(pk=rejected.pk).handling == ""


@pytest.mark.parametrize("address", [f"{CAUSES}%00/", f"{CAUSES}a%00b/", f"{CAUSES}x/"])
def test_an_address_that_is_no_cause_leads_to_the_causes(staff, address):
    assert staff.get(address)["Location"].startswith(CAUSES)


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_an_impossible_day_is_no_filter(staff, api, day):
    api.post({"externalId": "DEL-2"})
    shown = staff.get(CAUSES, {"day": day})
    assert shown.status_code == 200
    assert "Enter a date from the years 1970 to 2200." in shown.content.decode()


@pytest.mark.parametrize("field", ["estimated_work_minutes", "close_probability"])
def test_a_number_with_many_digits_is_an_error_of_its_field(staff, api, field):
    api.send("DEL-1")
    page = reverse("admin:targets_target_change", args=[Target.objects.get().pk])
    answer = staff.post(page, unchanged_form_data(staff, page) | {field: "9" * 30})
    assert answer.status_code == 200
    assert field in answer.context["adminform"].form.errors


@pytest.mark.parametrize(
    "opened",
    [
        "[[1, 2]]",
        '{"templateKey": "\\u0000"}',
        '{"planning.timeWindowStartUtc": "9999-12-31T23:59:59Z"}',
        '{"planning.timeWindowEndUtc": "0001-01-01T00:00:00+14:00"}',
    ],
)
def test_forged_values_of_the_opened_page_change_nothing(staff, api, opened):
    api.send("DEL-1")
    target = Target.objects.get()
    page = reverse("admin:targets_target_change", args=[target.pk])
    answer = staff.post(page, unchanged_form_data(staff, page) | {"opened_values": opened, "city": "Bonn"})
    assert answer.status_code == 200
    assert Target.objects.get().city == target.city
