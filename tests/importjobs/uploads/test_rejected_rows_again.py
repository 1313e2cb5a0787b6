"""Staff download the rejected rows of a file, correct them, and upload only these again."""

import io
import json

import pytest
from python_calamine import CalamineWorkbook

from importjobs.models import ImportItem, ImportJob
from targets.models import Target
from tests.importjobs.files.file_builders import workbook
from tests.importjobs.uploads import steps
from tests.workers import work

pytestmark = pytest.mark.django_db(transaction=True)

FAULTY = b"Auftragsnr;Titel;Liefertermin\nA1;Lieferung;31.12.2026\nA2;Abholung;bald\nA3;;31.12.2026\n"


def of_job(staff, file_import):
    return steps.downloaded(staff.get(f"/admin/importjobs/importjob/{file_import.job_id}/rejected-rows/"))


def test_the_rehearsal_groups_the_rejected_rows_by_cause(staff, erp):
    page = steps.text(staff.get(steps.page(steps.checked(staff, erp, FAULTY))))
    assert "1 Would be created" in page
    assert "2 Would be rejected" in page
    assert "1 × Value not usable · column “Liefertermin”" in page
    assert "1 × Title missing · column “Titel”" in page
    assert "Enter a title. In row 4" in page
    assert "Import 1 row" in page


def test_the_rows_that_a_rehearsal_rejects_come_back_before_anything_is_imported(staff, erp):
    file_import = steps.checked(staff, erp, FAULTY)
    lines = steps.downloaded(staff.get(steps.page(file_import, "rejected-rows/"))).decode("utf-8-sig").splitlines()
    assert lines[0] == "Auftragsnr;Titel;Liefertermin;Import error"
    assert [line.split(";")[0] for line in lines[1:]] == ["A2", "A3"]
    assert not ImportJob.objects.exists()


def test_corrected_rows_are_uploaded_again_and_only_these_are_sent(staff, erp):
    first = steps.imported(staff, erp, FAULTY)
    assert (first.job.status, first.job.rejected_items) == ("PartiallyFailed", 2)
    corrected = of_job(staff, first).decode("utf-8-sig").replace("bald", "30.12.2026").replace("A3;;", "A3;Montage;")
    second = steps.imported(staff, erp, corrected.encode("utf-8-sig"), "orders-corrected.csv")
    assert (second.job.total_items, second.job.created_items, second.job.warning_items) == (2, 2, 0)
    assert Target.objects.count() == 3


def test_the_rejected_rows_of_a_workbook_are_a_workbook_with_reasons(staff, erp):
    content = workbook(["Auftragsnr", "Titel"], ["0815", "Lieferung"], ["0816", None])
    file_import = steps.imported(staff, erp, content, "Aufträge.xlsx")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(of_job(staff, file_import))).get_sheet_by_index(0)
    headings, row = sheet.to_python()
    assert (headings, row[:2]) == (["Auftragsnr", "Titel", "Import error"], ["0816", ""])
    assert "Titel: " in row[2]


def test_rejected_documents_come_back_as_documents_and_their_reason_is_not_imported(staff, erp):
    content = json.dumps([{"externalId": "A1", "title": "A"}, {"externalId": "A2"}]).encode()
    file_import = steps.uploaded(staff, erp, content, "orders.json")
    work()
    steps.press_import(staff, file_import)
    work()
    (rejected,) = json.loads(of_job(staff, steps.fresh(file_import)))
    again = steps.uploaded(staff, erp, json.dumps([rejected | {"title": "B"}]).encode(), "again.json")
    work()
    steps.press_import(staff, again)
    work()
    item = ImportItem.objects.get(job=steps.fresh(again).job)
    assert (item.external_id, item.status, item.warnings) == ("A2", "Created", [])


def test_the_page_of_a_job_offers_its_rejected_rows_and_the_next_upload(staff, erp):
    file_import = steps.imported(staff, erp, FAULTY)
    page = staff.get(f"/admin/importjobs/importjob/{file_import.job_id}/change/")
    assert f"/importjob/{file_import.job_id}/rejected-rows/" in page.content.decode()
    assert "Import the corrected file" in steps.text(page)


def test_the_name_of_the_download_says_what_it_is(staff, erp):
    file_import = steps.imported(staff, erp, FAULTY, "Aufträge Mai.csv")
    response = staff.get(f"/admin/importjobs/importjob/{file_import.job_id}/rejected-rows/")
    steps.downloaded(response)
    assert "Auftr%C3%A4ge%20Mai-rejected%20rows.csv" in response["Content-Disposition"]


def test_a_job_without_a_file_has_no_rejected_rows(staff, api):
    api.post({"externalId": "A1"})
    job = ImportJob.objects.get()
    assert staff.get(f"/admin/importjobs/importjob/{job.pk}/rejected-rows/").status_code == 404


def test_a_rehearsal_that_rejects_every_row_offers_no_import_and_says_what_to_do(staff, erp):
    file_import = steps.checked(staff, erp, b"Auftragsnr;Titel\nA1;\nA2;\n")
    page = staff.get(steps.page(file_import))
    assert "No row can be imported as it is." in steps.text(page)
    assert steps.page(file_import, "import/") not in page.content.decode()


def test_many_rejections_are_grouped_on_the_page_of_the_job(staff, erp):
    content = steps.rows(1) + b"".join(b"B%d;;K\n" % n for n in range(12))
    file_import = steps.imported(staff, erp, content)
    page = steps.text(staff.get(f"/admin/importjobs/importjob/{file_import.job_id}/change/"))
    assert "12 × Title missing · column “Titel”" in page
    assert "First in the rows 3, 4, 5, 6, 7" in page
