"""Staff upload a file, confirm its columns, see a rehearsal of it and import it."""

import json
from datetime import date
from decimal import Decimal

import pytest

from importjobs.models import ImportJob, StoredDocuments
from targets.models import Target
from tests.importjobs.files.file_builders import moment, workbook
from tests.importjobs.uploads import steps
from tests.workers import work

pytestmark = pytest.mark.django_db(transaction=True)

GERMAN = (
    "Auftragsnr;Betreff;Straße;PLZ;Ort;Land;Liefertermin;Zeitfenster von;Zeitfenster bis;Umsatz (€);Fixtermin\n"
    "4711;Lieferung;Königsallee 1;1067;Dresden;D;31.12.2026;08:30;12:00;1.234,56;WAHR\n"
)


def the_target():
    target = Target.objects.get()
    return [target.external_id, target.postal_code, target.route_date, target.expected_revenue, target.fixed_time]


def test_a_table_is_imported_after_staff_have_seen_its_rehearsal(staff, erp):
    file_import = steps.uploaded(staff, erp, steps.rows(3))
    assert "Auftragsnr" in steps.text(staff.get(steps.page(file_import, "columns/")))
    steps.confirm_columns(staff, file_import)
    work()
    assert "3 rows were checked. Nothing has been imported yet." in steps.text(staff.get(steps.page(file_import)))
    assert not Target.objects.exists()
    assert "The import has started." in steps.text(steps.press_import(staff, file_import))
    work()
    job = ImportJob.objects.get()
    assert (job.status, job.created_items, job.batch_id, job.submitted_by) == ("Completed", 3, "orders.csv", "dora")
    assert Target.objects.count() == 3


def test_the_address_of_an_imported_file_leads_to_its_job(staff, erp):
    file_import = steps.imported(staff, erp, steps.rows(1))
    job_page = f"/admin/importjobs/importjob/{file_import.job_id}/change/"
    assert staff.get(steps.page(file_import))["Location"] == job_page
    assert not StoredDocuments.objects.exists()


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8-sig", "utf-8"])
def test_a_csv_of_a_german_excel_is_read_as_the_office_means_it(staff, erp, encoding):
    erp.time_zone = "Europe/Berlin"
    erp.save()
    steps.imported(staff, erp, GERMAN.encode(encoding))
    assert the_target() == ["4711", "01067", date(2026, 12, 31), Decimal("1234.56"), True]
    assert Target.objects.get().street == "Königsallee 1"


def test_a_workbook_of_a_german_excel_is_read_as_the_office_means_it(staff, erp):
    erp.time_zone = "Europe/Berlin"
    erp.save()
    headings = GERMAN.splitlines()[0].split(";")
    day = moment("2026-12-31")
    cells = [4711.0, "Lieferung", "Königsallee 1", 1067.0, "Dresden", "D", day, 8.5 / 24, 0.5, 1234.56, True]
    content = workbook(headings, cells, default_date_format="dd.mm.yyyy")
    steps.imported(staff, erp, content, "Aufträge.xlsx")
    assert the_target() == ["4711", "01067", date(2026, 12, 31), Decimal("1234.56"), True]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("orders.json", json.dumps([{"externalId": "A1", "title": "A"}, {"externalId": "A2", "title": "B"}])),
        ("orders.ndjson", '{"externalId": "A1", "title": "A"}\n{"externalId": "A2", "title": "B"}\n'),
    ],
)
def test_a_file_of_documents_has_no_columns_and_is_checked_at_once(staff, erp, name, content):
    file_import = steps.uploaded(staff, erp, content.encode(), name)
    work()
    assert "2 rows were checked." in steps.text(staff.get(steps.page(file_import)))
    assert staff.get(steps.page(file_import, "columns/")).status_code == 302
    steps.press_import(staff, file_import)
    work()
    assert set(Target.objects.values_list("external_id", flat=True)) == {"A1", "A2"}


def test_a_corrected_column_is_remembered_for_the_next_file_of_the_source_system(staff, erp):
    content = b"Auftragsnr;Titel;Was ist das\nA1;Lieferung;K\xc3\xb6ln\n"
    first = steps.checked(staff, erp, content, fields={"Was ist das": "address.city"})
    assert first.columns["Was ist das"] == "address.city"
    second = steps.uploaded(staff, erp, content)
    assert second.columns == {"Auftragsnr": "externalId", "Titel": "title", "Was ist das": "address.city"}


def test_columns_without_an_external_id_get_a_sentence_and_are_not_checked(staff, erp):
    file_import = steps.uploaded(staff, erp, steps.rows(1))
    response = steps.confirm_columns(staff, file_import, {"Auftragsnr": ""})
    assert "No column holds the external id." in steps.text(response)
    work()
    assert steps.fresh(file_import).rehearsal is None


def test_the_number_style_of_a_file_can_be_corrected(staff, erp):
    file_import = steps.uploaded(staff, erp, b"Auftragsnr;Titel;Umsatz\nA1;Lieferung;1,234\n")
    steps.confirm_columns(staff, file_import, numbers="english")
    work()
    steps.press_import(staff, file_import)
    work()
    assert Target.objects.get().expected_revenue == Decimal(1234)


def test_a_file_can_cancel_targets(staff, erp):
    steps.imported(staff, erp, steps.rows(2))
    file_import = steps.checked(staff, erp, steps.rows(1), operation="cancel")
    page = steps.text(staff.get(steps.page(file_import)))
    assert "Cancel the targets" in page
    assert "1 Would be cancelled" in page
    steps.press_import(staff, file_import)
    work()
    assert list(Target.objects.order_by("external_id").values_list("status", flat=True)) == ["Cancelled", "Active"]


def test_the_template_of_the_form_reads_its_custom_fields(staff, erp, delivery_stop):
    content = b"Auftragsnr;Titel;package_count\nA1;Lieferung;8,0\n"
    steps.imported(staff, erp, content, template="delivery_stop")
    target = Target.objects.get()
    assert (target.template, target.custom_fields) == (delivery_stop, {"package_count": 8})
