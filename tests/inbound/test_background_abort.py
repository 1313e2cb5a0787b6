"""DELETE /import-jobs/{id} while a worker processes the job."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.urls import reverse

from importjobs.background.documents import PART
from importjobs.background.processing import process
from importjobs.models import BackgroundRun, ImportJob
from targets.models import Target
from tests.queries import wait_until_another_connection_is_blocked
from tests.workers import in_thread, work

BATCH = "/inbound/targets/batch"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def location(api):
    """Return the path of a job in the background that has two parts."""
    targets = [{"externalId": f"DEL-{n}", "title": "Delivery"} for n in range(PART + 1)]
    return api.post({"targets": targets}, BATCH, Prefer="respond-async")["Location"]


def test_an_abort_waits_for_the_part_that_is_processed_and_both_succeed(api, location):
    with ThreadPoolExecutor() as pool:
        with transaction.atomic():  # as a worker does: the run first, then the job
            BackgroundRun.objects.select_for_update().get()
            aborting = in_thread(pool, api.delete, location)
            wait_until_another_connection_is_blocked()
            ImportJob.objects.update(status="Processing", created_items=PART)
        response = aborting.result()
    assert (response.status_code, response.json()["status"]) == (200, "Cancelled")
    assert (response.json()["createdItems"], response.json()["untriedItems"]) == (PART, 1)


def test_an_abort_between_two_parts_keeps_the_first(api, location):
    def abort_after_a_part():
        assert api.delete(location).status_code == 200
        return False

    process(BackgroundRun.objects.get().pk, should_stop=abort_after_a_part)
    work()
    answer = api.get(location).json()
    assert (answer["status"], answer["createdItems"], answer["untriedItems"]) == ("Cancelled", PART, 1)
    assert Target.objects.count() == PART


def test_an_abort_is_refused_with_retry_after_if_a_worker_takes_too_long(api, location, settings):
    settings.LOCK_WAIT_SECONDS = 0.2
    with ThreadPoolExecutor() as pool, transaction.atomic():
        BackgroundRun.objects.select_for_update().get()
        response = in_thread(pool, api.delete, location).result()
    assert (response.status_code, response.json()["error"]["code"]) == (503, "unavailable")
    assert int(response["Retry-After"]) > 0
    assert api.get(location).json()["status"] == "Pending"


def test_the_command_says_that_a_worker_takes_too_long(api, location, settings):
    settings.LOCK_WAIT_SECONDS = 0.2
    job = str(ImportJob.objects.get().pk)
    with ThreadPoolExecutor() as pool, transaction.atomic():
        BackgroundRun.objects.select_for_update().get()
        with pytest.raises(CommandError, match=f"Import job {job} was not aborted, because a worker is busy with it."):
            in_thread(pool, call_command, "jobs", "abort", job).result()
    assert api.get(location).json()["status"] == "Pending"


def test_two_simultaneous_aborts_are_both_answered_with_the_job(api, location):
    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            BackgroundRun.objects.select_for_update().get()
            aborting = [in_thread(pool, api.delete, location) for _ in range(2)]
            wait_until_another_connection_is_blocked()
        answers = [one.result() for one in aborting]
    assert [(answer.status_code, answer.json()["status"]) for answer in answers] == [(200, "Cancelled")] * 2


def test_the_abort_button_says_to_try_again_if_a_worker_takes_too_long(staff, location, settings):
    settings.LOCK_WAIT_SECONDS = 0.2
    job = ImportJob.objects.get()
    page = reverse("admin:importjobs_importjob_change", args=[job.pk]).replace("change/", "abort/")
    with ThreadPoolExecutor() as pool, transaction.atomic():
        BackgroundRun.objects.select_for_update().get()
        response = in_thread(pool, staff.post, page).result()
    assert (response.status_code, "Try again in a few seconds" in response.content.decode()) == (503, True)
