"""The start page shows what needs attention. Each number links to the list that it counts."""

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


def test_each_number_equals_the_length_of_its_list(staff, work):
    context = staff.get(START).context
    tiles = context["attention"] + context["outcomes"]
    assert [tile["count"] for tile in tiles] == [1, 1, 1, 2, 1, 1, 1]
    assert [staff.get(tile["link"]).context["cl"].result_count for tile in tiles] == [1, 1, 1, 2, 1, 1, 1]


def test_a_source_system_without_recent_imports_is_marked(staff, work):
    SourceSystemFactory(name="Old ERP")
    by_name = {source["system"].name: source for source in staff.get(START).context["sources"]}
    assert (by_name["Old ERP"]["ago"], by_name["Old ERP"]["silent"]) == (None, True)
    assert by_name["LOGISTICS_ERP"]["silent"] is False


def test_the_last_days_are_counted_and_link_to_their_jobs(staff, work):
    days = staff.get(START).context["chart"]["days"]
    assert (len(days), days[0]["jobs"], days[1]["jobs"]) == (14, 5, 0)
    assert staff.get(days[0]["link"]).context["cl"].result_count == 5
    assert [count for count, _link in days[0]["counts"]] == [2, 1, 1, 1]
    assert [staff.get(link).context["cl"].result_count for _count, link in days[0]["counts"]] == [2, 1, 1, 1]


def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(staff, api, work):
    before = count_queries(lambda: staff.get(START))
    SourceSystemFactory.create_batch(3)
    for number in range(5):
        api.send(f"DEL-{number}", address={"city": "Unna"})
    assert count_queries(lambda: staff.get(START)) == before
