"""Rejected items are exported with their payload in columns, and the corrected file is imported again."""

import csv
import io

import pytest
from python_calamine import CalamineWorkbook

from importjobs.models import ImportItem
from targets.models import Target
from tests.exports import CSV, XLSX, csv_rows, export, workbook_rows
from tests.factories import CustomFieldFactory
from tests.importjobs.files.file_builders import workbook
from tests.importjobs.uploads import steps

pytestmark = pytest.mark.django_db(transaction=True)

ITEMS = "importjobs/importitem"
FAULTY = {
    "externalId": "0815",
    "title": "Lieferung; groß",
    "customer": {"phone": "+49 231 1234"},
    "address": {"postalCode": "01067", "city": "Dresden", "latitude": 51.05, "longitude": 13.7},
    "planning": {"timeWindowStartUtc": "2026-06-25T08:00:00Z", "timeWindowEndUtc": "2026-06-25T12:00:00+02:00",
                 "routeDate": "2026-06-25", "priority": "soon", "fixedTime": True},
    "businessValue": {"expectedRevenue": "1234.567"},
    "operation": "create",
}  # fmt: skip


def correct(content, is_csv, delimiter):
    """Return the exported file with the priority corrected in its cell, as an office program saves it."""
    if is_csv:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter))
    else:
        rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    for row in rows[1:]:
        row[rows[0].index("planning.priority")] = "Urgent"
    if not is_csv:
        return workbook(*rows)
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue().encode("utf-8-sig")


@pytest.mark.parametrize(("language", "delimiter"), [("en", ","), ("de", ";")])
@pytest.mark.parametrize(("file_format", "name"), [(CSV, "items.csv"), (XLSX, "items.xlsx")])
def test_rejected_items_are_corrected_in_the_exported_file_and_imported_again(
    staff, api, erp, delivery_stop, file_format, name, language, delimiter
):
    CustomFieldFactory(template=delivery_stop, key="weight", type="decimal")
    erp.default_template = delivery_stop
    erp.time_zone = "America/New_York"
    erp.save()
    api.post(FAULTY | {"customFields": {"weight": "1.500", "package_count": 8}})
    staff.cookies["django_language"] = language
    content = correct(export(staff, ITEMS, file_format, "handling=open"), file_format == CSV, delimiter)
    steps.imported(staff, erp, content, name)
    target = Target.objects.get()
    assert (target.external_id, target.title, target.priority) == ("0815", "Lieferung; groß", "Urgent")
    assert (target.customer_phone, target.postal_code, target.latitude) == ("+49 231 1234", "01067", 51.05)
    assert [str(moment) for moment in (target.time_window_start, target.time_window_end)] == [
        "2026-06-25 08:00:00+00:00", "2026-06-25 10:00:00+00:00",
    ]  # fmt: skip
    assert (str(target.route_date), target.fixed_time, float(target.expected_revenue)) == ("2026-06-25", True, 1234.567)
    assert {key: float(value) for key, value in target.custom_fields.items()} == {"weight": 1.5, "package_count": 8}


def test_an_item_is_exported_with_its_status_its_reasons_and_its_operation(staff, api):
    api.post(FAULTY)
    staff.cookies["django_language"] = "de"
    (row,) = csv_rows(export(staff, ITEMS), ";")
    assert (row["status"], row["operation"], row["sourceSystem"]) == ("Rejected", "create", "logistics_erp")
    assert (row["errorCode"], row["errorField"]) == ("invalid_field", "planning.priority")
    assert "„soon“" in row["Importfehler"] or "“soon”" in row["Importfehler"]


def test_times_of_an_item_are_local_and_the_headings_name_the_zone(staff, api, erp, settings):
    erp.time_zone = "America/New_York"
    erp.save()
    api.post(FAULTY)
    (row,) = csv_rows(export(staff, ITEMS))
    assert row["planning.timeWindowStartUtc (America/New_York)"] == "2026-06-25 04:00:00"
    assert f"receivedAt ({settings.TIME_ZONE})" in row


def test_a_time_that_the_clocks_show_twice_is_exported_with_its_offset(staff, api):
    api.post(FAULTY | {"planning": {"priority": "soon", "dueAtUtc": "2026-10-25T01:30:00Z"}})
    (row,) = csv_rows(export(staff, ITEMS))
    assert "2026-10-25T01:30:00+00:00" in row.values()


def test_a_second_name_of_a_field_is_in_the_column_of_the_field(staff, api):
    api.post({"externalId": "A", "location": {"city": "Bonn"}, "contact": {"phone": "+49 231 12"}})
    (row,) = csv_rows(export(staff, ITEMS))
    assert (row["address.city"], row["customer.phone"]) == ("Bonn", "+49 231 12")


def test_a_missing_custom_field_has_a_column_to_fill_in(staff, api, erp, delivery_stop):
    CustomFieldFactory(template=delivery_stop, key="gate", required=True)
    erp.default_template = delivery_stop
    erp.save()
    api.post({"externalId": "A", "title": "x", "operation": "create"})
    (row,) = csv_rows(export(staff, ITEMS))
    assert (row["errorField"], row["customFields.gate"]) == ("customFields.gate", "")


@pytest.mark.parametrize("sent", ["'=1+1", "=1+1", "''=1"])
def test_text_that_looks_like_a_formula_comes_back_as_it_was_sent(staff, api, erp, sent):
    api.post({"externalId": "A", "title": sent, "planning": {"priority": "soon"}})
    steps.imported(staff, erp, correct(export(staff, ITEMS), is_csv=True, delimiter=","), "items.csv")
    assert Target.objects.get().title == sent


@pytest.mark.parametrize("document", [None, 7, "x", {"customFields": 7, "planning": "x", "title": ["y"]}])
def test_documents_of_any_shape_are_exported(staff, api, document):
    api.post({"targets": [document]}, "/inbound/targets/batch")
    for file_format, read in ((CSV, csv_rows), (XLSX, workbook_rows)):
        (row,) = read(export(staff, ITEMS, file_format))
        assert row["errorCode"] != ""
    assert ImportItem.objects.count() == 1


def test_jobs_are_exported_with_the_names_of_the_api_and_local_times(staff, api, settings):
    api.send()
    (row,) = csv_rows(export(staff, "importjobs/importjob"))
    assert (row["sourceSystem"], row["createdItems"], row["rejectedItems"]) == ("logistics_erp", "1", "0")
    assert len(row[f"receivedAt ({settings.TIME_ZONE})"]) == len("2026-06-25 10:00:00")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("file_format", "read"), [(CSV, csv_rows), (XLSX, workbook_rows)])
def test_a_number_that_can_be_read_in_two_ways_is_marked_until_it_is_corrected(
    staff, api, erp, file_format, read, language
):
    api.post({"externalId": "A", "title": "A", "businessValue": {"expectedRevenue": "1,234"}})
    staff.cookies["django_language"] = language
    content = export(staff, ITEMS, file_format)
    (row,) = read(content, ";") if (language, file_format) == ("de", CSV) else read(content)
    assert row["businessValue.expectedRevenue"] == "1,234 ?"
    checked = steps.checked(staff, erp, content, "items.csv" if file_format == CSV else "items.xlsx")
    assert checked.rehearsal.rejected_items == 1
