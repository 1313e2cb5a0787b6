"""Files of rejected rows are read with the numbers of the file that they come from."""

import io
from decimal import Decimal

import pytest

from importjobs.files import imports
from importjobs.models import FileImport
from targets.models import Target
from tests.workers import work

pytestmark = pytest.mark.django_db(transaction=True)

POINTS = b"Auftragsnr;Titel;Betrag;Liefertermin\n1;A;1.250;bald\n2;B;0.75;31.12.2026\n"


def stored(erp, content, name="orders.csv", **options):
    values = {"origin": FileImport.Origin.UPLOAD, "operation": "upsert", "template_key": "", "created_by": "Erika"}
    return imports.create(file=imports.store_file([content], name=name), source_system=erp, **values, **options)


def rejected_again(erp, file_import):
    """Import a file, correct its rejected row, and return the import of that row."""
    imports.start_import(file_import)
    work()
    file_import.refresh_from_db()
    out = io.BytesIO()
    imports.rejected_file(file_import, out)
    return stored(erp, out.getvalue().replace(b"bald", b"30.12.2026"), "corrected.csv")


def test_a_number_of_a_rejected_row_is_read_as_in_the_whole_file(erp):
    imports.start_import(rejected_again(erp, stored(erp, POINTS)))
    work()
    assert Target.objects.get(external_id="1").expected_revenue == Decimal("1.25")


def test_what_staff_have_chosen_for_a_file_holds_for_its_rejected_rows(erp):
    first = stored(erp, b"Auftragsnr;Titel;Betrag;Liefertermin\n1;A;1.250;bald\n")
    imports.set_columns(first, first.columns, numbers="english")
    assert rejected_again(erp, first).layout["numbers"] == "english"


def test_another_file_is_read_by_its_own_cells(erp):
    stored(erp, POINTS)
    assert stored(erp, b"Auftragsnr;Titel;Betrag\n1;A;1.250\n").layout["numbers"] == "german"
    assert stored(erp, b"Auftragsnr;Betrag;Import error\n1;1.250;x\n").layout["numbers"] == "german"
