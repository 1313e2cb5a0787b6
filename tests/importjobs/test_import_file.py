"""The command `manage.py import_file`, with a worker that it starts itself."""

import subprocess
import sys
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from importjobs.files import imports, unattended
from importjobs.files.unattended import Way
from importjobs.models import FileImport, ImportJob
from targets.models import Target
from tests.importjobs.files.file_builders import workbook
from tests.servers import CHECKOUT, database_url
from tests.workers import work

ORDERS = "Auftragsnr.;Bezeichnung;Straße;PLZ;Ort\r\nA-1;Lieferung Köln;Domstr. 1;01067;Köln\r\n"
FAULTY = "A-2;;Domstr. 2;50667;Köln\r\n"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def of_this_database(monkeypatch, erp):
    """Let the worker that the command starts use the database of the tests."""
    monkeypatch.setenv("DATABASE_URL", database_url(connection.settings_dict["NAME"]))


@pytest.fixture
def orders(tmp_path):
    """Return a function that writes a file as Excel writes it in Germany, and returns its path."""

    def write(text, name="orders.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode("cp1252"))
        return path

    return write


def run(path, *options):
    """Run the command and return its exit status and what it writes."""
    out = StringIO()
    try:
        call_command("import_file", str(path), "--source-system", "logistics_erp", *options, stdout=out, stderr=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


def test_a_german_file_is_imported_and_its_columns_are_shown(orders):
    status, output = run(orders(ORDERS))
    target = Target.objects.get()
    assert (status, target.title, target.postal_code, target.city) == (0, "Lieferung Köln", "01067", "Köln")
    shown = [line.split(" -> ")[0] for line in output.splitlines() if " -> " in line]
    assert shown == ["Auftragsnr.", "Bezeichnung", "Straße", "PLZ", "Ort"]
    assert "PLZ -> address.postalCode   01067" in output
    assert "1 rows: 1 created." in output
    assert ImportJob.objects.get().batch_id == "orders.csv"


def test_a_workbook_is_imported(orders):
    status, _output = run(orders(workbook(["Auftragsnr.", "Titel"], ["A-1", "Lieferung"]), "orders.xlsx"))
    assert (status, Target.objects.get().title) == (0, "Lieferung")


def test_a_dry_run_says_what_would_happen_and_leaves_nothing(orders):
    status, output = run(orders(ORDERS + FAULTY), "--dry-run")
    assert status == 2
    assert "2 rows: 1 would be created, 1 would be rejected." in output
    assert (Target.objects.count(), ImportJob.objects.count(), FileImport.objects.count()) == (0, 0, 0)


def test_rejected_rows_are_written_beside_the_file_and_imported_when_they_are_corrected(orders, tmp_path):
    status, output = run(orders(ORDERS + FAULTY))
    assert status == 2
    assert "1 x title: Title is required. [missing_title]" in output
    rejected = tmp_path / "orders.rejected.csv"
    text = rejected.read_text(encoding="cp1252")
    assert "A-1" not in text
    rejected.write_text(text.replace("A-2;;", "A-2;Lieferung;"), encoding="cp1252")
    status, output = run(rejected)
    assert (status, ImportJob.objects.first().total_items, Target.objects.count()) == (0, 1, 2)


def test_rejected_rows_replace_no_other_file(orders, tmp_path):
    (tmp_path / "orders.rejected.csv").write_text("A correction that is not imported yet")
    status, output = run(orders(ORDERS + FAULTY))
    assert f"The rejected rows are in {tmp_path / 'orders.rejected (2).csv'}." in output
    assert (tmp_path / "orders.rejected.csv").read_text() == "A correction that is not imported yet"


def test_the_same_file_is_not_imported_again_unless_asked_for(orders):
    run(orders(ORDERS))
    status, output = run(orders(ORDERS, "copy.csv"))
    assert (status, ImportJob.objects.count()) == (1, 1)
    assert "Give --again to import it once more." in output
    assert run(orders(ORDERS), "--again")[0] == 0
    assert ImportJob.objects.count() == 2


def test_a_file_that_is_still_being_read_is_not_imported_again(orders, erp):
    path = orders(ORDERS)
    way = Way(source_system=erp, origin=FileImport.Origin.COMMAND, created_by="root")
    imports.start_import(unattended.create([path.read_bytes()], name="orders.csv", way=way))
    status, output = run(path)
    assert (status, FileImport.objects.count()) == (1, 1)
    assert "The same file was imported already: it is being read." in output


def test_a_corrected_column_is_remembered_for_the_next_file(orders):
    run(orders(ORDERS), "--column", "Ort=address.street", "--column", "Bezeichnung=title")
    assert (Target.objects.get().street, Target.objects.get().city) == ("Köln", "")
    run(orders(ORDERS.replace("Köln", "Bonn"), "next.csv"))
    assert Target.objects.get().street == "Bonn"


@pytest.mark.parametrize(
    ("text", "options", "sentence"),
    [
        (ORDERS, ["--source-system", "nobody"], "There is no active source system nobody. Active are: logistics_erp."),
        (ORDERS, ["--template", "nothing"], "There is no active template nothing."),
        (ORDERS, ["--column", "Ort=adress.city"], "There is no field adress.city. Do you mean address.city?"),
        (ORDERS, ["--column", "Stadt=address.city"], "The file has no column Stadt."),
        (ORDERS, ["--column", "Ort"], "--column Ort: write HEADING=FIELD."),
        ("", [], "The file is empty."),
        ("Name;Ort\r\nA;B\r\n", [], "No column holds the external id."),
        ('Auftragsnr.;Titel\r\nA-1;"Lieferung\r\n', [], "The quotes in row 2 are unbalanced."),
    ],
)
def test_what_cannot_be_imported_is_refused_with_a_sentence(orders, text, options, sentence):
    status, output = run(orders(text), *options)
    assert status == 1
    assert sentence in output
    assert (Target.objects.count(), ImportJob.objects.count(), FileImport.objects.count()) == (0, 0, 0)


def test_a_file_that_does_not_exist_is_refused(tmp_path):
    status, output = run(tmp_path / "missing.csv")
    assert (status, output) == (1, f"{tmp_path / 'missing.csv'} cannot be read: No such file or directory.")


def test_nothing_is_imported_for_a_paused_source_system(orders, erp):
    erp.paused_at, erp.paused_reason = timezone.now(), "Maintenance"
    erp.save()
    status, output = run(orders(ORDERS))
    assert (status, FileImport.objects.count()) == (1, 0)
    assert "The source system logistics_erp is paused." in output


@pytest.mark.slow
def test_ctrl_c_says_that_the_import_goes_on(orders):
    rows = "".join(f"A-{n};Lieferung;Domstr. {n};01067;Köln\r\n" for n in range(30_000))
    path = orders(ORDERS.splitlines(keepends=True)[0] + rows)
    command = [sys.executable, "manage.py", "import_file", str(path), "--source-system", "logistics_erp"]
    process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        while not ImportJob.objects.filter(created_items__gt=0).exists():
            assert process.poll() is None
        process.send_signal(2)
        output, _ = process.communicate(timeout=30)
    finally:
        process.kill()
    assert process.returncode == 1
    assert f"Import job {ImportJob.objects.get().pk} goes on while a worker is running." in output
    work()
    assert (ImportJob.objects.get().status, Target.objects.count()) == ("Completed", 30_000)


def test_rejected_rows_that_cannot_be_written_are_said(orders, tmp_path):
    status, output = run(orders(ORDERS + FAULTY), "--rejected-rows", str(tmp_path / "missing" / "rows.csv"))
    assert status == 2
    assert "rows.csv: No such file or directory. The other rows were imported." in output
