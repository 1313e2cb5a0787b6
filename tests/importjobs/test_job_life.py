"""An import job is Pending, then Processing, then ends. Its counters equal its recorded items at every moment."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from importjobs import records
from importjobs.models import ImportItem, ImportJob
from ordinavo.common.findings import Finding
from targets.results import Outcome, Result
from tests.factories import TargetFactory

COUNTERS = ("created_items", "updated_items", "cancelled_items", "skipped_items", "rejected_items", "warning_items")


@pytest.fixture
def job(erp):
    return ImportJob.objects.create(
        source_system=erp, operation="upsert", batch_id="", total_items=4, submitted_by="ERP", correlation_id="c-1",
        created_at=timezone.now(),
    )  # fmt: skip


@pytest.fixture
def target(erp):
    return TargetFactory(source_system=erp, external_id="DEL-1")


def build_items(target, outcomes=("Created", "Updated", "Rejected", "Skipped"), first=0):
    error = Finding("missing_title", "title", "Title is required.")
    warning = Finding("stale_version", "sourceVersion", "Older.")
    return [
        records.build_item(
            position=first + n,
            result=Result(
                Outcome(outcome),
                "DEL-1",
                errors=[error] if outcome == "Rejected" else [],
                warnings=[warning] if outcome == "Skipped" else [],
            ),
            payload={"z": n, "a": 1},
            target_id=target.pk,
            replay_of=None,
        )
        for n, outcome in enumerate(outcomes)
    ]


def stored_rows(job):
    unlike = {"id", "job_id", "created_at", "finished_at"}
    rows = [ImportJob.objects.filter(pk=job.pk).values().get(), *ImportItem.objects.filter(job=job).values()]
    return [{name: value for name, value in row.items() if name not in unlike} for row in rows]


def test_a_new_job_is_pending_and_not_finished(job):
    stored = ImportJob.objects.get()
    assert (stored.status, stored.finished_at, stored.recorded_items) == ("Pending", None, 0)


def test_a_job_recorded_in_chunks_ends_with_the_same_rows_as_one_recorded_at_once(job, target):
    items = build_items(target)
    records.start_job(job)
    for chunk in (items[:1], items[1:3], items[3:]):
        records.record_chunk(ImportJob.objects.get(pk=job.pk), chunk)  # as a worker does that starts anew
    records.finish_job(ImportJob.objects.get(pk=job.pk))
    at_once = ImportJob(
        source_system=job.source_system, operation="upsert", batch_id="", total_items=4, submitted_by="ERP",
        correlation_id="c-1", created_at=job.created_at, status="Processing",
    )  # fmt: skip
    records.record_chunk(at_once, build_items(target), is_last=True)
    assert stored_rows(job) == stored_rows(at_once)
    assert stored_rows(job)[0]["status"] == "PartiallyFailed"


def test_the_counters_equal_the_recorded_items_after_each_chunk(job, target):
    records.start_job(job)
    for n, item in enumerate(build_items(target), start=1):
        records.record_chunk(job, [item])
        stored = ImportJob.objects.get()
        assert (stored.status, stored.finished_at) == ("Processing", None)
        assert stored.recorded_items == ImportItem.objects.count() == n
    assert [getattr(stored, name) for name in COUNTERS] == [1, 1, 0, 1, 1, 1]


@pytest.mark.parametrize(
    ("outcomes", "status"),
    [
        (["Created", "Updated", "Skipped", "Cancelled"], "Completed"),
        (["Created", "Rejected", "Rejected", "Rejected"], "PartiallyFailed"),
        (["Rejected"] * 4, "Failed"),
    ],
)
@pytest.mark.parametrize("with_the_last_chunk", [True, False])
def test_a_job_ends_with_the_status_that_its_items_make(job, target, outcomes, status, with_the_last_chunk):
    records.start_job(job)
    records.record_chunk(job, build_items(target, outcomes), is_last=with_the_last_chunk)
    if not with_the_last_chunk:
        records.finish_job(job)
    stored = ImportJob.objects.get()
    assert stored.status == job.status == status
    assert stored.finished_at == job.finished_at > stored.created_at


def test_a_job_is_not_finished_while_items_are_missing(job, target):
    records.start_job(job)
    records.record_chunk(job, build_items(target)[:3])
    with pytest.raises(IntegrityError, match="counters_fit_status"), transaction.atomic():
        records.finish_job(job)
    assert ImportJob.objects.get().status == "Processing"


def test_a_cancelled_job_keeps_its_recorded_items_and_takes_no_more(job, target):
    records.start_job(job)
    records.record_chunk(job, build_items(target)[:1])
    records.cancel_job(ImportJob.objects.get())
    with pytest.raises(records.JobChanged):
        records.record_chunk(job, build_items(target)[1:2])
    stored = ImportJob.objects.get()
    assert (stored.status, stored.finished_at is None, stored.items.count()) == ("Cancelled", False, 1)


def test_a_chunk_that_another_worker_has_recorded_is_not_recorded_again(job, target):
    records.start_job(job)
    stale = ImportJob.objects.get()
    records.record_chunk(job, build_items(target)[:2])
    with pytest.raises(records.JobChanged):
        records.record_chunk(stale, build_items(target, first=2)[:2])
    assert ImportItem.objects.count() == ImportJob.objects.get().recorded_items == 2


@pytest.mark.parametrize("act", [records.start_job, records.finish_job, records.cancel_job])
def test_a_job_that_has_ended_is_not_changed(job, target, act):
    records.start_job(job)
    records.record_chunk(job, build_items(target), is_last=True)
    before = ImportJob.objects.values().get()
    with pytest.raises(records.JobChanged):
        act(job)
    assert ImportJob.objects.values().get() == before


def test_a_job_starts_once(job):
    records.start_job(job)
    with pytest.raises(records.JobChanged):
        records.start_job(job)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"status": "Waiting"}, "status_known|counters_fit_status"),
        ({"status": "Completed", "created_items": 4}, "finished_if_ended"),
        ({"status": "Cancelled"}, "finished_if_ended"),
        ({"finished_at": timezone.now()}, "finished_if_ended"),
        ({"status": "Processing", "finished_at": timezone.now()}, "finished_if_ended"),
        ({"created_items": 1}, "counters_fit_status"),
        ({"status": "Processing", "created_items": 3, "rejected_items": 2}, "counters_fit_status"),
        ({"status": "Cancelled", "finished_at": timezone.now(), "updated_items": 5}, "counters_fit_status"),
        ({"status": "Completed", "finished_at": timezone.now(), "created_items": 3}, "counters_fit_status"),
        ({"status": "Completed", "finished_at": timezone.now(), "rejected_items": 4}, "counters_fit_status"),
        ({"status": "Failed", "finished_at": timezone.now(), "created_items": 4}, "counters_fit_status"),
        ({"status": "PartiallyFailed", "finished_at": timezone.now(), "rejected_items": 4}, "counters_fit_status"),
        ({"status": "PartiallyFailed", "finished_at": timezone.now(), "created_items": 4}, "counters_fit_status"),
        ({"warning_items": 1}, "warnings_of_recorded"),
    ],
)
def test_the_database_refuses_a_job_that_cannot_be(job, values, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ImportJob.objects.update(**values)


@pytest.fixture
def processing(job, target):
    records.start_job(job)
    records.record_chunk(job, build_items(target, ["Updated", "Rejected"]))
    return job


def test_a_processing_job_reads_back_without_an_end(api, processing):
    read = api.get(f"/import-jobs/{processing.pk}").json()
    assert (read["status"], read["finishedAt"], read["totalItems"]) == ("Processing", None, 4)
    assert [item["status"] for item in read["items"]] == ["Updated", "Rejected"]


@pytest.mark.parametrize(("status", "found"), [("Processing", 1), ("Pending", 0), ("Cancelled", 0)])
def test_jobs_are_filtered_by_the_statuses_of_an_open_job(api, processing, status, found):
    assert len(api.get(f"/import-jobs?status={status}").json()["results"]) == found


def test_the_page_of_a_processing_job_counts_the_items_that_are_recorded(staff, processing):
    page = staff.get(reverse("admin:importjobs_importjob_change", args=[processing.pk])).content.decode()
    assert "Show all 2 items in the list" in page


def test_staff_see_a_processing_job_without_a_duration(staff, processing):
    job = staff.get(reverse("admin:importjobs_importjob_change", args=[processing.pk])).content.decode()
    listed = staff.get(reverse("admin:importjobs_importjob_changelist")).content.decode()
    for page in (job, listed):
        assert "Processing" in page
        assert " ms" not in page


def test_the_history_of_a_target_lists_the_import_of_a_processing_job_at_the_time_of_its_arrival(
    staff, api, job, target
):
    api.send("DEL-1", title="Sent later")
    records.start_job(job)
    records.record_chunk(job, build_items(target, ["Skipped"]))
    entries = staff.get(f"/admin/targets/target/{target.pk}/history/").context["entries"]
    assert [(entry.label, entry.at == job.created_at) for entry in entries] == [("Updated", False), ("Skipped", True)]


def test_the_dashboard_counts_the_items_of_a_processing_job(staff, processing):
    day = staff.get("/admin/").context["chart"]["days"][0]
    assert day["jobs"] == 1


def test_jobs_without_rejected_items_are_left_out_of_those_with_rejected_items(staff, job):
    url = reverse("admin:importjobs_importjob_changelist")
    assert list(staff.get(url, {"rejected": "yes"}).context["cl"].queryset) == []
