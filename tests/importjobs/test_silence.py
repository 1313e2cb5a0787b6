"""A source system is silent when it has sent nothing for longer than its own usual pause."""

from datetime import UTC, datetime, timedelta

import pytest

from importjobs.models import FileImport, ImportItem
from importjobs.silence import silent_source_systems
from ordinavo.common.files.models import StoredFile
from targets import pauses
from tests.factories import ImportJobFactory, SourceSystemFactory, TargetFactory
from tests.queries import count_queries

MONDAY = datetime(2026, 6, 22, tzinfo=UTC)
MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)


def imports(system, times):
    for time in times:
        ImportJobFactory(source_system=system, created_at=time)


def nights(until, days=42, weekdays=range(7)):
    """Return 02:00 UTC of each night in the days up to `until`, on these days of the week."""
    times = [until.replace(hour=2) - number * DAY for number in range(days)]
    return [time for time in times if time.weekday() in weekdays]


def silent(now):
    return [(found.usual_pause, found.weekday) for found in silent_source_systems(now)]


@pytest.fixture
def system(db):
    return SourceSystemFactory()


def test_a_nightly_import_that_does_not_come_is_noticed_in_the_morning(system):
    imports(system, nights(until=MONDAY))
    assert silent(MONDAY + DAY + 4 * HOUR) == []
    assert silent(MONDAY + DAY + 5 * HOUR) == [(DAY, 0)]


def test_a_weekend_without_imports_is_usual(system):
    friday = MONDAY - 3 * DAY
    imports(system, nights(until=friday, weekdays=range(5)))
    assert silent(MONDAY) == []
    assert silent(MONDAY + 12 * HOUR) == [(3 * DAY, 4)]


def test_a_silence_in_the_week_is_not_compared_with_weekends(system):
    imports(system, nights(until=MONDAY + DAY, weekdays=range(5)))
    assert silent(MONDAY + 2 * DAY + 6 * HOUR) == [(DAY, 1)]


def test_a_night_without_imports_is_usual_for_a_source_system_that_sends_by_day(system):
    days = [MONDAY - number * DAY + hour * HOUR for number in range(21) for hour in range(7, 19)]
    imports(system, days)
    assert silent(MONDAY + DAY + 6 * HOUR) == []
    assert silent(MONDAY + DAY + 9 * HOUR) == [(13 * HOUR, 0)]


def test_a_source_system_that_sends_all_the_time_is_silent_after_two_hours(system):
    imports(system, [MONDAY - number * 20 * MINUTE for number in range(8 * 72)])
    assert silent(MONDAY + 2 * HOUR) == []
    assert silent(MONDAY + 2 * HOUR + MINUTE) == [(timedelta(0), None)]


def test_a_source_system_that_sends_once_a_week_is_silent_after_a_week(system):
    imports(system, [MONDAY - number * WEEK for number in range(6)])
    assert silent(MONDAY + WEEK) == []
    assert silent(MONDAY + 8 * DAY) == [(WEEK, 0)]


def test_pauses_after_every_day_count_until_imports_came_on_three_such_days(system):
    imports(system, nights(until=MONDAY, days=10))
    assert silent(MONDAY + 2 * DAY) == [(DAY, None)]


@pytest.mark.parametrize("days", [1, 2, 6])
def test_a_source_system_without_a_week_of_imports_is_silent_after_a_day(system, days):
    imports(system, nights(until=MONDAY, days=days))
    assert silent(MONDAY + DAY + 2 * HOUR) == []
    assert silent(MONDAY + DAY + 3 * HOUR) == [(None, None)]


def test_the_days_are_those_of_the_time_zone_of_the_source_system(db):
    auckland = SourceSystemFactory(time_zone="Pacific/Auckland")
    imports(auckland, [MONDAY.replace(hour=20) - number * DAY for number in range(42)])
    assert silent(MONDAY + 2 * DAY) == [(DAY, 1)]


def test_pauses_that_are_longer_ago_than_six_weeks_are_forgotten(system):
    imports(system, [*nights(until=MONDAY), MONDAY - 60 * DAY])
    assert silent(MONDAY + 2 * DAY) == [(DAY, 0)]


def test_paused_and_inactive_source_systems_and_those_that_never_sent_are_left_out(system):
    inactive = SourceSystemFactory(active=False)
    for each in (system, inactive):
        imports(each, nights(until=MONDAY))
    pauses.pause_source_system(source_system=system, reason="The ERP moves.", by="dora")
    assert silent(MONDAY + 30 * DAY) == []


def test_an_expected_pause_takes_the_place_of_the_usual_one(db):
    system = SourceSystemFactory(expected_hours=30)
    imports(system, nights(until=MONDAY))
    assert silent_source_systems(MONDAY + DAY + 8 * HOUR) == []
    (found,) = silent_source_systems(MONDAY + DAY + 8 * HOUR + MINUTE)
    assert (found.expected_pause, found.usual_pause) == (30 * HOUR, None)


def test_an_expected_pause_may_be_shorter_than_a_learned_one(db):
    system = SourceSystemFactory(expected_hours=1)
    imports(system, [MONDAY])
    assert silent_source_systems(MONDAY + HOUR) == []
    assert [found.source_system_id for found in silent_source_systems(MONDAY + HOUR + MINUTE)] == [system.pk]


def replay(system, at):
    job = ImportJobFactory(source_system=system, created_at=at)
    pushed = ImportJobFactory(source_system=system, created_at=MONDAY)
    values = {"position": 0, "payload": {"externalId": "DEL-1"}}
    rejected = ImportItem.objects.create(job=pushed, status="Rejected", error_code="required", **values)
    target = TargetFactory(source_system=system)
    ImportItem.objects.create(job=job, status="Created", target=target, replay_of=rejected, **values)


def upload(system, at):
    job = ImportJobFactory(source_system=system, created_at=at)
    file = StoredFile.objects.create(name="orders.csv", size=1)
    FileImport.objects.create(origin="upload", source_system=system, file=file, job=job, created_by="dora")


@pytest.mark.parametrize("made_by_staff", [replay, upload])
def test_replays_and_uploads_by_staff_do_not_end_a_silence(system, made_by_staff):
    imports(system, nights(until=MONDAY))
    made_by_staff(system, MONDAY + DAY + 4 * HOUR)
    assert silent(MONDAY + DAY + 5 * HOUR) == [(DAY, 0)]


def test_files_of_a_watched_folder_are_own_imports(system):
    imports(system, nights(until=MONDAY))
    upload(system, MONDAY + DAY + 2 * HOUR)
    FileImport.objects.update(origin="folder")
    assert silent(MONDAY + DAY + 5 * HOUR) == []


def test_the_number_of_queries_does_not_depend_on_the_number_of_source_systems(system):
    imports(system, nights(until=MONDAY))
    imports(SourceSystemFactory(), nights(until=MONDAY))
    assert count_queries(lambda: silent_source_systems(MONDAY + WEEK)) == 1
