"""The steps of an upload, taken by staff on the pages of the admin."""

import html
import re

from django.core.files.uploadedfile import SimpleUploadedFile

from importjobs.models import FileImport
from tests.workers import work

UPLOAD = "/admin/importjobs/importjob/upload/"
COLUMNS = b"Auftragsnr;Titel;Ort\n"


def rows(number, first=0):
    """Return a CSV file of so many orders."""
    lines = [f"A{n};Lieferung {n};Köln\n" for n in range(first, first + number)]
    return COLUMNS + "".join(lines).encode()


def page(file_import, end=""):
    return f"{UPLOAD}{file_import.pk}/{end}"


def send(staff, erp, content, name="orders.csv", **values):
    """Submit the upload form, and return the response."""
    data = {"source_system": erp.pk, "operation": "upsert", "template": ""} | values
    return staff.post(UPLOAD, data | {"file": SimpleUploadedFile(name, content)})


def uploaded(staff, erp, content, name="orders.csv", **values):
    """Upload a file and return its import, or fail with the text of the page."""
    response = send(staff, erp, content, name, **values)
    assert response.status_code == 302, text(response)
    return FileImport.objects.get(pk=response["Location"].removeprefix(UPLOAD).split("/")[0])


def confirm_columns(staff, file_import, fields=None, **values):
    """Submit the form of the columns as it is shown, except for the fields of some headings. Returns the response."""
    form = staff.get(page(file_import, "columns/")).context["form"]
    shown = {f"column_{number}": field.value() for number, _heading, _samples, field in form.rows}
    changed = {f"column_{form.headings.index(heading)}": path for heading, path in (fields or {}).items()}
    return staff.post(page(file_import, "columns/"), {"numbers": form["numbers"].value()} | shown | changed | values)


def checked(staff, erp, content, name="orders.csv", fields=None, **values):
    """Upload a table, confirm its columns and let a worker check it. Returns its import."""
    file_import = uploaded(staff, erp, content, name, **values)
    response = confirm_columns(staff, file_import, fields)
    assert response.status_code == 302, text(response)
    work()
    return fresh(file_import)


def import_button(staff, file_import):
    """Return what the import button of the page of a file sends."""
    shown = re.search(r'name="rehearsal" value="(\d+)"', staff.get(page(file_import)).content.decode())
    return {"rehearsal": shown[1]}


def press_import(staff, file_import):
    """Press the import button of the page of a file, and return the page that follows."""
    return staff.post(page(file_import, "import/"), import_button(staff, file_import), follow=True)


def imported(staff, erp, content, name="orders.csv", **values):
    """Take a table the whole way, and return its import with its job."""
    file_import = checked(staff, erp, content, name, **values)
    press_import(staff, file_import)
    work()
    return fresh(file_import)


def fresh(file_import):
    """Return a file import as it is stored now."""
    return FileImport.objects.select_related("rehearsal", "job", "source_system").get(pk=file_import.pk)


def text(response):
    """Return the text of a page without its tags, with single spaces."""
    body = re.sub(r"(?s)<(script|style).*?</\1>", " ", response.content.decode())
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def downloaded(response):
    assert response.status_code == 200
    return b"".join(response.streaming_content)
