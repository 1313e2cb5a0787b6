"""Staff discard and change files while a worker is in the middle of their rehearsal, and press buttons at once."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction
from django.test import Client

from importjobs.files import intake
from importjobs.models import BackgroundRun, FileImport, ImportJob, Rehearsal
from tests.importjobs.uploads import steps
from tests.workers import work

pytestmark = pytest.mark.django_db(transaction=True)

BLOCKED_SINCE = """
SELECT min(xact_start) FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))
"""


@pytest.fixture
def file_import(staff, erp):
    file_import = steps.uploaded(staff, erp, steps.rows(3))
    steps.confirm_columns(staff, file_import)
    intake.read(file_import.pk, intake.REHEARSE, should_stop=lambda: False)
    return file_import


@pytest.fixture
def post(staff):
    """Return a function that posts in another thread, with the session of `staff`."""
    with ThreadPoolExecutor(4) as pool:

        def send(path, data):
            try:
                client = Client(raise_request_exception=False)
                client.cookies = staff.cookies
                return client.post(path, data)
            finally:
                connections.close_all()

        yield lambda path, data=None: pool.submit(send, path, data or {})


def wait_until_another_transaction_has_tried_twice(deadline_seconds=30):
    tries, deadline = set(), time.monotonic() + deadline_seconds
    with connection.cursor() as cursor:
        while len(tries) < 2 and time.monotonic() < deadline:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(BLOCKED_SINCE)
            tries |= {since for (since,) in cursor.fetchall() if since}
    assert len(tries) == 2


@pytest.mark.parametrize("action", ["discard/", "columns/"])
def test_a_change_waits_until_the_worker_has_recorded_its_part(file_import, post, action):
    changed = {"numbers": "german", "column_0": "externalId", "column_1": "title", "column_2": "description"}
    with transaction.atomic():
        BackgroundRun.objects.select_for_update().get()
        answer = post(steps.page(file_import, action), changed)
        wait_until_another_transaction_has_tried_twice()
    assert answer.result().status_code == 302
    assert not Rehearsal.objects.exclude(status="Cancelled").exists()


def test_a_change_that_waits_too_long_asks_to_try_again(file_import, post, settings):
    settings.LOCK_WAIT_SECONDS = 0.2
    with transaction.atomic():
        BackgroundRun.objects.select_for_update().get()
        answer = post(steps.page(file_import, "discard/")).result()
    assert answer.status_code == 503
    assert "Try again in a few seconds" in steps.text(answer)
    assert FileImport.objects.exists()


def test_buttons_that_are_pressed_at_the_same_moment_start_one_import(staff, file_import, post):
    work()
    sent = steps.import_button(staff, file_import)
    answers = [post(steps.page(file_import, "import/"), sent) for _press in range(4)]
    assert len({answer.result()["Location"] for answer in answers}) == 1
    assert ImportJob.objects.count() == 1
