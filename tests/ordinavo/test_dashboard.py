"""The start page says what needs attention, and each number leads to the list behind it."""

import pytest

from tests.factories import SourceSystemFactory
from tests.queries import count_queries

START = "/admin/"


@pytest.fixture
def work(api):
    api.send("DEL-1", address={"city": "Essen"})
    api.send("DEL-1", address={"city": "Bochum"})
    api.send("DEL-2", planning={"dueAtUtc": "2026-01-01T00:00:00Z", "timeWindowEndUtc": "2025-01-01T00:00:00Z"})
    api.send("DEL-3", operation="cancel")
    api.send("DEL-2", operation="cancel")


def test_every_number_is_the_length_of_the_list_it_leads_to(staff, work):
    context = staff.get(START).context
    tiles = context["attention"] + context["outcomes"]
    assert [tile["count"] for tile in tiles] == [1, 1, 1, 2, 1, 1, 1]
    assert [staff.get(tile["link"]).context["cl"].result_count for tile in tiles] == [1, 1, 1, 2, 1, 1, 1]


def test_a_source_system_that_fell_silent_is_told_apart(staff, work):
    SourceSystemFactory(name="Old ERP")
    by_name = {source["system"].name: source for source in staff.get(START).context["sources"]}
    assert (by_name["Old ERP"]["ago"], by_name["Old ERP"]["silent"]) == (None, True)
    assert by_name["LOGISTICS_ERP"]["silent"] is False


def test_the_last_days_are_counted_and_lead_to_their_jobs(staff, work):
    days = staff.get(START).context["chart"]["days"]
    assert (len(days), days[0]["jobs"], days[1]["jobs"]) == (14, 5, 0)
    assert staff.get(days[0]["link"]).context["cl"].result_count == 5
    assert [count for count, _link in days[0]["counts"]] == [2, 1, 1, 1]
    assert [staff.get(link).context["cl"].result_count for _count, link in days[0]["counts"]] == [2, 1, 1, 1]


def test_it_takes_the_same_queries_for_any_number_of_rows(staff, api, work):
    before = count_queries(lambda: staff.get(START))
    SourceSystemFactory.create_batch(3)
    for number in range(5):
        api.send(f"DEL-{number}", address={"city": "Unna"})
    assert count_queries(lambda: staff.get(START)) == before
