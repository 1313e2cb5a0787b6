"""`prune_imports` deletes old jobs in small steps. Jobs that somebody still has to handle stay."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from importjobs import replays, retention
from importjobs.models import ImportItem, ImportJob, ReplayAttempt
from targets.models import Target
from tests.queries import count_queries, wait_until_another_connection_is_blocked


def prune(*arguments):
    out = StringIO()
    call_command("prune_imports", "--older-than", "30", *arguments, stdout=out)
    return out.getvalue().strip()


def grow_old(jobs=None, days=31):
    (jobs or ImportJob.objects).update(created_at=timezone.now() - timedelta(days=days))


def test_old_jobs_are_deleted_and_targets_stay(api):
    api.send("DEL-1")
    grow_old()
    api.send("DEL-2")
    assert prune() == "1 jobs with 1 items deleted."
    assert [item.external_id for item in ImportItem.objects.all()] == ["DEL-2"]
    assert Target.objects.count() == 2


def test_younger_jobs_stay(api):
    api.send()
    grow_old(days=29)
    assert prune() == "0 jobs with 0 items deleted."


def test_a_job_with_a_rejected_item_stays_until_somebody_has_handled_it(api):
    api.post({"externalId": "DEL-1"})
    grow_old()
    assert prune() == "0 jobs with 0 items deleted."
    replays.dismiss(items=ImportItem.objects.all(), note="A test.", by="dora")
    assert prune() == "1 jobs with 1 items deleted."


def test_jobs_with_unhandled_items_are_deleted_if_asked_for(api):
    api.post({"externalId": "DEL-1"})
    grow_old()
    assert prune("--unhandled-too") == "1 jobs with 1 items deleted."


def test_an_old_job_that_has_not_ended_stays(api, erp):
    ImportJob.objects.create(
        source_system=erp, operation="upsert", total_items=1, submitted_by="ERP", created_at=timezone.now()
    )
    grow_old()
    assert prune("--unhandled-too") == "0 jobs with 0 items deleted."


def test_the_item_of_a_replay_stays_when_the_replayed_item_is_deleted(api):
    api.post({"externalId": "DEL-1"})
    rejected = ImportItem.objects.get()
    grow_old()
    replays.replay(item=rejected, payload={"externalId": "DEL-1", "title": "Delivery"}, by="dora", correlation_id="x")
    assert prune() == "1 jobs with 1 items deleted."
    assert ImportItem.objects.get().replay_of is None


@pytest.mark.parametrize("at_once", [1, 3, 4, 100])
def test_a_step_is_small_but_deletes_whole_jobs(api, monkeypatch, at_once):
    monkeypatch.setattr(retention, "AT_ONCE", at_once)
    for size in (2, 2, 5, 1):
        api.post({"targets": [{"externalId": f"{n}", "title": "x"} for n in range(size)]}, "/inbound/targets/batch")
    grow_old()
    steps = [(step.jobs, step.items) for step in retention.prune(before=timezone.now() - timedelta(days=30))]
    assert (
        steps
        == {
            1: [(1, 2), (1, 2), (1, 5), (1, 1)],
            3: [(1, 2), (1, 2), (1, 5), (1, 1)],
            4: [(2, 4), (1, 5), (1, 1)],
            100: [(4, 10)],
        }[at_once]
    )


def test_a_step_takes_two_queries_and_the_end_one_for_any_number_of_items(api):
    for _ in range(3):
        api.send()
    grow_old()
    assert count_queries(lambda: list(retention.prune(before=timezone.now() - timedelta(days=30)))) == 3


@pytest.mark.parametrize(
    "arguments", [["--older-than", "0"], ["--older-than", "1000000"], ["--older-than", "30", "--pause", "-1"]]
)
def test_options_out_of_range_are_refused(db, arguments):
    with pytest.raises(CommandError):
        call_command("prune_imports", *arguments)


@pytest.mark.django_db(transaction=True)
def test_an_item_that_is_replayed_at_the_same_moment_is_deleted_and_its_replay_stays(api):
    api.post({"externalId": "DEL-1"})
    grow_old()
    rejected = ImportItem.objects.get()
    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            replays.replay(item=rejected, payload={"externalId": "DEL-1", "title": "x"}, by="dora", correlation_id="x")
            pruned = pool.submit(closing, prune, "--unhandled-too")
            wait_until_another_connection_is_blocked()
        assert pruned.result() == "1 jobs with 1 items deleted."
    assert (ImportItem.objects.get().status, ImportItem.objects.get().replay_of) == ("Created", None)


def closing(act, *arguments):
    try:
        return act(*arguments)
    finally:
        connection.close()


def test_the_failed_replays_of_a_deleted_item_are_deleted_with_it(api):
    api.post({"externalId": "DEL-1"})
    replays.replay_all(items=ImportItem.objects.all(), by="dora", correlation_id="x", over_newer=False)
    assert ReplayAttempt.objects.count() == 1
    grow_old()
    assert prune("--unhandled-too") == "1 jobs with 1 items deleted."
    assert ReplayAttempt.objects.count() == 0
