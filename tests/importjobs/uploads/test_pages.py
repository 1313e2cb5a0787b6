"""The pages of uploads: what they show while work goes on, and how many queries they make."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from importjobs import records
from importjobs.files import intake
from importjobs.models import ImportJob, Rehearsal
from tests.importjobs.uploads import steps
from tests.workers import work

pytestmark = pytest.mark.django_db(transaction=True)


def queries(staff, path):
    """Return how many rows or lists a page reads, besides the session and the user."""
    with CaptureQueriesContext(connection) as captured:
        assert staff.get(path).status_code == 200
    reads = [query["sql"] for query in captured if str(query["sql"]).startswith("SELECT")]
    return len([sql for sql in reads if "django_session" not in sql and "auth_user" not in sql])


def progress(staff, path):
    answer = staff.get(path)
    assert "no-store" in answer["Cache-Control"]
    return answer.json()


def test_the_progress_of_a_file_is_said_until_it_is_checked(staff, erp):
    file_import = steps.uploaded(staff, erp, steps.rows(600))
    steps.confirm_columns(staff, file_import)
    path = steps.page(file_import, "progress/")
    assert progress(staff, path)["text"] == "The file is being read."
    assert progress(staff, path)["percent"] is None
    intake.read(file_import.pk, intake.REHEARSE, should_stop=lambda: False)
    assert progress(staff, path) | {"warning": ""} == {
        "percent": 0, "text": "Waiting for a free worker.", "warning": "", "hasEnded": False,
    }  # fmt: skip
    work()
    assert progress(staff, path)["hasEnded"] is True


def test_the_progress_says_that_no_worker_is_running(staff, erp):
    file_import = steps.uploaded(staff, erp, steps.rows(1))
    steps.confirm_columns(staff, file_import)
    path = steps.page(file_import, "progress/")
    assert "No worker is running" in progress(staff, path)["warning"]
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert progress(staff, path)["warning"] == ""


def test_the_progress_of_a_job_counts_its_items(staff, erp):
    file_import = steps.checked(staff, erp, steps.rows(2))
    steps.press_import(staff, file_import)
    job = ImportJob.objects.get()
    path = f"/admin/importjobs/importjob/{job.pk}/progress/"
    assert progress(staff, path)["hasEnded"] is False
    records.start_job(job)
    assert progress(staff, path)["text"] == "0 of 2 items are imported."
    work()
    assert progress(staff, path)["text"] == "2 of 2 items are imported."


def test_the_upload_form_proposes_what_the_user_chose_last(staff, erp):
    steps.uploaded(staff, erp, steps.rows(1), operation="update")
    form = staff.get(steps.UPLOAD).context["form"]
    assert (form["source_system"].value(), form["operation"].value()) == (erp.pk, "update")


def test_the_menu_offers_the_upload(staff):
    assert f'href="{steps.UPLOAD}"' in staff.get("/admin/").content.decode()


def test_the_columns_are_shown_with_sample_values_and_proposed_fields(staff, erp):
    file_import = steps.uploaded(staff, erp, steps.rows(5))
    page = staff.get(steps.page(file_import, "columns/"))
    assert "Auftragsnr A0 A1 A2" in steps.text(page)
    assert [field.value() for *_rest, field in page.context["form"].rows] == ["externalId", "title", "address.city"]


def test_a_german_user_sees_sentences_about_the_file_in_german(staff, erp):
    with translation.override("de"):
        expected = translation.gettext("The file is empty. Check that you chose the right one.")
    staff.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    assert expected in steps.text(steps.send(staff, erp, b""))


def test_a_worker_says_in_the_language_of_the_user_why_a_row_cannot_be_read(staff, erp):
    with translation.override("de"):
        expected = translation.gettext("The file has no rows. Check that you chose the right one.")
    staff.defaults["HTTP_ACCEPT_LANGUAGE"] = "de"
    file_import = steps.checked(staff, erp, steps.COLUMNS)
    assert file_import.failure == expected
    assert not expected.startswith("The file")


def test_the_columns_say_at_once_what_is_missing(staff, erp):
    page = staff.get(steps.page(steps.uploaded(staff, erp, b"Was ist das;Titel\nA1;Lieferung\n"), "columns/"))
    assert "No column holds the external id." in steps.text(page)


def test_a_value_that_repeats_is_shown_once_as_a_sample(staff, erp):
    page = staff.get(steps.page(steps.uploaded(staff, erp, b"Nr;Ort\nA1;Bonn\nA2;Bonn\nA3;Essen\n"), "columns/"))
    assert [samples for _number, _heading, samples, _field in page.context["form"].rows][1] == ["Bonn", "Essen"]


def test_the_pages_make_few_queries_whatever_the_size_of_the_file(staff, erp):
    def spent(number):
        file_import = steps.uploaded(staff, erp, steps.rows(number))
        pages = {"columns": queries(staff, steps.page(file_import, "columns/"))}
        steps.confirm_columns(staff, file_import)
        pages["reading"] = queries(staff, steps.page(file_import, "progress/"))
        intake.read(file_import.pk, intake.REHEARSE, should_stop=lambda: False)
        pages["rehearsing"] = queries(staff, steps.page(file_import, "progress/"))
        work()
        pages["rehearsed"] = queries(staff, steps.page(file_import))
        steps.press_import(staff, file_import)
        job = f"/admin/importjobs/importjob/{ImportJob.objects.latest('pk').pk}"
        pages["job"] = queries(staff, f"{job}/change/")
        pages["job progress"] = queries(staff, f"{job}/progress/")
        return pages | {"upload": queries(staff, steps.UPLOAD)}

    spent(1)  # fills the caches of the process
    assert spent(700) == spent(2) == {
        "columns": 4, "reading": 2, "rehearsing": 3, "rehearsed": 1, "job": 7, "job progress": 3, "upload": 2,
    }  # fmt: skip


def test_a_file_whose_rehearsal_is_deleted_after_days_can_be_checked_again(staff, erp):
    file_import = steps.checked(staff, erp, steps.rows(1))
    Rehearsal.objects.all().delete()
    assert staff.get(steps.page(file_import))["Location"] == steps.page(file_import, "columns/")
