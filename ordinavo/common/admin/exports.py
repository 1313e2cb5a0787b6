"""Export an admin list as a CSV or XLSX file: all rows that the list shows. A worker writes the file."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import get_language
from import_export import resources
from import_export.admin import ExportMixin
from import_export.formats.base_formats import CSV, Format
from unfold.contrib.import_export.forms import ExportForm

from ordinavo.common.admin.lists import report_unusable_values
from ordinavo.common.exports.submission import MAX_SMALL_ROWS, request_export


class ListResource(resources.ModelResource):
    """The columns of an exported list."""

    also_read: Sequence[str] = ()
    """Fields that the values of the columns need beside their own."""

    def prepare(self, rows: QuerySet[Any]) -> None:
        """Get ready to export these rows. A resource whose columns depend on the rows adds them here."""

    def restrict(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the same rows, read with only what the columns need: these columns, and the models that they name."""
        paths = [*(field.attribute for field in self.get_export_fields()), *self.also_read]
        related = {path.rpartition("__")[0] for path in paths} - {""}
        rows = queryset.select_related(*related) if related else queryset.select_related(None)
        return rows.only("pk", *paths)

    def cells(self, **options: Any) -> list[Callable[[Any], Any]]:
        """Return for each column the function that returns its value for a model object.

        Faster than django-import-export's own `export_resource`, which looks up every column again for each row.
        """
        return [self._cell(field, options) for field in self.get_export_fields()]

    def _cell(self, field: Any, options: dict[str, Any]) -> Callable[[Any], Any]:
        """Return the function for one column: its `dehydrate` method, if there is one."""
        method = field.get_dehydrate_method(self.get_field_name(field))
        return getattr(self, method, None) or partial(field.export, **options)


def with_zone(heading: str, zones: Sequence[str]) -> str:
    """Return the heading of a column of local times with its time zone in brackets, if there is exactly one."""
    return f"{heading} ({zones[0]})" if len(zones) == 1 else heading


class XLSX(Format):
    """The name of the format in the export form. The worker writes the file."""

    def get_title(self) -> str:
        """Return "xlsx", the name of the format in the export form."""
        return "xlsx"

    def can_export(self) -> bool:
        """Return True: the export form offers this format."""
        return True


class ExportedAdmin(ExportMixin):
    """A model admin whose list can be exported by everybody who may view it."""

    export_form_class = ExportForm
    export_formats = [CSV, XLSX]

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may view the list: everybody who may do so may export it."""
        return self.has_view_permission(request)

    def export_action(self, request: HttpRequest) -> HttpResponse:
        """Return the page that asks for the file format, or once it was chosen a redirect to the page of the export.

        Redirects to the list with an error if the filters of the list cannot be read. Raises PermissionDenied if the
        user may not view the list.
        """
        if not self.has_export_permission(request):
            raise PermissionDenied
        form = self.export_form_class(
            self.get_export_formats(), self.get_export_resource_classes(request), data=request.POST or None
        )
        try:
            rows = self.get_export_queryset(request)
            if form.is_valid():
                return self._request_export(request, form, is_small=_is_small(rows))
        except IncorrectLookupParameters:
            return HttpResponseRedirect(f"../?{ERROR_FLAG}=1")
        context = self.init_request_context_data(request, form)
        return TemplateResponse(request, [self.export_template_name], context)

    def _request_export(self, request: Any, form: Any, *, is_small: bool) -> HttpResponse:
        """Store an export of the list with its present filters, and return a redirect to its page."""
        chosen = self.get_export_formats()[int(form.cleaned_data["format"])]
        export = request_export(
            owner=request.user,
            model=self.opts.label,
            query=request.GET.urlencode(),
            format=chosen().get_title(),
            language=get_language(),
            is_small=is_small,
        )
        return redirect("admin:exports_export_change", export.pk)


def _is_small(rows: QuerySet[Any]) -> bool:
    """Return whether a list has at most MAX_SMALL_ROWS rows. Raises IncorrectLookupParameters for unusable filters."""
    with report_unusable_values():
        return rows.order_by()[: MAX_SMALL_ROWS + 1].count() <= MAX_SMALL_ROWS
