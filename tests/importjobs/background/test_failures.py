"""Jobs that fail, wait for their source system, or are given up and resumed."""

import pytest
from django.db import connection
from django.utils import timezone

from importjobs.background import queue, submission
from importjobs.models import BackgroundRun, ImportItem
from targets import pauses
from targets.models import Target
from tests.importjobs.background.test_processing import submit
from tests.workers import waiting_tasks, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def refusing_database():
    """Make the database refuse every item until the test calls the function, or ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse_item() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'full'; END $$;"
            "CREATE TRIGGER refuse BEFORE INSERT ON importjobs_importitem FOR EACH ROW EXECUTE FUNCTION refuse_item()"
        )
        yield lambda: cursor.execute("DROP TRIGGER IF EXISTS refuse ON importjobs_importitem")
        cursor.execute("DROP TRIGGER IF EXISTS refuse ON importjobs_importitem; DROP FUNCTION refuse_item")


def end_pauses():
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET scheduled_at = NULL")


def fail_until_given_up(job):
    for _ in range(10):
        end_pauses()
        work()
    job.refresh_from_db()
    assert job.status == "Failed"


def test_a_part_that_fails_is_tried_again_after_a_pause(erp, refusing_database):
    job = submit(erp)
    work()
    assert (waiting_tasks(), BackgroundRun.objects.get().attempts) == (["process_import"], 1)
    refusing_database()
    end_pauses()
    work()
    job.refresh_from_db()
    assert (job.status, job.created_items) == ("Completed", 3)


def test_a_job_is_given_up_after_six_attempts_with_the_reason(erp, refusing_database):
    job = submit(erp)
    fail_until_given_up(job)
    assert job.failure == "The same items failed 6 times (ProgrammingError)."
    assert (job.untried_items, waiting_tasks(), ImportItem.objects.count()) == (3, [], 0)


def test_a_job_that_was_given_up_is_completed_after_it_was_resumed(erp, refusing_database):
    job = submit(erp)
    fail_until_given_up(job)
    refusing_database()
    submission.resume(job)
    work()
    job.refresh_from_db()
    assert (job.status, job.failure, job.created_items) == ("Completed", "", 3)


def test_a_job_whose_workers_are_killed_at_the_same_items_is_given_up(erp):
    job = submit(erp)
    BackgroundRun.objects.update(attempts=6)
    work()
    job.refresh_from_db()
    assert job.failure == "The worker ended 6 times while it processed the same items."


def test_a_job_waits_while_its_source_system_is_paused_and_uses_up_no_attempt(erp):
    job = submit(erp)
    pauses.pause_source_system(source_system=erp, by="Ann", reason="Stocktaking")
    work()
    assert (waiting_tasks(), BackgroundRun.objects.get().attempts) == (["process_import"], 0)
    assert not Target.objects.exists()
    pauses.resume_source_system(source_system=erp)
    end_pauses()
    work()
    job.refresh_from_db()
    assert job.status == "Completed"


def test_a_job_of_an_inactive_source_system_is_given_up_and_can_be_resumed(erp):
    job = submit(erp)
    type(erp).objects.update(active=False)
    work()
    job.refresh_from_db()
    assert job.failure == f"The source system {erp.key} is inactive. Activate it, then resume the job."
    type(erp).objects.update(active=True)
    submission.resume(job)
    work()
    job.refresh_from_db()
    assert (job.status, job.finished_at <= timezone.now()) == ("Completed", True)


def test_a_run_whose_task_was_lost_is_put_into_the_queue_again(erp):
    submit(erp)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    assert queue.enqueue_lost() == 1
    assert (queue.enqueue_lost(), waiting_tasks()) == (0, ["process_import"])
