"""A job in the background has the same results as the same batch processed at once, in how many parts it may be."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importjobs.background import documents, processing
from importjobs.models import BackgroundRun, ImportItem, ImportJob
from targets.models import Target
from tests.api import Api
from tests.factories import ApiTokenFactory, SourceSystemFactory, TargetFactory
from tests.inbound.test_batch_is_its_items import document, outcome, state
from tests.workers import work

BATCH = "/inbound/targets/batch"
pytestmark = pytest.mark.django_db(transaction=True)


def stops(*numbers, **fields):
    return [{"externalId": f"DEL-{n}", "title": f"Delivery {n}"} | fields for n in numbers]


def submitted(api, targets):
    return api.post({"targets": targets, "async": True}, BATCH).json()["importJobId"]


@pytest.fixture(params=[1, 3, 500])
def part(request, monkeypatch):
    """Set the number of documents of a part."""
    monkeypatch.setattr(documents, "PART", request.param)


@pytest.fixture
def submit(api, part):
    return lambda targets: submitted(api, targets)


@pytest.fixture
def run(submit):
    """Return a function that lets a worker process a batch, and returns its items in their order."""

    def process(targets):
        job = submit(targets)
        work()
        return list(ImportItem.objects.filter(job=job).order_by("position"))

    return process


def items_of(api, sent, *, in_background):
    answer = api.post({"targets": sent, "async": in_background}, BATCH).json()
    if not in_background:
        return answer["items"]
    work()
    read = api.get(f"/import-jobs/{answer['importJobId']}").json()
    assert read["totalItems"] == len(sent)
    return sorted(read["items"], key=lambda item: item["index"])


def without_transaction_ids(state):
    rows, corrected = state
    return [{name: value for name, value in row.items() if name != "change_xid"} for row in rows], corrected


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(sent=st.lists(document, min_size=1, max_size=12))
def test_a_job_in_the_background_has_the_results_of_the_batch_processed_at_once(delivery_stop, part, sent):
    answers, states = [], []
    for in_background in (True, False):
        system = SourceSystemFactory(key=f"erp_{uuid.uuid4()}")
        api = Api(ApiTokenFactory(source_systems=[system]))
        api.send("A", title="First", sourceVersion=1)
        ids: dict[int | None, int] = {}
        answers.append([outcome(item, ids) for item in items_of(api, sent, in_background=in_background)])
        states.append(without_transaction_ids(state(system)))
    assert answers[0] == answers[1]
    assert states[0] == states[1]


def test_documents_of_one_external_id_in_several_parts_are_applied_in_the_order_sent(run):
    sent = [stops(n % 2, title=f"Title {n}")[0] for n in range(8)]
    assert [item.status for item in run(sent)] == ["Created"] * 2 + ["Updated"] * 6
    assert list(Target.objects.order_by("external_id").values_list("title", flat=True)) == ["Title 6", "Title 7"]


def test_each_item_has_the_document_that_was_sent_at_its_position(run):
    sent = stops(5, 1, 4, 0, 3, 2)
    items = run(sent)
    assert [item.position for item in items] == list(range(6))
    assert [item.payload["externalId"] for item in items] == [one["externalId"] for one in sent]


@pytest.fixture
def refusing():
    """Let the database refuse the title "refused"."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE targets_target ADD CONSTRAINT probe CHECK (title <> 'refused')")
    yield
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE targets_target DROP CONSTRAINT probe")


def test_a_database_error_of_one_document_does_not_affect_the_others(run, refusing):
    items = run([stops(n, title="refused" if n in (2, 5) else "Delivery")[0] for n in range(8)])
    assert [item.position for item in items if item.error_code == "internal_error"] == [2, 5]
    assert Target.objects.count() == 6


@contextmanager
def before_each_write(act):
    """Call `act` with the number of the write, in its own connection, before each write of targets in this thread."""
    writes = []

    def committed(number):
        try:
            act(number)
        finally:
            connection.close()

    def wrapper(execute, sql, params, many, context):
        if "INSERT INTO targets_target" in sql:
            writes.append(sql)
            with ThreadPoolExecutor() as pool:
                pool.submit(committed, len(writes)).result()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield


def test_a_part_that_lost_a_race_with_a_single_import_is_repeated(erp, api, monkeypatch):
    monkeypatch.setattr(documents, "PART", 1)
    job = submitted(api, stops(*range(6), customer={"name": "Sent"}))

    def create(number):
        if number == 2:  # the second part was read ahead
            TargetFactory(source_system=erp, external_id="DEL-1", customer_phone="+49 201")

    with before_each_write(create):
        processing.process(BackgroundRun.objects.get(job=job).pk, should_stop=lambda: False)
    assert ImportItem.objects.filter(job=job, status="Updated").count() == 1
    assert ImportJob.objects.get(pk=job).created_items == 5
    target = Target.objects.get(external_id="DEL-1")
    assert (target.customer_name, target.customer_phone) == ("Sent", "+49 201")
