"""The tasks of workers that were killed are put back into the queue."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from importjobs.background import queue
from importjobs.files import imports
from importjobs.models import ImportJob
from tests.importjobs.background.test_processing import submit
from tests.workers import waiting_tasks, work

pytestmark = pytest.mark.django_db(transaction=True)


def take_task(last_heartbeat):
    """Make the waiting task one that a worker with this heartbeat has begun."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH worker AS (INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s) RETURNING id) "
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = worker.id FROM worker WHERE status = 'todo'",
            [last_heartbeat],
        )


def test_the_task_of_a_silent_worker_is_put_back_and_its_job_is_processed(erp):
    job = submit(erp)
    take_task(timezone.now() - timedelta(minutes=1))
    work()
    assert waiting_tasks() == []
    assert len(queue.put_back_tasks_of_lost_workers()) == 1
    work()
    job.refresh_from_db()
    assert job.status == "Completed"


def test_the_task_of_a_worker_that_announces_itself_stays_with_it(erp):
    submit(erp)
    take_task(timezone.now())
    assert queue.put_back_tasks_of_lost_workers() == []


def delete_tasks():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def test_a_job_whose_task_was_deleted_is_put_into_the_queue_again(erp):
    job = submit(erp)
    delete_tasks()
    assert (queue.enqueue_lost(), queue.enqueue_lost()) == (1, 0)
    work()
    job.refresh_from_db()
    assert job.status == "Completed"


def test_a_file_whose_reading_was_deleted_from_the_queue_is_read_and_imported(erp):
    file = imports.store_file([b'{"externalId": "A1", "title": "A"}'], name="orders.ndjson")
    values = {"operation": "upsert", "template_key": "", "created_by": "dora"}
    file_import = imports.create(origin="upload", source_system=erp, file=file, **values)
    assert queue.enqueue_lost() == 0
    imports.start_import(file_import)
    delete_tasks()
    assert (queue.enqueue_lost(), queue.enqueue_lost()) == (1, 0)
    work()
    assert ImportJob.objects.get().status == "Completed"
    assert queue.enqueue_lost() == 0
