"""The buttons of a checked file: import, check again, discard. Each works once, whoever presses it."""

import pytest
from django.test import Client

from importjobs import records
from importjobs.files import intake
from importjobs.models import BackgroundRun, FileImport, ImportJob, Rehearsal, StoredDocuments
from ordinavo.common.files.models import StoredFile
from targets import pauses
from targets.models import Target
from tests.factories import StaffFactory
from tests.importjobs.uploads import steps
from tests.workers import work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def colleague(transactional_db):
    client = Client()
    client.force_login(StaffFactory(username="carl", is_superuser=False, in_group="Dispatcher"))
    return client


@pytest.fixture
def file_import(staff, erp):
    return steps.checked(staff, erp, steps.rows(2))


def test_a_second_press_of_the_button_imports_nothing_twice(staff, file_import):
    sent = steps.import_button(staff, file_import)
    staff.post(steps.page(file_import, "import/"), sent)
    again = staff.post(steps.page(file_import, "import/"), sent, follow=True)
    job = ImportJob.objects.get()
    assert f"This file is imported by import job {job.pk} already. Nothing was imported twice." in steps.text(again)
    work()
    assert [job.created_items for job in ImportJob.objects.all()] == [2]


def test_two_users_who_press_the_button_get_the_same_job(staff, colleague, file_import):
    sent = steps.import_button(staff, file_import)
    first = colleague.post(steps.page(file_import, "import/"), sent)
    second = staff.post(steps.page(file_import, "import/"), sent)
    assert first["Location"] == second["Location"]
    assert ImportJob.objects.get().submitted_by == "carl"


def test_a_file_whose_columns_a_colleague_has_changed_is_not_imported(staff, colleague, file_import):
    seen = steps.import_button(staff, file_import)
    steps.confirm_columns(colleague, file_import, {"Ort": "description"})
    work()
    response = staff.post(steps.page(file_import, "import/"), seen, follow=True)
    assert "The check you have seen is outdated." in steps.text(response)
    assert not ImportJob.objects.exists()


def test_a_file_that_is_not_checked_yet_is_not_imported(staff, erp):
    file_import = steps.uploaded(staff, erp, steps.rows(1))
    response = staff.post(steps.page(file_import, "import/"), {"rehearsal": ""})
    assert response["Location"] == steps.page(file_import)
    work()
    assert not ImportJob.objects.exists()


def test_a_file_of_a_source_system_that_was_deactivated_is_not_imported(staff, erp, file_import):
    sent = steps.import_button(staff, file_import)
    erp.active = False
    erp.save()
    response = staff.post(steps.page(file_import, "import/"), sent, follow=True)
    assert "is inactive, so nothing was imported." in steps.text(response)
    assert not ImportJob.objects.exists()


def test_the_import_of_a_paused_source_system_waits_and_its_page_says_so(staff, erp, file_import):
    pauses.pause_source_system(source_system=erp, reason="It moves.", by="ina")
    page = steps.press_import(staff, file_import)
    work()
    assert "is paused. The import goes on when it is resumed." in steps.text(page)
    assert ImportJob.objects.get().status == "Pending"


def test_an_aborted_import_keeps_what_was_done(staff, erp):
    file_import = steps.checked(staff, erp, steps.rows(3))
    steps.press_import(staff, file_import)
    job = ImportJob.objects.get()
    staff.post(f"/admin/importjobs/importjob/{job.pk}/abort/")
    work()
    page = steps.text(staff.get(f"/admin/importjobs/importjob/{job.pk}/change/"))
    assert "3 items were never tried, because the job was aborted." in page
    assert not Target.objects.exists()


def test_a_discarded_file_leaves_nothing(staff, file_import):
    confirmation = staff.get(steps.page(file_import, "discard/"))
    assert "Nothing of it has been imported." in steps.text(confirmation)
    assert FileImport.objects.exists()
    response = staff.post(steps.page(file_import, "discard/"), follow=True)
    assert "The file was discarded. Nothing was imported." in steps.text(response)
    left = [model.objects.count() for model in (FileImport, StoredFile, Rehearsal, StoredDocuments, BackgroundRun)]
    assert left == [0, 0, 0, 0, 0]


