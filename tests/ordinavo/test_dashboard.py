"""The start page shows what needs attention. Each number links to the list that it counts."""

import html
from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from targets import pauses
from tests.factories import ImportJobFactory, SourceSystemFactory, StaffFactory
from tests.queries import count_queries

START = "/admin/"


@pytest.fixture
def work(api):
    api.send("DEL-1", address={"city": "Essen"})
    api.send("DEL-1", address={"city": "Bochum"})
    api.send("DEL-2", planning={"dueAtUtc": "2026-01-01T00:00:00Z", "timeWindowEndUtc": "2025-01-01T00:00:00Z"})
    api.send("DEL-3", operation="cancel")
    api.send("DEL-2", operation="cancel")


def test_each_number_equals_the_length_of_its_list(staff, work):
    context = staff.get(START).context
    tiles = context["attention"] + context["outcomes"]
    assert [tile["count"] for tile in tiles] == [1, 1, 1, 2, 1, 1, 1]
    assert [staff.get(tile["link"]).context["cl"].result_count for tile in tiles[1:]] == [1, 1, 2, 1, 1, 1]
    assert sum(row.cause.items for row in staff.get(tiles[0]["link"]).context["causes"]) == 1


def test_a_source_system_without_recent_imports_is_marked(staff, work):
    SourceSystemFactory(name="Old ERP")
    by_name = {source["system"].name: source for source in staff.get(START).context["sources"]}
    assert (by_name["Old ERP"]["ago"], by_name["Old ERP"]["silent"]) == (None, True)
    assert by_name["LOGISTICS_ERP"]["silent"] is False


@pytest.fixture
def nightly(db):
    """Return a source system that sent an import each night until three nights ago."""
    system = SourceSystemFactory(name="Nightly ERP")
    for days in range(3, 40):
        ImportJobFactory(source_system=system, created_at=timezone.now() - timedelta(days=days))
    return system


def test_a_note_names_a_silent_source_system_its_last_import_and_its_usual_pause(staff, nightly):
    last = timezone.localtime(timezone.now() - timedelta(days=3))
    shown = html.unescape(staff.get(START).content.decode())
    assert f"Nightly ERP has sent nothing since {date_format(last, 'SHORT_DATE_FORMAT')}" in shown
    assert "(3 days ago)" in shown
    assert f"Its longest pause after a {last:%A} in the 6 weeks before: 24 hours." in shown


def test_the_note_links_to_the_import_jobs_of_the_source_system(staff, nightly):
    (source,) = staff.get(START).context["sources"]
    assert staff.get(source["link"]).context["cl"].result_count == 37


def test_a_source_system_that_sends_as_usual_has_no_note(staff, nightly):
    ImportJobFactory(source_system=nightly)
    assert "has sent nothing since" not in staff.get(START).content.decode()


def test_a_source_system_with_few_imports_is_marked_but_has_no_note(staff, db):
    ImportJobFactory(created_at=timezone.now() - timedelta(days=3))
    response = staff.get(START)
    assert response.context["sources"][0]["silent"]
    assert "has sent nothing since" not in response.content.decode()


def test_a_paused_source_system_is_shown_with_its_reason_and_not_as_silent(staff, nightly):
    pauses.pause_source_system(source_system=nightly, reason="The ERP moves.", by="dora")
    response = staff.get(START)
    shown = response.content.decode()
    assert "Nightly ERP was paused by dora on" in shown
    assert "Reason: The ERP moves." in shown
    assert "has sent nothing since" not in shown
    assert not response.context["sources"][0]["silent"]


def test_a_dispatcher_sees_the_notes_without_a_button_to_resume(client, nightly):
    client.force_login(StaffFactory(is_superuser=False, in_group="Dispatcher"))
    pauses.pause_source_system(source_system=nightly, reason="The ERP moves.", by="dora")
    assert "Reason: The ERP moves." in client.get(START).content.decode()
    page = client.get(f"/admin/targets/sourcesystem/{nightly.pk}/change/").content.decode()
    assert "Reason: The ERP moves." in page
    assert "/resume/" not in page


def test_the_last_days_are_counted_and_link_to_their_jobs(staff, work):
    days = staff.get(START).context["chart"]["days"]
    assert (len(days), days[0]["jobs"], days[1]["jobs"]) == (14, 5, 0)
    assert staff.get(days[0]["link"]).context["cl"].result_count == 5
    assert [count for count, _link in days[0]["counts"]] == [2, 1, 1, 1]
    assert [staff.get(link).context["cl"].result_count for _count, link in days[0]["counts"]] == [2, 1, 1, 1]


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(staff, api, work):
    before = count_queries(lambda: staff.get(START))
    for system in SourceSystemFactory.create_batch(3):
        ImportJobFactory.create_batch(9, source_system=system, created_at=timezone.now() - timedelta(days=9))
    for number in range(5):
        api.send(f"DEL-{number}", address={"city": "Unna"})
    assert count_queries(lambda: staff.get(START)) == before == 17
