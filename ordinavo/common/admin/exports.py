"""Export an admin list as a CSV or XLSX file: the rows on screen, a bounded number, with no formulas in them."""

import re
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext as _
from import_export import resources
from import_export.admin import ExportMixin
from import_export.formats.base_formats import CSV
from unfold.contrib.import_export.forms import ExportForm

from ordinavo.common.admin.lists import report_unusable_values
from ordinavo.common.admin.xlsx import XLSX

MAX_EXPORTED_ROWS = 50_000

# What a spreadsheet would run as a formula (OWASP, CSV injection). A signed number is not one.
_FORMULA = re.compile(r"\s*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def escape_formula(value: Any) -> Any:
    """Return text that a spreadsheet would run as a formula with an apostrophe before it.

    Such text begins, perhaps after white space, with =, +, - or @, or with a tab or a carriage return. A signed number
    such as "-1.5", all other text, and values that are no text are returned unchanged.
    """
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value


class HarmlessResource(resources.ModelResource):
    """A resource whose cells cannot be run as formulas by a spreadsheet."""

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        """Return the value of one cell. Text that would run as a formula has an apostrophe before it."""
        return escape_formula(super().export_field(field, instance, **kwargs))


class ExportedAdmin(ExportMixin):
    """A model admin whose list can be exported by everybody who may view it, at most MAX_EXPORTED_ROWS rows at once."""

    export_form_class = ExportForm
    export_formats = [CSV, XLSX]
    to_encoding = "utf-8-sig"  # Excel reads a CSV file as UTF-8 only with a byte order mark

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may view the list: everybody who may do so may export it."""
        return self.has_view_permission(request)

    def export_action(self, request: HttpRequest) -> Any:
        """Return the page that asks for the file format, or the file once it was chosen.

        Returns the page again, with the error, if the form is invalid or there are more than MAX_EXPORTED_ROWS rows.
        Redirects to the list with an error if the filters of the list cannot be read. Raises PermissionDenied if the
        user may not view the list.
        """
        try:
            return super().export_action(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(f"../?{ERROR_FLAG}=1")

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: QuerySet[Any], **kwargs: Any) -> Any:
        """Return the content of the file.

        Counts the rows first. Raises ValueError if there are more than MAX_EXPORTED_ROWS; the export page then shows
        its text as an error. Raises IncorrectLookupParameters if the address has a value that cannot be used.
        """
        with report_unusable_values():  # the export's change list does not count the rows
            count = queryset.order_by()[: MAX_EXPORTED_ROWS + 1].count()
        if count > MAX_EXPORTED_ROWS:
            text = _("More than %(count)d rows: filter the list first, by date for example.")
            raise ValueError(text % {"count": MAX_EXPORTED_ROWS})
        return super().get_export_data(file_format, request, queryset, **kwargs)
