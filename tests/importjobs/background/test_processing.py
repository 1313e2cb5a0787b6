"""A worker processes a job part by part, and another one goes on where it stopped."""

import pytest

from importjobs.background import documents, submission
from importjobs.background.documents import DocumentText
from importjobs.models import BackgroundRun, ImportItem, ImportJob, Rehearsal, StoredDocuments
from importjobs.runner import Batch
from ordinavo.common.json_codec import dumps
from targets.models import Target
from tests.workers import work

pytestmark = pytest.mark.django_db(transaction=True)


def stored(count, **values):
    sent = [{"externalId": f"DEL-{n}", "title": f"Delivery {n}"} | values for n in range(count)]
    texts = [DocumentText(one["externalId"], dumps(one)) for one in sent]
    return documents.store(texts, defaults={})


def submit(erp, count=3, kind=ImportJob, **values):
    return submission.submit(
        kind,
        documents=stored(count, **values),
        batch=Batch(),
        source_system=erp,
        submitted_by="ERP",
        correlation_id="c-1",
    )


def test_a_submitted_job_is_pending_until_a_worker_has_processed_it(erp):
    job = submit(erp)
    assert (job.status, Target.objects.count()) == ("Pending", 0)
    work()
    job.refresh_from_db()
    assert (job.status, job.created_items, Target.objects.count()) == ("Completed", 3, 3)
    assert list(ImportItem.objects.values_list("position", "external_id")) == [(n, f"DEL-{n}") for n in range(3)]


def test_the_documents_are_deleted_when_the_job_has_ended(erp):
    submit(erp)
    work()
    assert not StoredDocuments.objects.exists()
    assert not BackgroundRun.objects.exists()


def test_a_rehearsal_records_what_would_happen_and_changes_no_target(erp):
    rehearsal = submit(erp, kind=Rehearsal)
    work()
    rehearsal.refresh_from_db()
    assert (rehearsal.status, rehearsal.created_items) == ("Completed", 3)
    assert [item.status for item in rehearsal.items.all()] == ["Created"] * 3
    assert not Target.objects.exists()
    assert not ImportJob.objects.exists()


def test_rehearsals_and_jobs_share_their_numbers(erp):
    first, second = submit(erp), submit(erp, kind=Rehearsal)
    third = submit(erp)
    assert Rehearsal.objects.get().pk == second.pk
    assert first.pk < second.pk < third.pk


def test_an_aborted_job_is_not_processed(erp):
    job = submit(erp)
    submission.abort(job)
    work()
    job.refresh_from_db()
    assert (job.status, job.untried_items, Target.objects.count()) == ("Cancelled", 3, 0)
