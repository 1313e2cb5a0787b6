"""The exports of the admin's lists: the rows on screen as CSV or XLSX, with no formulas in them."""

import csv
import io
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from ordinavo.common.admin import exports
from tests.api import example
from tests.factories import TargetFactory
from tests.queries import count_queries

CSV, XLSX = "0", "1"


def export(staff, model, file_format=CSV, query=""):
    url = f"/admin/{model}/export/?{query}"
    return staff.post(url, {"format": file_format, "resource": "0"})


def rows(response):
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


def sheet(response):
    """Return the rows of an exported workbook, the header first."""
    return CalamineWorkbook.from_filelike(io.BytesIO(response.content)).get_sheet_by_index(0).to_python()


def workbook_rows(response):
    header, *rest = sheet(response)
    return [dict(zip(header, row, strict=True)) for row in rest]


@pytest.fixture
def target(api, delivery_stop):
    api.post(example("upsert"))
    api.send("DEL-2", title="Another")


def test_a_target_is_exported_with_all_its_fields(staff, target):
    row = rows(export(staff, "targets/target"))[1]
    assert (row["sourceSystem"], row["externalId"], row["templateKey"]) == (
        "logistics_erp", "DEL-2026-000918", "delivery_stop",
    )  # fmt: skip
    assert (row["city"], row["route_date"], row["expected_revenue"]) == ("Essen", "2026-06-25", "2500.0000000000")
    assert '"package_count":8' in row["customFields"]


@pytest.mark.parametrize("query", ["q=another", "status__exact=Active&q=del-2+another"])
def test_only_the_filtered_rows_are_exported(staff, target, query):
    assert [row["title"] for row in rows(export(staff, "targets/target", query=query))] == ["Another"]


def test_a_workbook_has_the_same_rows(staff, target):
    rows = sheet(export(staff, "targets/target", XLSX))
    assert [row[2] for row in rows] == ["externalId", "DEL-2", "DEL-2026-000918"]


def test_a_workbook_has_numbers_and_dates_as_such(staff, target):
    row = workbook_rows(export(staff, "targets/target", XLSX))[1]
    assert (row["latitude"], row["expected_revenue"], row["fixed_time"]) == (51.4513, 2500, False)
    assert row["route_date"] == date(2026, 6, 25)
    assert row["due_at"].isoformat() == "2026-06-25T12:00:00"


def test_a_workbook_keeps_digits_in_text_as_text(staff, api):
    api.send(address={"postalCode": "01067"}, title="https://example.com/x")
    (row,) = workbook_rows(export(staff, "targets/target", XLSX))
    assert (row["postal_code"], row["title"]) == ("01067", "https://example.com/x")


def test_a_day_before_the_calendar_of_excel_is_text(staff):
    TargetFactory(route_date=date(1899, 12, 31))
    assert workbook_rows(export(staff, "targets/target", XLSX))[0]["route_date"] == "1899-12-31"


def test_a_text_too_long_for_a_cell_is_cut(staff, api):
    api.post({"title": "x", "description": "y" * 40_000})
    (row,) = workbook_rows(export(staff, "importjobs/importitem", XLSX))
    assert len(row["payload"]) == 32_767
    assert row["payload"].endswith("y…")


@pytest.mark.parametrize("file_format", [CSV, XLSX])
@pytest.mark.parametrize("evil", ["=1+1", "+49 1", "-1+1", "@SUM(A1)", "\t=1+1", " =1+1"])
def test_a_formula_is_escaped(staff, api, evil, file_format):
    api.send(customer={"phone": evil})
    response = export(staff, "targets/target", file_format)
    if file_format == CSV:
        assert f"'{evil}" in response.content.decode("utf-8-sig")
    else:
        assert workbook_rows(response)[0]["customer_phone"] == f"'{evil}"


def test_a_negative_number_is_not_escaped(staff, api):
    api.send(address={"latitude": -6.5, "longitude": -12})
    assert rows(export(staff, "targets/target"))[0]["latitude"] == "-6.5"


@pytest.mark.parametrize("character", ["\x0b", "\x01", "\ufffe"])
def test_a_control_character_is_replaced_in_a_workbook(staff, api, character):
    TargetFactory(title=f"A{character}B")
    assert workbook_rows(export(staff, "targets/target", XLSX))[0]["title"] == "A\N{REPLACEMENT CHARACTER}B"


def test_an_export_of_too_many_rows_is_refused(staff, target, monkeypatch):
    monkeypatch.setattr(exports, "MAX_EXPORTED_ROWS", 1)
    assert "More than 1 rows" in export(staff, "targets/target").content.decode()


def test_jobs_and_rejected_items_are_exported(staff, api):
    api.send()
    api.post({"title": "no id"})
    assert [row["status"] for row in rows(export(staff, "importjobs/importjob"))] == ["Failed", "Completed"]
    (item,) = rows(export(staff, "importjobs/importitem", query="handling=open"))
    assert (item["source_system"], item["error_code"]) == ("logistics_erp", "missing_external_id")
    assert item["payload"] == '{"title":"no id"}'


@pytest.mark.parametrize("model", ["targets/target", "importjobs/importjob", "importjobs/importitem"])
def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(staff, api, target, model):
    one = count_queries(lambda: export(staff, model))
    for number in range(5):
        api.send(f"NO-{number}")
    assert count_queries(lambda: export(staff, model)) == one
