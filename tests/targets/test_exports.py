"""What the files of exported lists contain: the rows of the list as CSV or XLSX, with no formulas in them."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.utils import translation

from importjobs.files import imports
from ordinavo.common.exports import processing
from ordinavo.common.exports.models import Export
from targets.models import Target
from tests.api import example
from tests.exports import CSV, XLSX, csv_rows, export, request_export, sheets, workbook_rows
from tests.factories import SourceSystemFactory, TargetFactory
from tests.workers import work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def target(api, delivery_stop):
    api.post(example("upsert"))
    api.send("DEL-2", title="Another")


def test_a_target_is_exported_with_all_its_fields(staff, target):
    row = csv_rows(export(staff, "targets/target"))[1]
    assert (row["sourceSystem"], row["externalId"], row["templateKey"]) == (
        "logistics_erp", "DEL-2026-000918", "delivery_stop",
    )  # fmt: skip
    assert (row["address.city"], row["planning.routeDate"]) == ("Essen", "2026-06-25")
    assert row["businessValue.expectedRevenue"] == "2500"
    assert (row["customFields.package_count"], row["customFields"]) == ("8", "")


@pytest.mark.parametrize("query", ["q=another", "status__exact=Active&q=del-2+another"])
def test_only_the_filtered_rows_are_exported(staff, target, query):
    assert [row["title"] for row in csv_rows(export(staff, "targets/target", query=query))] == ["Another"]


@pytest.mark.parametrize(("order", "cities"), [("4", ["Aachen", "Bonn", "Celle"]), ("-4", ["Celle", "Bonn", "Aachen"])])
def test_the_rows_are_in_the_order_of_the_list(staff, erp, order, cities):
    for city in ("Bonn", "Celle", "Aachen"):
        TargetFactory(source_system=erp, city=city)
    assert [row["address.city"] for row in csv_rows(export(staff, "targets/target", query=f"o={order}"))] == cities


def test_all_pages_of_a_list_are_exported_in_order(staff):
    erp = SourceSystemFactory()
    Target.objects.bulk_create(Target(source_system=erp, external_id=f"N-{n:04}", title="x") for n in range(1201))
    found = [row["externalId"] for row in csv_rows(export(staff, "targets/target", query="o=1"))]
    assert found == [f"N-{n:04}" for n in range(1201)]


def test_a_german_date_in_a_filter_is_read_as_on_the_list(staff, erp):
    for day in (1, 2, 3):
        TargetFactory(source_system=erp, route_date=date(2026, 6, day))
    staff.cookies["django_language"] = "de"
    found = csv_rows(export(staff, "targets/target", query="route_date_from=02.06.2026&route_date_to=02.06.2026"), ";")
    assert [row["planning.routeDate"] for row in found] == ["2026-06-02"]


def test_a_workbook_has_the_same_rows(staff, target):
    [rows] = sheets(export(staff, "targets/target", XLSX))
    assert [row[2] for row in rows] == ["externalId", "DEL-2", "DEL-2026-000918"]


def test_a_list_without_rows_is_a_file_with_a_header(staff, target):
    [rows] = sheets(export(staff, "targets/target", XLSX, "q=nothing"))
    assert [row[2] for row in rows] == ["externalId"]


def test_a_workbook_has_numbers_and_dates_as_such(staff, target):
    row = workbook_rows(export(staff, "targets/target", XLSX))[1]
    assert (row["address.latitude"], row["businessValue.expectedRevenue"], row["planning.fixedTime"]) == (
        51.4513,
        2500,
        False,
    )
    assert row["planning.routeDate"] == date(2026, 6, 25)
    assert row["planning.dueAtUtc (Europe/Berlin)"].isoformat() == "2026-06-25T12:00:00"


def test_a_workbook_keeps_digits_in_text_as_text(staff, api):
    api.send(address={"postalCode": "01067"}, title="https://example.com/x")
    (row,) = workbook_rows(export(staff, "targets/target", XLSX))
    assert (row["address.postalCode"], row["title"]) == ("01067", "https://example.com/x")


def test_a_day_before_the_calendar_of_excel_is_text(staff):
    TargetFactory(route_date=date(1899, 12, 31))
    assert workbook_rows(export(staff, "targets/target", XLSX))[0]["planning.routeDate"] == "1899-12-31"


def test_a_text_too_long_for_a_cell_is_cut(staff, api):
    api.post({"title": "x", "description": "y" * 40_000})
    (row,) = workbook_rows(export(staff, "importjobs/importitem", XLSX))
    assert len(row["payload"]) == 32_767
    assert row["payload"].endswith("y…")


@pytest.mark.parametrize("evil", ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "\t=1+1", " =1+1"])
def test_a_formula_is_escaped(staff, api, evil):
    TargetFactory(customer_phone=evil)
    assert csv_rows(export(staff, "targets/target"))[0]["customer.phone"] == f"'{evil}"


@pytest.mark.parametrize("file_format", [CSV, XLSX])
def test_a_phone_number_leaves_as_it_is(staff, file_format):
    TargetFactory(customer_phone="+49 (30) 123-45")
    read = csv_rows if file_format == CSV else workbook_rows
    assert read(export(staff, "targets/target", file_format))[0]["customer.phone"] == "+49 (30) 123-45"


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "-2+3", '=HYPERLINK("http://example.com")'])
def test_a_workbook_keeps_a_formula_as_text(staff, text):
    TargetFactory(customer_phone=text)
    assert workbook_rows(export(staff, "targets/target", XLSX))[0]["customer.phone"] == text


@pytest.mark.parametrize(("language", "delimiter", "written"), [("en", ",", "-6.5"), ("de", ";", "-6,5")])
def test_a_csv_file_is_as_excel_writes_it_in_the_language_of_the_user(staff, language, delimiter, written):
    TargetFactory(latitude=-6.5, longitude=-12)
    staff.cookies["django_language"] = language
    assert csv_rows(export(staff, "targets/target"), delimiter)[0]["address.latitude"] == written


@pytest.mark.parametrize("character", ["\x0b", "\x01", "\ufffe"])
def test_a_control_character_is_replaced_in_a_workbook(staff, api, character):
    TargetFactory(title=f"A{character}B")
    assert workbook_rows(export(staff, "targets/target", XLSX))[0]["title"] == "A\N{REPLACEMENT CHARACTER}B"


def test_jobs_and_rejected_items_are_exported(staff, api):
    api.send()
    api.post({"title": "no id"})
    assert [row["status"] for row in csv_rows(export(staff, "importjobs/importjob"))] == ["Failed", "Completed"]
    (item,) = csv_rows(export(staff, "importjobs/importitem", query="handling=open"))
    assert (item["sourceSystem"], item["errorCode"]) == ("logistics_erp", "missing_external_id")
    assert item["payload"] == '{"title":"no id"}'


@pytest.mark.parametrize("model", ["targets/target", "importjobs/importjob", "importjobs/importitem"])
def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(staff, api, target, model):
    def count():
        statements = []

        def note(run, *statement):
            statements.append(statement)
            return run(*statement)

        request_export(staff, model)
        export = Export.objects.latest("pk")
        with connection.execute_wrapper(note):  # the worker empties the list of queries that count_queries reads
            processing.process(export.pk, should_stop=lambda: False)
        return len(statements)

    one = count()
    for number in range(5):
        api.send(f"NO-{number}")
    assert count() == one


def test_a_custom_field_that_no_template_has_is_in_a_column_of_its_own(staff, erp):
    TargetFactory(source_system=erp, custom_fields={"odd": "x"})
    (row,) = csv_rows(export(staff, "targets/target"))
    assert row["customFields"] == '{"odd":"x"}'


def test_times_are_local_in_the_zone_of_the_source_system(staff):
    auckland = SourceSystemFactory(time_zone="Pacific/Auckland")
    TargetFactory(source_system=auckland, due_at=datetime(2026, 6, 25, 12, tzinfo=UTC))
    (row,) = csv_rows(export(staff, "targets/target"))
    assert row["planning.dueAtUtc (Pacific/Auckland)"] == "2026-06-26 00:00:00"


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("file_format", "name"), [(CSV, "targets.csv"), (XLSX, "targets.xlsx")])
def test_an_exported_file_can_be_imported_again_and_changes_nothing(staff, erp, target, file_format, name, language):
    erp.time_zone = "Pacific/Auckland"
    erp.save()
    staff.cookies["django_language"] = language
    before = list(Target.objects.order_by("pk").values())
    content = export(staff, "targets/target", file_format)
    with translation.override(language):
        file = imports.create(
            origin="upload", source_system=erp, file=imports.store_file([content], name=name),
            operation="upsert", template_key="", created_by="dora",
        )  # fmt: skip
        imports.start_import(file)
        work()
    file.refresh_from_db()
    assert file.failure == ""
    job = file.job
    assert (job.status, job.updated_items) == ("Completed", 2)
    assert [item.changes for item in job.items.all()] == [[], []]
    ignored = ("updated_at", "change_xid")
    after = list(Target.objects.order_by("pk").values())
    assert [{k: v for k, v in row.items() if k not in ignored} for row in after] == [
        {k: v for k, v in row.items() if k not in ignored} for row in before
    ]


def test_the_headings_name_no_zone_if_the_targets_have_several(staff, erp):
    TargetFactory(source_system=erp)
    TargetFactory(source_system=SourceSystemFactory(time_zone="Pacific/Auckland"))
    assert "planning.dueAtUtc" in csv_rows(export(staff, "targets/target"))[0]


@pytest.mark.parametrize("text", ["=9+9", "@SUM(1)", "'=9", "-x", "'text"])
def test_text_that_looks_like_a_formula_comes_back_as_it_was(staff, erp, text):
    TargetFactory(source_system=erp, external_id=text, title=text)
    file = imports.create(
        origin="upload", source_system=erp, operation="upsert", template_key="", created_by="dora",
        file=imports.store_file([export(staff, "targets/target", CSV)], name="targets.csv"),
    )  # fmt: skip
    imports.start_import(file)
    work()
    assert list(Target.objects.values_list("external_id", "title")) == [(text, text)]
