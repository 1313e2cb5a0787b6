"""The documents of converted rows are imported by the runner without a finding."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from importjobs import runner
from importjobs.files import columns
from importjobs.files.conversion import Converter
from importjobs.files.layout import Layout, Row
from importjobs.models import ImportItem
from targets.models import Target
from tests.factories import CustomFieldFactory
from tests.importjobs.files.converters import converted_cell

HEADINGS = [
    *["Lieferschein-Nr.", "Betreff", "Kunde", "Tel.", "Straße", "PLZ", "Ort", "Land", "Breitengrad", "Längengrad"],
    *["Tourdatum", "Zeitfenster von", "Zeitfenster bis", "Dauer (Min.)", "Priorität", "Fixtermin", "Umsatz (€)"],
    *["Gewicht", "Pakete", "Gekühlt", "Wareneingang", "Farbe"],
]
CSV_ROW = [
    *["0815", "Lieferung", "Müller GmbH", "0201 555010", "Hauptstr. 1", "1067", "Dresden", "D", "51,0504", "13,7373"],
    *["31.12.26", "08:30", "12:00 Uhr", "0:45", "hoch", "ja", "1.234,56 €"],
    *["1.250,5 kg", "8,0", "WAHR", "30.12.2026 18:00", "rot"],
]
XLSX_ROW = [
    *[4711.0, "Lieferung", "Müller GmbH", 201555010.0, "Hauptstr. 1", 1067.0, "Dresden", "Deutschland"],
    *[51.0504, 13.7373, datetime.fromisoformat("2026-12-31"), 8.5 / 24, 0.5, 45.0, "Hoch", True, 1234.56],
    *[1250.5, 8.0, True, datetime.fromisoformat("2026-12-30 18:00"), None],
]


@pytest.fixture
def template(erp):
    first = CustomFieldFactory(key="weight", label="Gewicht", type="decimal", unit="kg")
    for key, label, kind in [
        ("n", "Pakete", "integer"),
        ("cool", "Gekühlt", "boolean"),
        ("at", "Wareneingang", "datetime"),
    ]:
        CustomFieldFactory(template=first.template, key=key, label=label, type=kind)
    erp.default_template = first.template
    erp.time_zone = "Europe/Berlin"
    erp.save()
    return first.template


def import_row(erp, template, cells):
    """Import one row with matched columns, and return its item."""
    matched = columns.propose(HEADINGS, source_system=erp, template=template)
    layout = Layout(format="csv")
    converter = Converter(HEADINGS, matched, layout=layout, template=template, source_system=erp)
    document = converter.document(Row(2, cells))
    runner.import_one(document=document, source_system=erp, submitted_by="file", correlation_id="c-1")
    return ImportItem.objects.get()


@pytest.mark.parametrize("cells", [CSV_ROW, XLSX_ROW], ids=["csv", "xlsx"])
def test_a_row_of_a_german_office_is_imported_without_findings(erp, template, cells):
    item = import_row(erp, template, cells)
    assert (item.status, item.errors, item.warnings) == ("Created", [], [])


@pytest.mark.parametrize("cells", [CSV_ROW, XLSX_ROW], ids=["csv", "xlsx"])
def test_the_stored_target_has_the_values_that_the_row_means(erp, template, cells):
    import_row(erp, template, cells)
    target = Target.objects.get()
    assert (target.postal_code, target.country, target.latitude) == ("01067", "DE", 51.0504)
    assert (target.route_date, target.estimated_work_minutes) == (date(2026, 12, 31), 45)
    assert target.time_window_start == datetime(2026, 12, 31, 7, 30, tzinfo=UTC)
    assert target.time_window_end == datetime(2026, 12, 31, 11, 0, tzinfo=UTC)
    assert (target.priority, target.fixed_time, target.expected_revenue) == ("High", True, Decimal("1234.56"))
    assert target.custom_fields == {"weight": Decimal("1250.5"), "n": 8, "cool": True, "at": "2026-12-30T17:00:00Z"}


def test_a_cell_that_is_not_certain_is_named_by_the_rejection(erp, template):
    cells = [*CSV_ROW[:16], "1,234.56", *CSV_ROW[17:]]
    item = import_row(erp, template, cells)
    [error] = item.errors
    assert (item.status, error["field"]) == ("Rejected", "businessValue.expectedRevenue")
    assert "1,234.56" in error["message"]


def test_an_empty_cell_keeps_the_stored_value(erp, template):
    import_row(erp, template, CSV_ROW)
    ImportItem.objects.all().delete()
    import_row(erp, template, ["0815", *[None] * (len(HEADINGS) - 1)])
    assert Target.objects.get().city == "Dresden"


@pytest.mark.django_db
def test_choices_are_read_whatever_their_case():
    field = CustomFieldFactory(key="color", type="choice", choices=["Rot", "Blau"])
    assert converted_cell("customFields.color", " rot ", template=field.template) == "Rot"


def test_the_error_of_a_formula_is_named_by_the_rejection(erp, template):
    item = import_row(erp, template, [*CSV_ROW[:3], "#NV", *CSV_ROW[4:]])
    assert [error["message"] for error in item.errors] == ['customer.phone must be a string; ["#NV"] was sent.']
