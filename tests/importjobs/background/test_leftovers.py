"""What background work leaves behind is deleted after some days."""

from datetime import timedelta

import pytest
from django.utils import timezone

from importjobs.background import leftovers
from importjobs.models import FileImport, ImportJob, Rehearsal, RehearsedItem, StoredDocuments
from ordinavo.common.files import storage
from ordinavo.common.files.models import StoredFile
from tests.importjobs.background.test_processing import submit
from tests.workers import work

pytestmark = pytest.mark.django_db(transaction=True)


def delete(days):
    leftovers.delete(before=timezone.now() - timedelta(days=days))


def upload(erp, **values):
    file = storage.store([b"externalId\n"], name="orders.csv")
    return FileImport.objects.create(origin="upload", source_system=erp, file=file, created_by="Ann", **values)


def test_rehearsals_that_have_ended_are_deleted_with_their_items(erp):
    submit(erp, kind=Rehearsal)
    work()
    submit(erp, kind=Rehearsal)
    delete(1)
    assert Rehearsal.objects.count() == 2
    delete(-1)
    assert (Rehearsal.objects.count(), RehearsedItem.objects.count()) == (1, 0)


def test_an_upload_that_was_never_imported_is_deleted_with_its_file(erp):
    upload(erp)
    delete(1)
    assert StoredFile.objects.exists()
    delete(-1)
    assert not FileImport.objects.exists()
    assert not StoredFile.objects.exists()


def test_the_file_and_the_documents_of_a_job_that_has_not_ended_stay(erp):
    job = submit(erp)
    upload(erp, job=job)
    delete(-1)
    assert (FileImport.objects.count(), StoredFile.objects.count(), StoredDocuments.objects.count()) == (1, 1, 1)
    work()
    delete(-1)
    assert (FileImport.objects.count(), StoredFile.objects.count(), ImportJob.objects.count()) == (0, 0, 1)
