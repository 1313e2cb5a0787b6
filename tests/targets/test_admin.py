"""The admin pages of targets: search, filters, and corrections by staff."""

from decimal import Decimal

import pytest
from django.urls import reverse

from targets.models import Target
from tests.api import example, warning_codes
from tests.factories import TargetFactory
from tests.forms import unchanged_form_data
from tests.queries import count_queries

LIST = "/admin/targets/target/"


@pytest.fixture
def target(api, delivery_stop):
    api.post(example("upsert"))
    return Target.objects.get()


def page(target):
    return reverse("admin:targets_target_change", args=[target.pk])


def save(staff, target, posted):
    response = staff.post(page(target), posted)
    target.refresh_from_db()
    return response


@pytest.mark.parametrize("query", ["DEL-2026-000918", "Medical", "Hachestr", "45127", "essen"])
def test_a_search_finds_the_target(staff, target, query):
    TargetFactory(title="Another")
    found = staff.get(LIST, {"q": query}).context["cl"].queryset
    assert list(found) == [target]


@pytest.mark.parametrize(
    "filters",
    [
        {"status__exact": "Active"},
        {"priority__exact": "High"},
        {"template__id__exact": "{template}"},
        {"source_system__id__exact": "{system}"},
        {"route_date__year": "2026", "route_date__month": "6", "route_date__day": "25"},
    ],
)
def test_a_filter_leaves_only_matching_targets(staff, target, filters):
    TargetFactory(status="Cancelled")
    numbers = {"template": target.template_id, "system": target.source_system_id}
    sent = {name: value.format(**numbers) for name, value in filters.items()}
    assert list(staff.get(LIST, sent).context["cl"].queryset) == [target]


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(staff, target):
    one = count_queries(lambda: staff.get(LIST))
    TargetFactory.create_batch(5)
    assert count_queries(lambda: staff.get(LIST)) == one


def test_the_page_links_to_the_import_job_and_the_import_item(staff, target):
    item = target.import_items.get()
    content = staff.get(page(target)).content.decode()
    assert reverse("admin:importjobs_importitem_change", args=[item.pk]) in content
    assert reverse("admin:importjobs_importjob_change", args=[item.job_id]) in content


def test_saving_without_a_change_corrects_nothing(staff, target):
    before = target.updated_at
    assert save(staff, target, unchanged_form_data(staff, page(target))).status_code == 302
    assert (target.corrections, target.updated_at) == ({}, before)


def test_the_next_import_does_not_overwrite_a_correction(staff, api, target):
    posted = unchanged_form_data(staff, page(target)) | {
        "city": "Bochum",
        "coordinates": "keep",
        "customFields.package_count": "9",
        "customFields.delivery_weight_kg": "120.5",
        "customFields.temperature_sensitive": "false",
        "customFields.delivery_note": "",
    }
    assert save(staff, target, posted).status_code == 302
    assert target.city == "Bochum"
    assert target.custom_fields == {
        "package_count": 9,
        "delivery_weight_kg": Decimal("120.5"),
        "temperature_sensitive": False,
    }
    assert target.corrections["address.city"]["by"] == "dora"
    assert target.corrections["address.city"]["source"] == "Essen"
    assert ("kept_correction", "address.city") in warning_codes(api.item(example("upsert")))
    target.refresh_from_db()
    assert target.city == "Bochum"


def test_times_are_shown_in_the_time_zone_of_the_site(staff, target):
    posted = unchanged_form_data(staff, page(target))
    assert posted["due_at_1"] == "12:00:00"
    assert save(staff, target, posted | {"due_at_1": "11:30:00"}).status_code == 302
    assert target.due_at.isoformat() == "2026-06-25T09:30:00+00:00"


@pytest.mark.parametrize(
    ("changed", "field", "message"),
    [
        ({"title": ""}, "title", "This field is required."),
        ({"title": " \u200b"}, "title", "The title is missing."),
        ({"country": "XX"}, "country", "Accepted: a country code"),
        ({"customer_number": "1\u200b"}, "customer_number", "U+200B (ZERO WIDTH SPACE)"),
        ({"latitude": "91"}, "latitude", "from -90 to 90"),
        ({"longitude": ""}, "longitude", "go together"),
        ({"time_window_2": "09:00:00"}, "time_window", "must end after it starts"),
        ({"estimated_work_minutes": "10081"}, "estimated_work_minutes", "from 0 to 10,080"),
        ({"expected_revenue": "-1"}, "expected_revenue", "number of 0 or more"),
        ({"close_probability": "101"}, "close_probability", "percent from 0 to 100"),
        ({"title": "a\0"}, "title", "Null characters"),
        ({"customFields.package_count": "eight"}, "customFields.package_count", "Accepted: a whole number"),
        ({"customFields.delivery_weight_kg": "1e40"}, "customFields.delivery_weight_kg", "at most 20 digits"),
    ],
)
def test_a_correction_is_checked_by_the_rules_of_an_import(staff, target, changed, field, message):
    response = save(staff, target, unchanged_form_data(staff, page(target)) | changed)
    assert response.status_code == 200
    assert message in " ".join(response.context["adminform"].form.errors[field])
    assert target.corrections == {}


def test_a_page_that_was_opened_before_an_import_does_not_overwrite_it(staff, api, target):
    posted = unchanged_form_data(staff, page(target)) | {"title": "Corrected"}
    api.item(example("upsert") | {"address": {"city": "Herne"}})
    assert save(staff, target, posted).status_code == 302
    assert (target.title, target.city) == ("Corrected", "Herne")


@pytest.mark.parametrize("action", ["add/", "1/delete/"])
def test_staff_can_neither_add_nor_delete_targets(staff, target, action):
    assert staff.get(LIST + action.replace("1", str(target.pk))).status_code == 403


def test_anonymous_users_are_sent_to_the_login(client, target):
    response = client.get(page(target))
    assert response.status_code == 302
    assert response["Location"].startswith("/admin/login/")
