"""The pages on which staff upload a file, match its columns, see a rehearsal of it and import it."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from unfold.admin import ModelAdmin
from unfold.decorators import action

from importjobs.admin import upload_step
from importjobs.admin.rejected_rows import rejected_rows
from importjobs.admin.upload_forms import ColumnsForm, UploadForm, operation_label
from importjobs.admin.upload_step import Step
from importjobs.background import submission
from importjobs.files import imports, intake
from importjobs.files.layout import Layout, UnreadableFile
from importjobs.models import FileImport
from importjobs.records import JobChanged

SHOWN_UPLOADS = 20
"""The latest uploads of a user that the upload page lists."""


class UploadViews(ModelAdmin):
    """The button "Import a file" and its pages. ImportJobAdmin inherits them."""

    def has_import_file_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Return whether the user may import files."""
        return request.user.has_perm("importjobs.import_importjob")

    def get_urls(self) -> list[Any]:
        """Return the URL patterns of these pages, before those of the import jobs."""
        views = {
            "": self.file_page, "columns/": self.columns_page, "progress/": self.file_progress,
            "rejected-rows/": self.rehearsed_rejections, "import/": self.import_file, "try-again/": self.try_again,
            "discard/": self.discard_file,
        }  # fmt: skip
        patterns = [
            path(f"upload/<int:pk>/{end}", self._for_importers(view), name=f"importjobs_importjob_{view.__name__}")
            for end, view in views.items()
        ]
        return [*patterns, *super().get_urls()]

    @action(
        description=gettext_lazy("Import a file"), icon="upload_file", permissions=["import_file"], url_path="upload"
    )
    def upload_file(self, request: Any) -> HttpResponse:
        """Show the form for a file and the user's latest uploads. After a POST, store the file and show its next page.

        The page is returned again, with the reason at the field, if the file cannot be read.
        """
        own = FileImport.objects.filter(origin=FileImport.Origin.UPLOAD, created_by=request.user.get_username())
        uploads = list(own.select_related("file", "source_system", "rehearsal", "job")[:SHOWN_UPLOADS])
        form = UploadForm(request.POST or None, request.FILES or None, last=uploads[0] if uploads else None)
        if form.is_valid() and (stored := _stored_import(request, form)):
            return HttpResponseRedirect(_start_page(stored))
        context = {"form": form, "uploads": [(upload, upload_step.short_state(upload)) for upload in uploads]}
        return self._upload_page(request, "upload", _("Import a file"), context)

    def columns_page(self, request: HttpRequest, file_import: FileImport) -> HttpResponse:
        """Show the columns with sample values and their fields. After a POST, store the fields and rehearse the file.

        A file without columns, or one that is being imported, redirects to its page.
        """
        if file_import.job_id or not Layout.from_json(file_import.layout).has_columns:
            return HttpResponseRedirect(_page_of(file_import))
        try:
            preview = imports.preview(file_import)
        except UnreadableFile as error:
            FileImport.objects.filter(pk=file_import.pk).update(failure=str(error))
            return HttpResponseRedirect(_page_of(file_import))
        form = ColumnsForm(
            request.POST or None, headings=preview.headings, samples=preview.samples, file_import=file_import,
            template=intake.template_of(file_import.template_key, file_import.source_system),
        )  # fmt: skip
        if form.is_valid():
            return self._check(request, file_import, form)
        context = {"form": form, "file_import": file_import, "is_text": file_import.layout["format"] == "csv"}
        title = _("Columns of %(file)s") % {"file": file_import.file.name}
        return self._upload_page(request, "columns", title, context)

    def file_page(self, request: HttpRequest, file_import: FileImport) -> HttpResponse:
        """Show how far a file is, or what its import would do. An imported one redirects to its job."""
        step, has_columns = upload_step.step_of(file_import), Layout.from_json(file_import.layout).has_columns
        if step is Step.IMPORTED:
            return HttpResponseRedirect(_job_page(file_import.job_id))
        if step is Step.COLUMNS and has_columns:
            return HttpResponseRedirect(_start_page(file_import))
        context: dict[str, Any] = {
            "file_import": file_import, "step": step.value, "progress": upload_step.progress_of(file_import, step),
            "has_columns": has_columns, "operation": operation_label(file_import.operation),
        }  # fmt: skip
        if step is Step.REHEARSED:
            context |= upload_step.rehearsed(file_import)
        title = _("Check of %(file)s") % {"file": file_import.file.name}
        return self._upload_page(request, "rehearsal", title, context)

    def file_progress(self, request: HttpRequest, file_import: FileImport) -> HttpResponse:
        """Return how far the reading or the rehearsal of a file is, as JSON for the script of its page."""
        return upload_step.progress_of(file_import, upload_step.step_of(file_import)).as_response()

    def rehearsed_rejections(self, request: HttpRequest, file_import: FileImport) -> HttpResponseBase:
        """Return the rows of a file that its rehearsal rejected, as a file of the same form."""
        return rejected_rows(request, file_import, back=_page_of(file_import))

    @method_decorator(require_POST)
    def import_file(self, request: Any, file_import: FileImport) -> HttpResponse:
        """Start the import of a rehearsed file, once, and redirect to its job. A message says what happened."""
        rehearsal = request.POST.get("rehearsal", "")
        try:
            has_started = imports.import_rehearsed(
                file_import,
                rehearsal_id=int(rehearsal) if rehearsal.isascii() and rehearsal.isdigit() else None,
                started_by=request.user.get_username(),
            )
        except imports.NotRehearsed:
            messages.warning(request, _("The check you have seen is outdated. Nothing was imported; look at it again."))
            return HttpResponseRedirect(_page_of(file_import))
        except imports.InactiveSourceSystem:
            text = _("The source system %(name)s is inactive, so nothing was imported. Ask an administrator.")
            messages.error(request, text % {"name": file_import.source_system.name})
            return HttpResponseRedirect(_page_of(file_import))
        if has_started:
            messages.success(request, _("The import has started. You may leave this page; the import goes on."))
        else:
            text = _("This file is imported by import job %(number)d already. Nothing was imported twice.")
            messages.info(request, text % {"number": file_import.job_id})
        return HttpResponseRedirect(_job_page(file_import.job_id))

    @method_decorator(require_POST)
    def try_again(self, request: HttpRequest, file_import: FileImport) -> HttpResponse:
        """Let a worker check a file again that is not being checked or imported, and redirect to its page."""
        step = upload_step.step_of(file_import)
        if step is Step.GIVEN_UP and file_import.rehearsal:
            try:
                submission.resume(file_import.rehearsal)
            except JobChanged:
                messages.info(request, _("The check goes on already."))
        elif step in (Step.UNREADABLE, Step.COLUMNS, Step.REHEARSED):
            with suppress(imports.AlreadyImported):
                imports.repeat_rehearsal(file_import)
        return HttpResponseRedirect(_page_of(file_import))

    def discard_file(self, request: HttpRequest, file_import: FileImport) -> HttpResponse:
        """Ask for confirmation, and after a POST delete the file and its rehearsal. Redirects to the upload page.

        A file that is imported already stays; a message on its page says so.
        """
        if request.method != "POST":
            context = self.admin_site.each_context(request) | {
                "title": _("Discard %(file)s") % {"file": file_import.file.name}, "form": Form(), "verb": _("Discard"),
                "explanation": _("The uploaded file is deleted. Nothing of it has been imported."),
                "back": _page_of(file_import),
            }  # fmt: skip
            return TemplateResponse(request, "admin/ask.html", context)
        try:
            imports.discard(file_import)
        except imports.AlreadyImported:
            messages.warning(request, _("This file is being imported. Abort its import job instead."))
            return HttpResponseRedirect(_page_of(file_import))
        messages.success(request, _("The file was discarded. Nothing was imported."))
        return HttpResponseRedirect(reverse("admin:importjobs_importjob_upload_file"))

    def _check(self, request: HttpRequest, file_import: FileImport, form: ColumnsForm) -> HttpResponse:
        """Store the columns of a valid form, start the rehearsal, and redirect to the page of the file."""
        try:
            imports.set_columns(file_import, form.chosen, numbers=form.cleaned_data["numbers"])
            imports.repeat_rehearsal(file_import)
        except imports.AlreadyImported:
            messages.info(request, _("This file is being imported already. Its columns were not changed."))
        return HttpResponseRedirect(_page_of(file_import))

    def _for_importers(self, view: Any) -> Any:
        """Return a view for users who may import files. It gets the file import instead of its id in the address."""

        def wrapped(request: HttpRequest, pk: int) -> HttpResponseBase:
            """Answer the request, or raise PermissionDenied or Http404."""
            if not self.has_import_file_permission(request):
                raise PermissionDenied
            imports_of_all = FileImport.objects.select_related(
                "file", "source_system__default_template", "rehearsal__source_system"
            )
            try:
                response: HttpResponseBase = view(request, get_object_or_404(imports_of_all, pk=pk))
            except FileImport.DoesNotExist:  # discarded meanwhile
                raise Http404 from None
            return response

        return self.admin_site.admin_view(wrapped)

    def _upload_page(self, request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
        """Return a page made from `admin/importjobs/importjob/<name>.html`."""
        site_context = self.admin_site.each_context(request) | {"title": title}
        return TemplateResponse(request, f"admin/importjobs/importjob/{name}.html", site_context | context)


def _stored_import(request: Any, form: UploadForm) -> FileImport | None:
    """Store the file of a valid form, and start its rehearsal if it has no columns. Returns its import.

    Returns None, with the reason at the field of the form, if the file cannot be read. Nothing is stored then.
    """
    values = form.cleaned_data
    try:
        with transaction.atomic():
            stored = imports.create(
                origin=FileImport.Origin.UPLOAD,
                source_system=values["source_system"],
                file=imports.store_file(values["file"].chunks(), name=values["file"].name),
                operation=values["operation"],
                template_key=values["template"].key if values["template"] else "",
                created_by=request.user.get_username(),
            )
            if Layout.from_json(stored.layout).has_columns:
                imports.preview(stored)  # so that a fault in the first rows is said now
            else:
                imports.start_rehearsal(stored)
    except UnreadableFile as error:
        form.add_error("file", str(error))
        return None
    return stored


def _start_page(file_import: FileImport) -> str:
    """Return the address of the page on which the way of a file begins: its columns, or its check if it has none."""
    if Layout.from_json(file_import.layout).has_columns:
        return reverse("admin:importjobs_importjob_columns_page", args=[file_import.pk])
    return _page_of(file_import)


def _page_of(file_import: FileImport) -> str:
    """Return the address of the page of a file."""
    return reverse("admin:importjobs_importjob_file_page", args=[file_import.pk])


def _job_page(job_id: int | None) -> str:
    """Return the address of the page of an import job."""
    return reverse("admin:importjobs_importjob_change", args=[job_id])
