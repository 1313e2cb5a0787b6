"""If somebody else changed a target while its page was open, nothing that was typed is lost."""

import html

import pytest
from django.urls import reverse

from targets.models import Target
from tests.api import example
from tests.factories import TargetTemplateFactory
from tests.forms import shown_form_data, unchanged_form_data


@pytest.fixture
def target(api, delivery_stop):
    api.post(example("upsert"))
    return Target.objects.get()


@pytest.fixture
def url(target):
    return reverse("admin:targets_target_change", args=[target.pk])


@pytest.fixture
def opened(staff, url):
    return unchanged_form_data(staff, url)


@pytest.fixture
def save(staff, url, target):
    """Return a function that sends the form, and returns the page that is shown next."""

    def save(posted):
        response = staff.post(url, posted, follow=True)
        target.refresh_from_db()
        return html.unescape(response.content.decode())

    return save


@pytest.fixture
def sends(api, target):
    """Return a function with which the source system changes the target."""

    def sends(**fields):
        api.item({"externalId": target.external_id, "operation": "update"} | fields)

    return sends


def test_changes_of_different_fields_are_both_kept(save, opened, sends, target):
    sends(address={"city": "Bochum"}, customFields={"package_count": 9})
    page = save(opened | {"title": "Second"})
    assert (target.title, target.city, target.custom_fields["package_count"]) == ("Second", "Bochum", 9)
    assert set(target.corrections) == {"title"}
    assert "Both changes are kept. City: was Essen, is now Bochum." in page


def test_the_same_field_is_shown_side_by_side_and_nothing_is_saved(save, opened, sends, target):
    sends(title="Theirs")
    page = save(opened | {"title": "Mine", "priority": "Low"})
    assert (target.title, target.priority) == ("Theirs", "High")
    assert "Somebody else changed this field as well." in page
    assert "Keep mine: <strong>Mine</strong>" in page
    assert "Take what is stored now: (ERP nightly push," in page
    assert "<strong>Theirs</strong>" in page


@pytest.mark.parametrize(("choice", "title"), [("mine", "Mine"), ("theirs", "Theirs")])
def test_the_user_chooses_between_two_values_of_a_field(staff, url, save, opened, sends, target, choice, title):
    sends(title="Theirs")
    again = shown_form_data(staff.post(url, opened | {"title": "Mine", "priority": "Low"}))
    save(opened | again | {"take.title": choice})
    assert (target.title, target.priority) == (title, "Low")
    assert ("title" in target.corrections) == (choice == "mine")


def test_a_field_that_changes_once_more_is_asked_about_again(staff, url, save, opened, sends, target):
    sends(title="Theirs")
    again = shown_form_data(staff.post(url, opened | {"title": "Mine"}))
    sends(title="Theirs again")
    assert "<strong>Theirs again</strong>" in save(opened | again | {"take.title": "mine"})
    assert target.title == "Theirs again"


def test_both_entered_the_same(save, opened, sends, target):
    sends(title="Same", customFields={"package_count": 9})
    save(opened | {"title": "Same", "customFields.package_count": "9"})
    assert (target.title, target.corrections) == ("Same", {})


def test_a_form_with_other_errors_shows_what_others_changed(staff, url, save, opened, sends, target):
    sends(address={"city": "Bochum"}, planning={"fixedTime": True, "routeDate": "2026-07-01"})
    response = staff.post(url, opened | {"title": "Mine", "expected_revenue": "viel"})
    again = shown_form_data(response)
    assert (again["city"], again["title"], again["expected_revenue"]) == ("Bochum", "Mine", "viel")
    assert "City: was Essen, is now Bochum." in response.content.decode()
    save(opened | again | {"expected_revenue": "7"})
    assert (target.title, target.city, target.fixed_time, str(target.route_date)) == (
        "Mine", "Bochum", True, "2026-07-01",
    )  # fmt: skip
    assert set(target.corrections) == {"title", "businessValue.expectedRevenue"}


def test_the_template_and_the_window_that_others_changed_are_shown(staff, url, opened, sends):
    pickup = TargetTemplateFactory(key="pickup")
    sends(templateKey="pickup", planning={"timeWindowEndUtc": "2026-06-25T12:00:00Z", "dueAtUtc": None})
    again = shown_form_data(staff.post(url, opened | {"title": ""}))
    assert (again["template"], again["time_window_2"], again["due_at_0"]) == (str(pickup.pk), "14:00", "")


def test_the_ends_of_a_window_are_one_field(save, opened, sends, target):
    sends(planning={"timeWindowEndUtc": "2026-06-25T12:00:00Z"})
    page = save(opened | {"time_window_1": "09:00"})
    assert page.count("Somebody else changed this field as well.") == 1
    assert "2026-06-25 09:00 – 2026-06-25 15:00" in page
    assert "2026-06-25 10:00 – 2026-06-25 14:00" in page


def test_latitude_and_longitude_are_one_field(save, opened, sends, target):
    latitude = target.latitude
    sends(address={"longitude": 7.2})
    save(opened | {"latitude": "51.5"})
    assert (target.latitude, target.longitude) == (latitude, 7.2)


def test_inputs_that_another_template_does_not_have_are_told(save, opened, sends, target):
    TargetTemplateFactory(key="pickup")
    sends(templateKey="pickup")
    page = save(opened | {"title": "Mine", "customFields.gate": "Typed for the former template"})
    assert "gate: Typed for the former template" in page
    assert target.title == "Delivery to Rhein-Ruhr Medical Supply"


def test_a_target_that_was_cancelled_meanwhile_stays_cancelled(save, opened, api, target):
    api.item(example("cancel"))
    assert "Status: was Active, is now Cancelled." in save(opened | {"title": "Mine"})
    assert (target.title, target.status) == ("Mine", "Cancelled")


@pytest.mark.parametrize("values", ["", "[1]", "{", '{"planning.routeDate": {"a": 1}}'])
def test_a_page_that_cannot_be_compared_keeps_what_was_typed(staff, url, save, opened, target, values):
    response = staff.post(url, opened | {"title": "Mine", "opened_values": values})
    target.refresh_from_db()
    assert (response.status_code, target.title) == (200, "Delivery to Rhein-Ruhr Medical Supply")
    save(opened | shown_form_data(response))
    assert target.title == "Mine"
