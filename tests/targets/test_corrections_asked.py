"""The correction form thinks along: it asks about coordinates and reads local times and numbers."""

import html
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from targets.models import Target
from tests.api import example
from tests.factories import StaffFactory
from tests.forms import unchanged_form_data


@pytest.fixture
def target(api, delivery_stop):
    api.post(example("upsert"))
    return Target.objects.get()


def url(target):
    return reverse("admin:targets_target_change", args=[target.pk])


def correct(staff, target, **values):
    posted = unchanged_form_data(staff, url(target)) | {
        name.replace("__", "."): value for name, value in values.items()
    }
    response = staff.post(url(target), posted)
    target.refresh_from_db()
    return html.unescape(response.content.decode())


class TestCoordinates:
    def test_are_asked_for_if_the_address_is_changed_without_them(self, staff, target):
        page = correct(staff, target, city="Bochum")
        assert "The address was changed, but not its coordinates." in page
        assert '<input type="radio" name="coordinates" value="clear"' in page
        assert target.city == "Essen"

    @pytest.mark.parametrize(("chosen", "latitude"), [("clear", None), ("keep", 51.4513)])
    def test_are_emptied_or_kept_as_chosen(self, staff, target, chosen, latitude):
        correct(staff, target, city="Bochum", coordinates=chosen)
        assert (target.city, target.latitude) == ("Bochum", latitude)
        assert ("address.latitude" in target.corrections) == (chosen == "clear")

    def test_are_not_asked_for_if_they_are_entered_too(self, staff, target):
        correct(staff, target, city="Bochum", latitude="51,4818", longitude="7.2162")
        assert (target.city, target.latitude, target.longitude) == ("Bochum", 51.4818, 7.2162)

    def test_are_not_asked_for_if_the_target_has_none(self, staff, api, target):
        api.item({"externalId": target.external_id, "address": {"latitude": None, "longitude": None}})
        correct(staff, target, city="Bochum")
        assert target.city == "Bochum"

    def test_go_together_and_the_message_says_so_once(self, staff, target):
        page = correct(staff, target, latitude="")
        assert page.count("Latitude and Longitude go together, but Latitude has no value.") == 1
        assert "targets_target_" not in page


class TestWindow:
    def test_is_shown_as_a_day_and_two_local_times(self, staff, target):
        shown = unchanged_form_data(staff, url(target))
        parts = [shown[f"time_window_{number}"] for number in range(4)]
        assert parts == ["2026-06-25", "10:00", "15:00", ""]

    def test_is_stored_as_two_moments(self, staff, target):
        correct(staff, target, time_window_0="2026-06-26", time_window_1="08:30")
        assert target.time_window_start == datetime(2026, 6, 26, 6, 30, tzinfo=UTC)
        assert target.time_window_end == datetime(2026, 6, 26, 13, 0, tzinfo=UTC)

    def test_may_end_on_the_next_day(self, staff, target):
        correct(staff, target, time_window_1="22:00", time_window_2="04:00", time_window_3="2026-06-26")
        assert target.time_window_end == datetime(2026, 6, 26, 2, 0, tzinfo=UTC)
        assert unchanged_form_data(staff, url(target))["time_window_3"] == "2026-06-26"

    def test_that_ends_too_early_is_refused_in_local_time(self, staff, target):
        page = correct(staff, target, time_window_1="15:00", time_window_2="14:00")
        assert "it starts 2026-06-25 15:00 and ends 2026-06-25 14:00. If it ends on the next day" in page

    def test_may_have_one_end_or_none(self, staff, target):
        correct(staff, target, time_window_2="")
        assert (target.time_window_start is None, target.time_window_end) == (False, None)
        correct(staff, target, time_window_1="")
        assert (target.time_window_start, target.time_window_end) == (None, None)

    def test_keeps_the_seconds_of_an_end_that_is_not_changed(self, staff, api, target):
        api.item({"externalId": target.external_id, "planning": {"timeWindowStartUtc": "2026-06-25T08:00:30Z"}})
        correct(staff, target, time_window_2="15:00")
        assert target.time_window_start == datetime(2026, 6, 25, 8, 0, 30, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("day", "message"),
        [
            ("2026-03-29", "02:30 on 2026-03-29 does not exist, because the clocks go forward."),
            ("2026-10-25", "02:30 on 2026-10-25 comes twice, because the clocks go back."),
        ],
    )
    def test_says_which_time_the_clocks_skip_or_repeat(self, staff, target, day, message):
        assert message in correct(staff, target, time_window_0=day, time_window_1="02:30")

    def test_at_a_repeated_time_stays_as_it_is(self, staff, api, target):
        second = "2026-10-25T01:30:00Z"
        window = {"timeWindowStartUtc": second, "timeWindowEndUtc": "2026-10-25T10:00:00Z", "dueAtUtc": second}
        api.item({"externalId": target.external_id, "planning": window})
        correct(staff, target, time_window_2="12:00")
        assert target.time_window_start.isoformat() == target.due_at.isoformat() == "2026-10-25T01:30:00+00:00"
        assert target.time_window_end == datetime(2026, 10, 25, 11, 0, tzinfo=UTC)


