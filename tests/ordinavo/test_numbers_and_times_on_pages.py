"""No page for staff shows a number with empty decimals, a time in UTC, or an input whose comma the browser decides."""

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import NoReverseMatch, reverse

from importjobs.models import ImportItem
from targets.models import Target
from tests.api import example
from tests.factories import CustomFieldFactory, StaffFactory

NO_TEXT = re.compile(r"(?s)<(script|style|pre|textarea)\b.*?</\1>|<!--.*?-->")
INPUTS = re.compile(r"<input[^>]*>")


@pytest.fixture
def records(api, delivery_stop, staff):
    """Make records of each kind, with decimals and times: targets with corrections, jobs, and rejected items."""
    CustomFieldFactory(template=delivery_stop, key="volume", type="decimal", unit="m³")
    CustomFieldFactory(template=delivery_stop, key="ready", type="datetime")
    custom = {"package_count": 8, "volume": 1234.5, "ready": "2026-06-25T06:15:00Z"}
    document = example("upsert") | {"customFields": custom}
    document["businessValue"] = {"expectedRevenue": 1661.66}
    api.post(document)
    document["businessValue"] = {"expectedRevenue": 1772.77}
    document["customFields"] = custom | {"volume": 99.25, "ready": "2026-06-25T05:15:00Z"}
    document["planning"]["dueAtUtc"] = "2026-06-25T09:45:00Z"
    api.post(document)
    planning = {"timeWindowStartUtc": "2026-06-25T09:45:00Z", "timeWindowEndUtc": "2026-06-25T08:00:00Z"}
    api.post({"externalId": "BAD", "title": "A", "planning": planning, "businessValue": {"expectedRevenue": "1,5"}})
    return Target.objects.get()


def reader(role, language):
    """Return a client of a user with one role, or of an administrator, with pages in a language."""
    user = StaffFactory(is_superuser=role is None, username=f"reader-{role}-{language}")
    user.groups.set(Group.objects.filter(name=role))
    client = Client()
    client.force_login(user)
    client.cookies["django_language"] = language
    return client


def addresses():
    """Yield the addresses of the list of each model, and of the page and the history of its objects."""
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        try:
            yield reverse(f"{name}_changelist")
        except NoReverseMatch:
            continue
        for one in model._default_manager.order_by("-pk")[:3]:
            for page in ("change", "history"):
                try:
                    yield reverse(f"{name}_{page}", args=[one.pk])
                except NoReverseMatch:
                    continue
    for item in ImportItem.objects.filter(status="Rejected"):
        yield reverse("admin:importjobs_importitem_replay_this", args=[item.pk])
    yield from ("/admin/", "/admin/importjobs/importitem/causes/", "/admin/importjobs/importjob/upload/")
    yield "/admin/targets/target/day/?date=2026-06-25"


def pages(client):
    """Return the pages that a user may see, by their addresses, without scripts and payloads."""
    answers = {address: client.get(address) for address in addresses()}
    return {
        address: NO_TEXT.sub("", answer.content.decode())
        for address, answer in answers.items()
        if answer.status_code == 200
    }


def on_pages(pattern, found):
    """Return each text that the pattern finds on the pages, with its address. Tags are no text."""
    texts = {address: re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)) for address, page in found.items()}
    return [(address, match.group(0)) for address, text in texts.items() for match in re.finditer(pattern, text)]


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("role", "number"), [(None, 45), ("Viewer", 20)])
class TestPages:
    @pytest.fixture
    def found(self, records, role, number, language):
        found = pages(reader(role, language))
        assert len(found) >= number
        return found

    def test_show_no_empty_decimals(self, found, language):
        assert on_pages(r"\d[.,]\d*0000\b", found) == []
        shown = {text for _address, text in on_pages(r"\b(?:1661|1772)\S*", found)}
        assert shown == ({"1661,66", "1772,77"} if language == "de" else {"1661.66", "1772.77"})

    def test_show_no_time_in_utc(self, found):
        assert on_pages(r"\S*\dT\d\d:\d\d\S*|\S*\+00:00", found) == []

    def test_have_no_input_whose_decimal_separator_the_browser_decides(self, found):
        inputs = [tag for page in found.values() for tag in INPUTS.findall(page) if 'type="number"' in tag]
        assert [tag for tag in inputs if 'step="any"' in tag or re.search(r'(value|step)="\d*\.', tag)] == []
