"""Lists as CSV and XLSX files, with the filters on screen, bounded, and harmless in a spreadsheet."""

import re
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from django.utils.translation import gettext as _
from import_export import fields, resources
from import_export.admin import ExportMixin
from import_export.formats.base_formats import CSV, XLSX
from unfold.contrib.import_export.forms import ExportForm
from unfold.views import ChangeList

from ordinavo.common.json_codec import dumps
from targets import paths
from targets.models import Target

MOST_ROWS = 50_000

# What a spreadsheet would run as a formula (OWASP, CSV injection); a plain number is none.
_FORMULA = re.compile(r"\s*[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def harmless(value: Any) -> Any:
    if isinstance(value, str) and _FORMULA.match(value) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value


class HarmlessResource(resources.ModelResource):
    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        return harmless(super().export_field(field, instance, **kwargs))


class _ChangeList(ChangeList):
    def get_filters(self, request: HttpRequest) -> Any:
        """The drill-down by date would look for the year after 9999."""
        try:
            return super().get_filters(request)
        except (ValueError, OverflowError) as error:
            raise IncorrectLookupParameters from error


class ExportedAdmin(ExportMixin):
    """Who may see a list may export it, at most MOST_ROWS rows at once."""

    export_form_class = ExportForm
    export_formats = [CSV, XLSX]
    to_encoding = "utf-8-sig"  # without the mark Excel reads umlauts wrong

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def export_action(self, request: HttpRequest) -> Any:
        try:
            return super().export_action(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(f"../?{ERROR_FLAG}=1")

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return _ChangeList

    def get_export_data(self, file_format: Any, request: HttpRequest, queryset: QuerySet[Any], **kwargs: Any) -> Any:
        if queryset.order_by()[: MOST_ROWS + 1].count() > MOST_ROWS:
            text = _("More than %(count)d rows: filter the list first, by date for example.")
            raise ValueError(text % {"count": MOST_ROWS})
        return super().get_export_data(file_format, request, queryset, **kwargs)


class TargetResource(HarmlessResource):
    source_system = fields.Field("source_system__key", "sourceSystem")
    external_id = fields.Field("external_id", "externalId")
    template = fields.Field("template__key", "templateKey")
    custom_fields = fields.Field("custom_fields", "customFields")

    class Meta:
        model = Target
        fields = [
            "id",
            "source_system",
            "external_id",
            "status",
            "template",
            *paths.PATH_BY_COLUMN,
            "custom_fields",
            "updated_at",
        ]
        export_order = fields

    def dehydrate_custom_fields(self, target: Target) -> str:
        return dumps(target.custom_fields).decode()