def test_a_file_can_be_discarded_before_a_worker_has_read_it(staff, erp):
    file_import = steps.uploaded(staff, erp, steps.rows(2))
    steps.confirm_columns(staff, file_import)
    staff.post(steps.page(file_import, "discard/"))
    work()
    assert not Rehearsal.objects.exists()
    assert staff.get(steps.page(file_import)).status_code == 404


def test_a_rehearsal_that_has_not_begun_is_discarded_with_its_file(staff, erp):
    file_import = steps.uploaded(staff, erp, b'[{"externalId": "A1", "title": "A"}]', "orders.json")
    intake.read(file_import.pk, intake.REHEARSE, should_stop=lambda: False)
    assert Rehearsal.objects.get().status == "Pending"
    staff.post(steps.page(file_import, "discard/"))
    work()
    assert (Rehearsal.objects.count(), StoredDocuments.objects.count()) == (0, 0)


def test_a_file_that_is_being_imported_is_not_discarded(staff, file_import):
    steps.press_import(staff, file_import)
    response = staff.post(steps.page(file_import, "discard/"), follow=True)
    assert "This file is being imported. Abort its import job instead." in steps.text(response)
    assert FileImport.objects.exists()


def test_the_columns_of_a_file_that_is_being_imported_cannot_be_changed(staff, file_import):
    steps.press_import(staff, file_import)
    response = staff.post(steps.page(file_import, "columns/"), {"numbers": "german", "column_0": "externalId"})
    assert response["Location"] == steps.page(file_import)
    assert steps.fresh(file_import).columns == file_import.columns


def test_a_check_can_be_repeated_after_the_template_was_corrected(staff, erp, delivery_stop):
    delivery_stop.fields.filter(key="package_count").update(required=True)
    file_import = steps.checked(staff, erp, steps.rows(1), template="delivery_stop")
    assert "Required field empty" in steps.text(staff.get(steps.page(file_import)))
    delivery_stop.fields.filter(key="package_count").update(required=False)
    delivery_stop.save()
    staff.post(steps.page(file_import, "try-again/"))
    work()
    assert "Import 1 row" in steps.text(staff.get(steps.page(file_import)))


def test_confirming_the_same_columns_checks_the_file_again(staff, file_import):
    steps.confirm_columns(staff, file_import)
    work()
    assert steps.fresh(file_import).rehearsal_id != file_import.rehearsal_id
    assert steps.fresh(file_import).is_rehearsed


def test_a_check_that_was_given_up_can_be_tried_again(staff, erp):
    file_import = steps.uploaded(staff, erp, b'[{"externalId": "A1", "title": "A"}]', "orders.json")
    intake.read(file_import.pk, intake.REHEARSE, should_stop=lambda: False)
    records.fail_job(Rehearsal.objects.get(), reason="The same items failed 6 times.")
    page = steps.text(staff.get(steps.page(file_import)))
    assert "The check of the file did not come to its end. The same items failed 6 times." in page
    staff.post(steps.page(file_import, "try-again/"))
    work()
    assert steps.fresh(file_import).is_rehearsed
    assert Rehearsal.objects.get().created_items == 1


def test_a_file_without_columns_can_be_checked_again(staff, erp):
    file_import = steps.uploaded(staff, erp, b'[{"externalId": "A1", "title": "A"}]', "orders.json")
    work()
    staff.post(steps.page(file_import, "try-again/"))
    assert "The file is being read." in steps.text(staff.get(steps.page(file_import)))
    work()
    assert steps.fresh(file_import).is_rehearsed


def test_a_colleague_sees_a_file_and_who_has_uploaded_it_but_not_in_the_own_list(staff, colleague, file_import):
    assert "dora" in steps.text(colleague.get(steps.page(file_import)))
    assert "orders.csv" not in steps.text(colleague.get(steps.UPLOAD))
    assert "orders.csv" in steps.text(staff.get(steps.UPLOAD))
