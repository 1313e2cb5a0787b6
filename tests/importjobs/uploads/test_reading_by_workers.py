"""Workers read an uploaded file into documents: part by part, whatever is stopped, killed or deleted meanwhile."""

import json

import pytest

from importjobs.background.documents import PART
from importjobs.background.outcomes import HandedBack
from importjobs.files import imports, intake
from importjobs.models import DocumentPart, FileImport, ImportItem, ImportJob, StoredDocuments
from ordinavo.common.files.models import FilePart
from tests.importjobs.uploads import steps
from tests.workers import waiting_tasks, work

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 2 * PART + 100


class Killed(BaseException):
    """What ends a worker in the middle of its work, so that nothing of ours can catch it."""


@pytest.fixture
def file_import(erp):
    documents = "\n".join(json.dumps({"externalId": f"A{n}", "title": "A"}) for n in range(ROWS))
    file = imports.store_file([documents.encode()], name="orders.ndjson")
    return imports.create(
        origin=FileImport.Origin.UPLOAD, source_system=erp, file=file, operation="upsert", template_key="",
        created_by="dora",
    )  # fmt: skip


def go_on():
    return False


def after_parts(number, act):
    """Return a `should_stop` that calls `act` after so many parts, and returns what it returns."""
    calls = iter(range(1, 100))
    return lambda: act() if next(calls) == number else False


def kill():
    raise Killed


def test_a_worker_that_stops_hands_the_reading_back(file_import):
    with pytest.raises(HandedBack):
        intake.read(file_import.pk, intake.IMPORT, should_stop=lambda: True)
    assert steps.fresh(file_import).read_rows == PART
    assert not ImportJob.objects.exists()


def test_a_killed_reading_begins_anew_and_stores_no_document_twice(file_import):
    with pytest.raises(Killed):
        intake.read(file_import.pk, intake.IMPORT, should_stop=after_parts(2, kill))
    assert (steps.fresh(file_import).read_rows, DocumentPart.objects.count()) == (2 * PART, 2)
    intake.read(file_import.pk, intake.IMPORT, should_stop=go_on)
    work()
    assert (ImportJob.objects.get().created_items, ImportItem.objects.count()) == (ROWS, ROWS)
    assert not DocumentPart.objects.exists()


def test_two_workers_that_read_the_same_file_submit_one_job(file_import):
    def another_worker():
        intake.read(file_import.pk, intake.IMPORT, should_stop=go_on)
        return False

    intake.read(file_import.pk, intake.IMPORT, should_stop=after_parts(1, another_worker))
    assert (ImportJob.objects.count(), StoredDocuments.objects.count()) == (1, 1)
    work()
    assert ImportJob.objects.get().created_items == ROWS


def test_a_worker_stops_reading_a_file_that_is_discarded(file_import):
    def discard():
        imports.discard(FileImport.objects.get())
        return False

    intake.read(file_import.pk, intake.IMPORT, should_stop=after_parts(1, discard))
    assert [model.objects.count() for model in (FileImport, StoredDocuments, ImportJob)] == [0, 0, 0]


def test_a_file_that_is_imported_is_not_read_again(file_import):
    for _worker in range(2):
        imports.start_import(file_import)
        intake.read(file_import.pk, intake.IMPORT, should_stop=go_on)
    work()
    assert ImportJob.objects.count() == 1


def test_a_file_with_too_many_rows_gets_a_sentence_and_stores_no_documents(staff, file_import, settings):
    settings.MAX_FILE_ROWS = ROWS - 1
    imports.start_rehearsal(file_import)
    work()
    sentence = f"The file has more than {ROWS - 1} rows. Split it into smaller ones."
    assert sentence in steps.text(staff.get(steps.page(file_import)))
    assert not StoredDocuments.objects.exists()


def test_a_row_that_is_too_large_is_named(staff, erp, settings):
    settings.MAX_BODY_BYTES = 1_000
    content = steps.rows(2) + b"A3;" + b"x" * 1_000 + b";K\n"
    file_import = steps.checked(staff, erp, content)
    assert file_import.failure == "Row 4 has more than 1000 bytes. Shorten its texts."


def test_a_fault_in_a_late_row_is_named_on_the_page_and_nothing_is_imported(staff, erp):
    content = steps.rows(60) + b"A61;\0;K\n" + steps.rows(1, first=62)
    file_import = steps.checked(staff, erp, content)
    page = steps.text(staff.get(steps.page(file_import)))
    assert "The file cannot be imported. Row 62 has a null character" in page
    assert not StoredDocuments.objects.exists()
    assert "Cannot be read" in steps.text(staff.get(steps.UPLOAD))


def test_a_file_with_headings_only_has_no_rows(staff, erp):
    assert steps.checked(staff, erp, steps.COLUMNS).failure.startswith("The file has no rows.")


def test_nothing_is_imported_of_a_stored_file_that_lost_its_end(staff, erp):
    lines = [json.dumps({"externalId": f"{number:09}", "title": "A" * 87}) + "\n" for number in range(9_000)]
    assert {len(line) for line in lines} == {128}  # so that the first part ends with a line
    file_import = steps.uploaded(staff, erp, "".join(lines).encode(), "orders.ndjson")
    FilePart.objects.filter(number__gt=0).delete()
    work()
    assert "The stored file is not complete any more." in steps.text(staff.get(steps.page(file_import)))


def test_an_error_of_ours_is_said_and_the_file_can_be_checked_again(staff, file_import):
    layout = file_import.layout
    FileImport.objects.update(layout=layout | {"format": "csv", "encoding": "of-no-computer"})
    imports.start_rehearsal(file_import)
    work()
    assert "Something went wrong on our side." in steps.text(staff.get(steps.page(file_import)))
    assert waiting_tasks() == []
    FileImport.objects.update(layout=layout)
    staff.post(steps.page(file_import, "try-again/"))
    work()
    assert f"{ROWS:,} rows were checked." in steps.text(staff.get(steps.page(file_import)))


def test_a_file_that_kills_its_worker_each_time_is_given_up_with_a_sentence(file_import):
    imports.start_import(file_import)
    for _worker in range(intake.MAX_READINGS):
        with pytest.raises(Killed):
            intake.read(file_import.pk, intake.IMPORT, should_stop=kill)
    work()
    assert "Something went wrong on our side." in steps.fresh(file_import).failure
    assert (StoredDocuments.objects.count(), waiting_tasks()) == (0, [])


def test_a_reading_that_was_handed_back_does_not_count(file_import):
    imports.start_import(file_import)
    for _worker in range(intake.MAX_READINGS):
        with pytest.raises(HandedBack):
            intake.read(file_import.pk, intake.IMPORT, should_stop=lambda: True)
    work()
    assert ImportJob.objects.get().created_items == ROWS
