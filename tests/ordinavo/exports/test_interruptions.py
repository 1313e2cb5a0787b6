"""An export that is interrupted starts again, and no half-written file is ever offered."""

import pytest
from django.db import OperationalError, connection

from ordinavo.common.exports import processing
from ordinavo.common.exports.models import Export
from ordinavo.common.files.models import StoredFile
from ordinavo.common.sql import new_connection
from targets.models import Target
from tests.exports import XLSX, csv_rows, download, request_export, workbook_rows
from tests.factories import SourceSystemFactory
from tests.workers import work

pytestmark = pytest.mark.django_db(transaction=True)
ROWS = 1_201


@pytest.fixture
def page(staff):
    erp = SourceSystemFactory()
    Target.objects.bulk_create(Target(source_system=erp, external_id=f"N-{n}", title="x") for n in range(ROWS))
    return request_export(staff, "targets/target")


def stopping_at(call, action=lambda: None):
    """Return a function for a worker to ask whether it must stop. At its n-th call it performs an action instead."""
    calls = iter(range(1, 1000))

    def should_stop():
        if next(calls) != call:
            return False
        return action() is None

    return should_stop


@pytest.mark.parametrize("call", [1, 3, 4])
def test_a_worker_that_stops_hands_the_export_back(staff, page, call):
    export = Export.objects.get()
    with pytest.raises(processing.HandedBack):
        processing.process(export.pk, should_stop=stopping_at(call))
    assert download(staff, page).status_code == 404
    work()
    assert len(csv_rows(download(staff, page).getvalue())) == ROWS
    assert StoredFile.objects.count() == 1


def test_a_workbook_starts_again_too(staff, page):
    page = request_export(staff, "targets/target", XLSX)
    with pytest.raises(processing.HandedBack):
        processing.process(Export.objects.latest("pk").pk, should_stop=stopping_at(2))
    work()
    assert len(workbook_rows(download(staff, page).getvalue())) == ROWS


@pytest.mark.parametrize("call", [1, 4])
def test_the_last_of_two_workers_writes_the_file(staff, page, call):
    export = Export.objects.get()

    def work_too():
        processing.process(export.pk, should_stop=lambda: False)
        return "go on"

    processing.process(export.pk, should_stop=stopping_at(call, work_too))
    export.refresh_from_db()
    assert (export.status, export.attempts, StoredFile.objects.count()) == ("Completed", 2, 1)
    assert len(csv_rows(download(staff, page).getvalue())) == ROWS


def test_a_late_worker_stores_no_file(staff, page):
    export = Export.objects.get()

    def work_too():
        with pytest.raises(processing.HandedBack):
            processing.process(export.pk, should_stop=stopping_at(1))
        return "go on"

    processing.process(export.pk, should_stop=stopping_at(1, work_too))
    assert (Export.objects.get().status, StoredFile.objects.count()) == ("Processing", 0)


@pytest.mark.parametrize("call", [1, 4])
@pytest.mark.parametrize(("button", "left"), [("abort", ["Cancelled"]), ("delete", [])])
def test_a_worker_stops_when_its_export_is_aborted_or_deleted(staff, page, call, button, left):
    def press():
        staff.post(f"{page}{button}/")
        return "go on"

    processing.process(Export.objects.get().pk, should_stop=stopping_at(call, press))
    assert [export.status for export in Export.objects.all()] == left
    assert not StoredFile.objects.exists()


def test_an_export_goes_on_after_the_database_was_away(staff, page):
    def terminate():
        with new_connection() as other:
            other.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
        return "go on"

    export = Export.objects.get()
    with pytest.raises(OperationalError):
        processing.process(export.pk, should_stop=stopping_at(1, terminate))
    connection.close()
    work()
    assert len(csv_rows(download(staff, page).getvalue())) == ROWS


def test_an_export_that_is_interrupted_again_and_again_fails(staff, page):
    export = Export.objects.get()
    for _attempt in range(processing.MAX_ATTEMPTS):
        with pytest.raises(processing.HandedBack):
            processing.process(export.pk, should_stop=lambda: True)
    work()
    assert "The worker was interrupted too often." in staff.get(page).content.decode()


def test_a_row_that_is_deleted_meanwhile_is_left_out(staff, page):
    def delete():
        Target.objects.filter(external_id="N-5").delete()
        return "go on"

    processing.process(Export.objects.get().pk, should_stop=stopping_at(1, delete))
    assert len(csv_rows(download(staff, page).getvalue())) == ROWS - 1
    assert Export.objects.get().total_rows == ROWS - 1
