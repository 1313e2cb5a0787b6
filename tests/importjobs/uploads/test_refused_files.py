"""A file that cannot be imported gets a sentence at its field, and nothing of it is stored."""

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from importjobs.models import FileImport
from ordinavo.common.files.models import StoredFile
from tests.importjobs.files.file_builders import repacked, workbook
from tests.importjobs.uploads import steps
from tests.workers import waiting_tasks

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def bomb():
    content = io.BytesIO(workbook(["ID"], ["1"]))
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/large.bin", bytes(64 * 1024 * 1024))
    return content.getvalue()


def with_macros():
    content = io.BytesIO(workbook(["ID"], ["1"]))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"macros")
    return content.getvalue()


REFUSED = {
    "empty": ("orders.csv", b"", "The file is empty."),
    "only spaces": ("orders.csv", b" \r\n\r\n", "The file is empty."),
    "null character": ("orders.csv", b"Auftragsnr;Titel\nA1;\0\n", "null character"),
    "two equal headings": ("orders.csv", b"Auftragsnr;Titel;Titel\nA1;a;b\n", "The heading “Titel” is in columns"),
    "damaged workbook": ("orders.xlsx", workbook(["ID"], ["1"])[:-100], "The workbook is damaged."),
    "workbook without a sheet": ("orders.xlsx", repacked(workbook(["ID"]), workbook=None), "The workbook is damaged."),
    "old workbook": ("orders.xls", OLE, "a workbook of an old version of Excel (.xls)"),
    "macros": ("orders.xlsm", with_macros(), "The workbook contains macros."),
    "PDF": ("orders.pdf", b"%PDF-1.7\n", "This is a PDF document."),
    "no JSON": ("orders.json", b"externalId", "The file is not JSON."),
}


def stored():
    return FileImport.objects.exists() or StoredFile.objects.exists() or bool(waiting_tasks())


@pytest.mark.parametrize("case", REFUSED)
def test_an_unreadable_file_is_refused_at_its_field(staff, erp, case):
    name, content, sentence = REFUSED[case]
    response = steps.send(staff, erp, content, name)
    assert response.status_code == 200
    assert sentence in " ".join(response.context["form"].errors["file"])
    assert sentence in steps.text(response)
    assert not stored()


def test_a_bomb_is_refused_at_its_field(staff, erp):
    response = steps.send(staff, erp, bomb(), "orders.xlsx")
    assert "The workbook is too large when unpacked." in steps.text(response)
    assert not stored()


def test_a_file_that_is_too_large_is_refused_at_its_field(staff, erp, settings):
    settings.MAX_FILE_BYTES = 1024 * 1024
    response = steps.send(staff, erp, bytes(1024 * 1024 + 1))
    assert "The file has more than 1 MiB. Split it into smaller ones." in steps.text(response)
    assert not stored()


def test_a_form_without_a_file_says_so(staff, erp):
    response = staff.post(steps.UPLOAD, {"source_system": erp.pk, "operation": "upsert"})
    assert "Choose a file." in steps.text(response)


def test_a_paused_or_inactive_source_system_is_not_offered(staff, erp):
    assert erp.name in steps.text(staff.get(steps.UPLOAD))
    erp.active = False
    erp.save()
    assert erp.name not in steps.text(staff.get(steps.UPLOAD))
    assert "This source system was paused. Choose another one." in steps.text(steps.send(staff, erp, steps.rows(1)))
    assert not stored()


@pytest.mark.parametrize("name", [f"orders.{'ä' * 240}", f"{'ä' * 250}.csv"])
def test_a_name_that_is_too_long_for_the_disk_is_accepted(staff, erp, name):
    assert steps.uploaded(staff, erp, steps.rows(1), name).file.name == name


@pytest.mark.parametrize("name", ["../../etc/passwd.csv", "C:\\orders\\passwd.csv", "\x00passwd.csv"])
def test_a_folder_or_control_character_in_the_name_is_dropped(staff, erp, name):
    file = SimpleUploadedFile("x.csv", steps.rows(1))
    file._name = name
    data = {"source_system": erp.pk, "operation": "upsert", "template": "", "file": file}
    assert staff.post(steps.UPLOAD, data).status_code == 302
    assert StoredFile.objects.get().name == "passwd.csv"
