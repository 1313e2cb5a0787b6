"""GET /import-jobs/{id} while a worker processes the job."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from importjobs.background.documents import PART
from importjobs.background.outcomes import HandedBack
from importjobs.background.processing import process
from importjobs.models import BackgroundRun
from tests.queries import count_queries
from tests.workers import work

BATCH = "/inbound/targets/batch"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def location(api):
    """Return the path of a job in the background that has two parts."""
    targets = [{"externalId": f"DEL-{n}", "title": "Delivery"} for n in range(PART + 1)]
    yield api.post({"targets": targets}, BATCH, Prefer="respond-async")["Location"]
    work()


def process_one_part():
    try:
        process(BackgroundRun.objects.get().pk, should_stop=lambda: True)
    except HandedBack:
        connection.close()


def test_a_job_says_how_many_items_are_processed_and_how_long_the_others_may_take(api, location):
    process_one_part()
    answer = api.get(location).json()
    assert (answer["status"], answer["createdItems"], len(answer["items"])) == ("Processing", PART, PART)
    assert answer["progress"]["processedItems"] == PART
    assert answer["progress"]["estimatedSecondsLeft"] >= 1


def test_a_job_that_has_ended_has_no_progress(api, location):
    work()
    answer = api.get(location).json()
    assert (answer["status"], answer["createdItems"]) == ("Completed", PART + 1)
    assert "progress" not in answer


def test_reading_a_job_that_has_not_ended_takes_one_query_more(api, location):
    waiting = count_queries(lambda: api.get(location))
    work()
    assert (waiting, count_queries(lambda: api.get(location))) == (4, 3)


def test_the_items_are_those_that_the_counters_count(api, location):
    parts = []

    def process_before_the_items_are_read(execute, sql, params, many, context):
        if "importjobs_importitem" in sql and not parts:
            with ThreadPoolExecutor() as pool:
                parts.append(pool.submit(process_one_part).result())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(process_before_the_items_are_read):
        answer = api.get(location).json()
    assert len(parts) == 1
    assert (answer["createdItems"], answer["items"]) == (0, [])
    assert len(api.get(location).json()["items"]) == PART