def test_a_due_time_outside_the_window_is_said_in_local_time(staff, target):
    correct(staff, target, due_at_0="2026-06-25", due_at_1="20:00")
    page = staff.get(url(target)).content.decode()
    assert "Due at (2026-06-25 20:00) lies outside the time window." in page


class TestNumbers:
    @pytest.mark.parametrize(
        ("entered", "stored"),
        [
            ("1661,66", "1661.66"), ("1661.66", "1661.66"), ("1.661,66", "1661.66"), ("1,661.66", "1661.66"),
            ("1 661,66", "1661.66"), ("1.234.567", "1234567"), ("0,125", "0.125"), ("2500,125", "2500.125"), ("7", "7"),
        ],
    )  # fmt: skip
    def test_are_read_with_comma_or_point(self, staff, target, entered, stored):
        correct(staff, target, expected_revenue=entered, customFields__delivery_weight_kg=entered)
        assert f"{target.expected_revenue.normalize():f}" == stored
        assert str(target.custom_fields["delivery_weight_kg"]) == stored

    def test_that_can_be_read_in_two_ways_are_refused(self, staff, target):
        page = correct(staff, target, expected_revenue="1.661")
        assert "1.661 can be 1661 or 1.6610. Enter it as 1661 or as 1.6610." in page

    @pytest.mark.parametrize("entered", ["1,23,4", "12.34.56", "1.2.3,4", "viel", "1e5", "1,2345,6"])
    def test_that_are_none_are_refused_with_an_example(self, staff, target, entered):
        assert "Enter a number such as 1661.66." in correct(staff, target, expected_revenue=entered)

    @pytest.mark.parametrize("stored", [2.125, 1234.5, 0.5, 1661])
    def test_are_no_change_as_they_are_shown(self, staff, api, target, stored):
        api.item({"externalId": target.external_id, "businessValue": {"expectedRevenue": stored}})
        correct(staff, target, title="Corrected")
        assert set(target.corrections) == {"title"}

    def test_are_shown_to_germans_with_a_comma(self, staff, api, target):
        api.item({"externalId": target.external_id, "businessValue": {"expectedRevenue": 1661.66}})
        staff.cookies["django_language"] = "de"
        assert 'name="expected_revenue" value="1661,66"' in staff.get(url(target)).content.decode()


def test_readers_see_the_digits_that_an_amount_has_and_the_window(api, target):
    api.item({"externalId": target.external_id, "businessValue": {"expectedRevenue": 1661.66}})
    viewer = Client()
    viewer.force_login(StaffFactory(is_superuser=False, username="vera"))
    StaffFactory._meta.model.objects.get(username="vera").groups.set([Group.objects.get(name="Viewer")])
    page = viewer.get(url(target)).content.decode()
    assert "1661.66<" in page.replace(" ", "").replace("\n", "")
    assert ("1661.6600" in page, "10:00–15:00" in page) == (False, True)


def test_the_page_says_that_imports_will_keep_the_correction(staff, target):
    page = staff.get(url(target)).content.decode()
    assert "Imports will keep what you change here" in page


@pytest.mark.parametrize(
    "typed", ["8:05", "8.05", "8:5", "0805", "805", "8:05 Uhr", "8h05", "8:05:00", " 08:05 ", "8:05 am"]
)
def test_a_time_is_read_as_it_is_typed(staff, target, typed):
    correct(staff, target, time_window_1=typed)
    assert target.time_window_start == datetime(2026, 6, 25, 6, 5, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["14", "14h", "14 Uhr", "14.00", "1400", "2 pm"])
def test_an_hour_alone_is_a_time(staff, target, typed):
    correct(staff, target, due_at_1=typed)
    assert target.due_at == datetime(2026, 6, 25, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("typed", ["25", "8:60", "noon", "24:00", "13 pm", "-8", "8:", "8,30"])
def test_a_text_that_is_no_time_is_refused_with_examples(staff, target, typed):
    assert "Enter a time such as 14:30, 8.30 or 8." in correct(staff, target, time_window_1=typed)
