"""Staff upload a file in a browser, watch its check and its import, and fetch an export."""

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from importjobs.models import ImportJob
from ordinavo.common.exports.models import Export
from targets.models import Target
from tests.browser.workers import work

UPLOAD = "/admin/importjobs/importjob/upload/"
GERMAN_CSV = (
    "Auftragsnr;Betreff;Kunde;Straße;PLZ;Ort;Liefertermin;Was ist das\r\n"
    "4711;Lieferung;Müller GmbH;Königsallee 1;01067;Dresden;31.12.2026;12\r\n"
    "4712;Abholung;Weiß & Söhne KG;Hauptstraße 7;45127;Essen;bald;8\r\n"
).encode("cp1252")
WIDTHS = [1400, 400]


@pytest.fixture
def accessible(violations):
    """Return a function that fails if axe finds a fault on a page, or the page is wider than its window."""

    def accessible(page, name):
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            if folder := os.environ.get("SCREENSHOTS"):
                page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
            assert violations(page) == []
            assert page.evaluate("document.scrollingElement.scrollWidth") <= width + 1
        page.set_viewport_size({"width": 1400, "height": 900})

    return accessible


def choose(page, content=GERMAN_CSV, name="Aufträge Mai.csv"):
    """Upload a file, as a user does who comes from the menu."""
    page.get_by_role("link", name=re.compile("Import a file|Datei importieren")).first.click()
    page.set_input_files("input[type=file]", {"name": name, "mimeType": "text/csv", "buffer": content})
    page.get_by_role("button", name=re.compile("^(Upload|Hochladen|upload_file.*)$")).click()


def test_a_german_csv_is_uploaded_corrected_checked_and_imported(page, dora, erp, log_in, accessible):
    log_in(page)
    choose(page)
    column = page.get_by_role("combobox", name="Was ist das")
    accessible(page, "columns")
    column.select_option("planning.estimatedWorkMinutes")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    accessible(page, "checking")
    work()
    expect(page.get_by_text("2 rows were checked. Nothing has been imported yet.")).to_be_visible()
    expect(page.get_by_text("column “Liefertermin”")).to_be_visible()
    accessible(page, "checked")
    page.get_by_role("button", name="Import 1 row").click()
    expect(page.get_by_text("The import has started.")).to_be_visible()
    accessible(page, "importing")
    work()
    expect(page.get_by_role("link", name="Download the rejected rows")).to_be_visible()
    accessible(page, "imported")
    assert (Target.objects.get().customer_name, Target.objects.get().estimated_work_minutes) == ("Müller GmbH", 12)


def test_the_corrected_rows_of_a_download_are_imported(page, dora, erp, log_in):
    log_in(page)
    choose(page)
    page.get_by_role("button", name="Check the file").click()
    work()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the rejected rows").click()
    content = Path(download.value.path()).read_bytes()
    choose(page, content.replace(b"bald", b"30.12.2026"), download.value.suggested_filename)
    page.get_by_role("button", name="Check the file").click()
    work()
    page.get_by_role("button", name="Import 1 row").click()
    work()
    expect(page.get_by_text("Completed").first).to_be_visible()
    assert Target.objects.get().external_id == "4712"


def test_a_double_click_imports_a_file_once(page, dora, erp, log_in):
    log_in(page)
    choose(page)
    page.get_by_role("button", name="Check the file").click()
    work()
    page.get_by_role("button", name="Import 1 row").dblclick()
    expect(page.get_by_text("The import has started.")).to_be_visible()
    assert ImportJob.objects.count() == 1


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(page, dora, erp, log_in, settings):
    settings.MAX_FILE_BYTES = 1024 * 1024
    log_in(page)
    choose(page, bytes(1024 * 1024 + 1))
    assert page.evaluate("document.querySelector('input[type=file]').validationMessage").startswith("The file has more")
    assert page.url.endswith(UPLOAD)


def test_an_unreadable_file_is_explained_at_its_field(page, dora, erp, log_in, accessible):
    log_in(page)
    choose(page, b"%PDF-1.7", "orders.pdf")
    expect(page.get_by_text("This is a PDF document.")).to_be_visible()
    accessible(page, "refused")


def test_a_german_user_is_led_through_an_upload_in_german(german_page, dora, erp, log_in, accessible):
    log_in(german_page)
    choose(german_page)
    expect(german_page.get_by_role("heading", name="Spalten von Aufträge Mai.csv")).to_be_visible()
    accessible(german_page, "columns-de")
    german_page.get_by_role("button", name="Datei prüfen").click()
    work()
    expect(german_page.get_by_text("2 Zeilen wurden geprüft. Noch wurde nichts importiert.")).to_be_visible()
    accessible(german_page, "checked-de")
    german_page.get_by_role("button", name="1 Zeile importieren").click()
    expect(german_page.get_by_text("Der Import hat begonnen.")).to_be_visible()
    work()
    expect(german_page.get_by_role("link", name="Abgelehnte Zeilen herunterladen")).to_be_visible()
    accessible(german_page, "imported-de")


def test_the_pages_of_an_upload_are_accessible_in_the_dark_theme(dark_page, dora, erp, log_in, accessible):
    log_in(dark_page)
    choose(dark_page)
    accessible(dark_page, "columns-dark")
    dark_page.get_by_role("button", name="Check the file").click()
    work()
    expect(dark_page.get_by_role("button", name="Import 1 row")).to_be_visible()
    accessible(dark_page, "checked-dark")
    dark_page.goto(UPLOAD)
    accessible(dark_page, "upload-dark")


def test_the_pages_of_an_export_are_accessible_and_move_by_themselves(page, dora, api, log_in, accessible):
    api.send()
    log_in(page)
    page.goto("/admin/targets/target/export/")
    accessible(page, "export-form")
    page.select_option("select[name=format]", label="csv")
    page.get_by_role("button", name="Submit").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    accessible(page, "exporting")
    work()
    expect(page.get_by_role("link", name="Download", exact=True)).to_be_visible()
    accessible(page, "exported")
    page.goto("/admin/exports/export/")
    accessible(page, "exports")
    assert Export.objects.get().status == "Completed"
