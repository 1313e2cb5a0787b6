"""A list leaves as a file: what is on screen, nothing more, and nothing that a spreadsheet would run."""

import csv
import io

import pytest
from openpyxl import load_workbook

from ordinavo.common.admin import exports
from tests.api import example
from tests.queries import spent

CSV, XLSX = "0", "1"


def export(staff, model, file_format=CSV, query=""):
    url = f"/admin/{model}/export/?{query}"
    return staff.post(url, {"format": file_format, "resource": "0"})


def rows(response):
    return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))


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
def test_the_filters_on_screen_hold(staff, target, query):
    assert [row["title"] for row in rows(export(staff, "targets/target", query=query))] == ["Another"]


def test_a_workbook_has_the_same_rows(staff, target):
    sheet = load_workbook(io.BytesIO(export(staff, "targets/target", XLSX).content)).active
    assert [row[2].value for row in sheet.rows] == ["externalId", "DEL-2", "DEL-2026-000918"]


@pytest.mark.parametrize("file_format", [CSV, XLSX])
@pytest.mark.parametrize("evil", ["=1+1", "+49 1", "-1+1", "@SUM(A1)", "\t=1+1", " =1+1"])
def test_a_formula_is_text(staff, api, evil, file_format):
    api.send(customer={"phone": evil})
    content = export(staff, "targets/target", file_format).content
    if file_format == CSV:
        assert f"'{evil}" in content.decode("utf-8-sig")
    else:
        values = [cell.value for row in load_workbook(io.BytesIO(content)).active.rows for cell in row]
        assert f"'{evil}" in values


def test_a_negative_number_stays_one(staff, api):
    api.send(address={"latitude": -6.5, "longitude": -12})
    assert rows(export(staff, "targets/target"))[0]["latitude"] == "-6.5"


def test_a_control_character_does_not_end_a_workbook(staff, api):
    api.send(title="A\x0bB")
    sheet = load_workbook(io.BytesIO(export(staff, "targets/target", XLSX).content)).active
    assert [cell.value for cell in sheet[2]][6].startswith("A")


def test_more_rows_than_a_file_should_have_are_refused(staff, target, monkeypatch):
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
def test_an_export_takes_the_same_queries_for_any_number_of_rows(staff, api, target, model):
    one = spent(lambda: export(staff, model))
    for number in range(5):
        api.send(f"NO-{number}")
    assert spent(lambda: export(staff, model)) == one
