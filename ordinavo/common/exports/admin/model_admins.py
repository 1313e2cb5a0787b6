"""The pages of exports: the list of a user's own ones, and the page of an export, which moves by itself."""

from typing import Any

import structlog
from django.apps import apps
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.http import content_disposition_header
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST
from unfold.decorators import display

from ordinavo.common.admin.display import status_badge
from ordinavo.common.admin.exports import ExportedAdmin
from ordinavo.common.admin.lists import UnchangedListAdmin
from ordinavo.common.exports import submission
from ordinavo.common.exports.admin import progress
from ordinavo.common.exports.models import Export
from ordinavo.common.files import storage

log = structlog.get_logger(__name__)


@admin.register(Export)
class ExportAdmin(UnchangedListAdmin):
    """The exports of the user, for as long as the user may view the exported list."""

    list_display = ["what", "status_column", "format", "total_rows", "created_at", "download_column"]
    list_display_links = ["what"]
    sortable_by: list[str] = []
    list_filter = ["status"]
    actions = None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user may export at least one list."""
        return bool(self._exportable_models(request))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may export at least one list."""
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Export]:
        """Return the user's own exports of lists that the user may view."""
        own = super().get_queryset(request).filter(owner=request.user, model__in=self._exportable_models(request))
        return own.select_related("file")

    def _exportable_models(self, request: HttpRequest) -> list[str]:
        """Return the models whose lists the user may export, such as "targets.Target"."""
        registered = [model for model in apps.get_models() if self.admin_site.is_registered(model)]
        admins = {model._meta.label: self.admin_site.get_model_admin(model) for model in registered}
        return [
            label
            for label, model_admin in admins.items()
            if isinstance(model_admin, ExportedAdmin) and model_admin.has_export_permission(request)
        ]

    def get_urls(self) -> list[URLPattern]:
        """Return the paths of the list, and of the page of an export with its buttons."""
        pages = {
            "": (self.changelist_view, "changelist"),
            "<int:id>/": (self.export_page, "change"),
            "<int:id>/progress/": (self.progress_view, "progress"),
            "<int:id>/download/": (self.download_view, "download"),
            "<int:id>/abort/": (self.abort_view, "abort"),
            "<int:id>/delete/": (self.delete_export_view, "delete"),
        }
        view = self.admin_site.admin_view
        own = [path(route, view(page), name=f"exports_export_{name}") for route, (page, name) in pages.items()]
        return [*own, *self.list_settings_urls()]

    def export_page(self, request: HttpRequest, id: int) -> HttpResponse:
        """Return the page of an export. Raises Http404 if it is not one of the user's."""
        export = self._own(request, id)
        context = self.admin_site.each_context(request) | {
            "title": self._title(export), "export": export, "badge": status_badge(export), "opts": self.opts,
            "progress": progress.of(export), "list": f"{self._list_of(export)}?{export.query}",
        }  # fmt: skip
        return TemplateResponse(request, "admin/exports/export/page.html", context)

    def progress_view(self, request: HttpRequest, id: int) -> HttpResponse:
        """Return as JSON how far an export is, for the script of its page. Raises Http404 as the page does."""
        return progress.of(self._own(request, id)).as_response()

    def download_view(self, request: HttpRequest, id: int) -> HttpResponseBase:
        """Return the file of an export, read from the database part by part.

        Raises Http404 if the export is not one of the user's, or has no file.
        """
        return _download(request, self._own(request, id))

    def abort_view(self, request: HttpRequest, id: int) -> HttpResponseBase:
        """Abort an export, and return a redirect to its page. Raises Http404 if it is not one of the user's."""
        return _abort(request, self._own(request, id))

    def delete_export_view(self, request: HttpRequest, id: int) -> HttpResponseBase:
        """Delete an export, and return a redirect to the list. Raises Http404 if it is not one of the user's."""
        return _delete(request, self._own(request, id))

    def _own(self, request: HttpRequest, id: int) -> Export:
        """Return an export of the user, whose list the user may view. Raises Http404 if it is not one."""
        export = self.get_queryset(request).filter(pk=id).first()
        if export is None:
            raise Http404
        return export

    def _title(self, export: Export) -> str:
        """Return the translated title of an export, such as "Export: Targets"."""
        return f"{gettext('Export')}: {self.what(export)}"

    def _list_of(self, export: Export) -> str:
        """Return the address of the list that was exported."""
        options = apps.get_model(export.model)._meta
        return reverse(f"admin:{options.app_label}_{options.model_name}_changelist")

    @display(description=_("list"))
    def what(self, export: Export) -> str:
        """Return the translated name of the exported list, such as "Targets"."""
        return str(capfirst(apps.get_model(export.model)._meta.verbose_name_plural))

    @display(description=_("status"))
    def status_column(self, export: Export) -> SafeString:
        """Return the export's translated status as a coloured badge in HTML."""
        return status_badge(export)

    @display(description=_("file"))
    def download_column(self, export: Export) -> str:
        """Return a link to the file in HTML, or a dash if there is none."""
        if export.status != Export.Status.COMPLETED or export.file is None:
            return "–"
        url = reverse("admin:exports_export_download", args=[export.pk])
        return format_html('<a class="text-link" href="{}">{}</a>', url, export.file.name)


@require_GET
def _download(request: HttpRequest, export: Export) -> HttpResponseBase:
    """Return the stored file of an export as a download, and log who downloads it. Methods other than GET get 405.

    Raises Http404 if the export is not complete or its file was deleted. The caller checks that it is the user's.
    """
    if export.status != Export.Status.COMPLETED or export.file is None:
        raise Http404
    log.info("export_downloaded", export=export.pk, user=request.user.get_username(), bytes=export.file.size)
    headers = {
        "Content-Length": str(export.file.size),
        "Content-Disposition": content_disposition_header(True, export.file.name) or "",
        "Cache-Control": "no-store",
    }
    return StreamingHttpResponse(storage.read(export.file), content_type=export.file.content_type, headers=headers)


@require_POST
def _abort(request: HttpRequest, export: Export) -> HttpResponseBase:
    """Abort an export. A message says so if it has ended already."""
    if not submission.abort(export):
        messages.info(request, gettext("The export has ended already."))
    return redirect("admin:exports_export_change", export.pk)


@require_POST
def _delete(request: HttpRequest, export: Export) -> HttpResponseBase:
    """Delete an export with its file."""
    submission.delete(export)
    messages.success(request, gettext("The export was deleted."))
    return redirect("admin:exports_export_changelist")
