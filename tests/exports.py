"""Export lists of the admin in tests, as staff do it, with a real worker."""

import csv
import io

from python_calamine import CalamineWorkbook

from tests.workers import work

CSV, XLSX = "0", "1"


def request_export(staff, model, file_format=CSV, query=""):
    """Choose the format on the page of a list such as "targets/target". Returns the address of the export's page."""
    response = staff.post(f"/admin/{model}/export/?{query}", {"format": file_format, "resource": "0"})
    assert response.status_code == 302, response.content.decode()
    return response["Location"]


def download(staff, page):
    """Return the response with the file of an export."""
    return staff.get(f"{page}download/")


def export(staff, model, file_format=CSV, query=""):
    """Export a list, let a worker write it, and return the bytes of the file. Tests that call it must commit."""
    page = request_export(staff, model, file_format, query)
    work()
    return download(staff, page).getvalue()


def csv_rows(content, delimiter=","):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig")), delimiter=delimiter))


def sheets(content):
    """Return the rows of each sheet of a workbook, the header first."""
    workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return [workbook.get_sheet_by_name(name).to_python() for name in workbook.sheet_names]


def workbook_rows(content):
    header, *rest = sheets(content)[0]
    return [dict(zip(header, row, strict=True)) for row in rest]
