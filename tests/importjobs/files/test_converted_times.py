"""Dates, times of day and date-times of a table are read as German offices and Excel write them."""

from datetime import date, datetime, time, timedelta

import pytest

from tests.importjobs.files.converters import converted, converted_cell

DAY, START, END = "planning.routeDate", "planning.timeWindowStartUtc", "planning.timeWindowEndUtc"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("31.12.2026", "2026-12-31"),
        ("31.12.26", "2026-12-31"),
        ("1.2.2026", "2026-02-01"),
        ("Do, 31.12.2026", "2026-12-31"),
        ("31. Dezember 2026", "2026-12-31"),
        ("3. März 2026", "2026-03-03"),
        ("2026-12-31", "2026-12-31"),
        ("20261231", "2026-12-31"),
        ("31/12/2026", "2026-12-31"),
        ("12/31/2026", "2026-12-31"),
        ("05/06/2026", "05/06/2026"),
        ("31.02.2026", "31.02.2026"),
        ("31.12.", "31.12."),
        ("nächste Woche", "nächste Woche"),
        ("31.12.2026 00:00:00", "2026-12-31"),
        ("2026-12-31T23:30:00Z", "2027-01-01"),
        (datetime.fromisoformat("2026-12-31"), "2026-12-31"),
        (datetime.fromisoformat("2026-12-31 08:30"), "2026-12-31"),
        (date(2026, 12, 31), "2026-12-31"),
        (46387, "2026-12-31"),
        (46387.0, "2026-12-31"),
        ("46387", "2026-12-31"),
        (20261231.0, "2026-12-31"),
        (12, "12"),
        (True, "true"),
    ],
)
def test_days_are_read_unless_they_are_ambiguous(cell, value):
    assert converted_cell(DAY, cell) == value


@pytest.mark.parametrize(
    "cell",
    ["08:30", "8:30", "08:30:00", "8:30 Uhr", "8.30 Uhr", "083000", "8:30 AM", time(8, 30), 8.5 / 24]
    + [timedelta(hours=8.5), datetime.fromisoformat("1899-12-30 08:30")],
)
def test_a_time_of_day_is_completed_by_the_route_date_in_the_zone_of_the_source_system(cell):
    planning = converted({START: cell, DAY: "31.12.2026"}, time_zone="Europe/Berlin")["planning"]
    assert planning[START.rpartition(".")[2]] == "2026-12-31T08:30:00+01:00"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("31.12.2026 08:30", "2026-12-31T08:30:00+01:00"),
        ("31.12.2026, 8:30 Uhr", "2026-12-31T08:30:00+01:00"),
        ("2026-06-25 08:30:15", "2026-06-25T08:30:15+02:00"),
        ("2026-06-25T08:30:00", "2026-06-25T08:30:00+02:00"),
        ("2026-06-25T08:30Z", "2026-06-25T08:30:00Z"),
        ("2026-06-25T08:30:00+0200", "2026-06-25T08:30:00+02:00"),
        (datetime.fromisoformat("2026-12-31 08:30"), "2026-12-31T08:30:00+01:00"),
        (46387.354166666664, "2026-12-31T08:30:00+01:00"),
        ("31.12.2026", "31.12.2026"),
        (date(2026, 12, 31), "2026-12-31"),
        ("25:00", "25:00"),
        ("vormittags", "vormittags"),
    ],
)
def test_date_times_without_an_offset_are_local_times_of_the_source_system(cell, value):
    assert converted_cell(START, cell, time_zone="Europe/Berlin") == value


def test_the_time_zone_of_the_source_system_counts():
    planning = converted({DAY: "31.12.2026", START: "08:30"}, time_zone="America/New_York")["planning"]
    assert planning["timeWindowStartUtc"] == "2026-12-31T08:30:00-05:00"


def test_without_a_route_date_a_time_of_day_stays_as_text():
    assert converted_cell(START, time(8, 30)) == "08:30"


@pytest.mark.parametrize("day", ["31.02.2026", "bald", "05/06/2026"])
def test_a_time_of_day_is_left_out_if_its_date_cannot_be_read(day):
    assert converted({DAY: day, START: "08:30"})["planning"] == {"routeDate": day}


def test_a_time_of_day_of_another_field_stays_as_text():
    assert converted_cell("sourceUpdatedAtUtc", "08:30") == "08:30"


def test_a_due_time_is_completed_by_the_due_date_before_the_route_date():
    cells = {DAY: "30.12.2026", "planning.dueDate": "31.12.2026", "planning.dueAtUtc": "17:00"}
    planning = converted(cells, time_zone="Europe/Berlin")["planning"]
    assert planning["dueAtUtc"] == "2026-12-31T17:00:00+01:00"


def test_24_00_is_the_end_of_the_day():
    planning = converted({DAY: "31.12.2026", END: "24:00"}, time_zone="Europe/Berlin")["planning"]
    assert planning["timeWindowEndUtc"] == "2027-01-01T00:00:00+01:00"


@pytest.mark.parametrize(
    ("day", "offset"),
    [("29.03.2026", "+01:00"), ("25.10.2026", "+02:00")],
    ids=["skipped: with the offset before", "twice: the first"],
)
def test_times_at_a_change_of_the_clocks_have_the_offset_before_it(day, offset):
    planning = converted({DAY: day, START: "02:30"}, time_zone="Europe/Berlin")["planning"]
    assert planning["timeWindowStartUtc"].endswith(f"T02:30:00{offset}")
