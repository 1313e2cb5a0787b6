"""Staff and operators see jobs in the background, abort them and resume them."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.urls import reverse

from importjobs import records
from importjobs.files import imports
from importjobs.models import FileImport, ImportJob

REASON = "The same items failed 6 times."


@pytest.fixture
def job(api):
    targets = [{"externalId": f"DEL-{n}", "title": "A"} for n in range(3)]
    response = api.post({"targets": targets}, "/inbound/targets/batch", Prefer="respond-async")
    return ImportJob.objects.get(pk=response.json()["importJobId"])


@pytest.fixture
def given_up(job):
    records.fail_job(job, reason=REASON)
    return job


def page_of(job, action=""):
    return reverse("admin:importjobs_importjob_change", args=[job.pk]).replace("change/", action or "change/")


def run(*arguments):
    output = StringIO()
    call_command("jobs", *arguments, stdout=output)
    return output.getvalue()


def status_of(job):
    job.refresh_from_db()
    return job.status


def test_staff_abort_a_job_after_they_confirmed_it(staff, job):
    assert "/abort/" in staff.get(page_of(job)).content.decode()
    staff.get(page_of(job, "abort/"))
    assert status_of(job) == "Pending"
    assert staff.post(page_of(job, "abort/")).status_code == 302
    assert (status_of(job), job.untried_items) == ("Cancelled", 3)


def test_staff_resume_a_job_that_was_given_up(staff, given_up):
    content = staff.get(page_of(given_up)).content.decode()
    assert REASON in content
    assert ("/resume/" in content, "/abort/" in content) == (True, False)
    staff.post(page_of(given_up, "resume/"))
    assert (status_of(given_up), given_up.failure) == ("Pending", "")


def test_a_job_that_has_ended_meanwhile_is_not_aborted(staff, job):
    records.cancel_job(job)
    response = staff.post(page_of(job, "abort/"), follow=True)
    assert "Nothing was done." in response.content.decode()


def test_a_job_that_was_not_in_the_background_has_no_such_buttons(staff, api):
    api.send()
    content = staff.get(page_of(ImportJob.objects.get())).content.decode()
    assert ("/resume/" in content, "/abort/" in content) == (False, False)


def test_the_start_page_says_that_jobs_wait_and_no_worker_runs(staff, job):
    assert "No worker is running." in staff.get("/admin/").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES")
    assert "No worker is running." not in staff.get("/admin/").content.decode()


def test_the_start_page_and_the_command_say_that_the_check_of_a_file_waits(staff, erp):
    file = imports.store_file([b"Auftragsnr.;Titel\r\nA-1;Lieferung\r\n"], name="orders.csv")
    values = {"origin": FileImport.Origin.UPLOAD, "operation": "upsert", "template_key": "", "created_by": "dora"}
    imports.start_rehearsal(imports.create(source_system=erp, file=file, **values))
    assert "1 import, check of a file or export has been waiting since" in staff.get("/admin/").content.decode()
    assert "In the queue: 1 checks of files, exports and other tasks." in run()


def test_the_start_page_names_a_job_that_was_given_up(staff, given_up):
    content = staff.get("/admin/").content.decode()
    assert f"Import job {given_up.pk} was given up." in content
    assert page_of(given_up) in content


def test_the_command_lists_jobs_and_says_that_no_worker_runs(job):
    assert f"{job.pk}  logistics_erp  Pending  0 of 3 items" in run()
    assert "No worker is running." in run()


def test_the_command_aborts_and_resumes(given_up):
    assert run("resume", str(given_up.pk)) == f"Import job {given_up.pk} was resumed.\n"
    assert run("abort", str(given_up.pk)) == f"Import job {given_up.pk} was aborted.\n"
    assert status_of(given_up) == "Cancelled"


def test_the_command_says_why_it_cannot(job):
    with pytest.raises(CommandError, match="cannot be resumed"):
        run("resume", str(job.pk))
    with pytest.raises(CommandError, match="Give the id"):
        run("abort")
