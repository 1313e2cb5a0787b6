"""Exports leave a place in each worker for imports."""

import pytest
from django.db import connection

from ordinavo import worker
from ordinavo.common.exports.submission import request_export

pytestmark = pytest.mark.django_db


def fetch_task():
    """Give the next task to a worker, as its place gets free, and return its name."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        cursor.execute("SELECT task_name FROM procrastinate_fetch_job_v2(NULL, %s)", cursor.fetchone())
        return cursor.fetchone()[0]


def test_one_worker_begins_an_import_although_many_exports_came_before(api, admin_user):
    for is_small in (True, False) * 3:
        request_export(
            owner=admin_user, model="targets.target", query="", format="csv", language="en", is_small=is_small
        )
    api.post({"targets": [{"externalId": "A", "title": "A"}], "async": True}, "/inbound/targets/batch")
    assert "process_import" in [fetch_task() for _ in range(worker.CONCURRENCY)]
