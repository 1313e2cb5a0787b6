"""What staff do on the page of an import job: watch it, abort it, resume it, and download its rejected rows."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from importjobs import rejections, replays
from importjobs.admin import progress, upload_step
from importjobs.admin.rejected_rows import rejected_rows
from importjobs.background import submission
from importjobs.models import FileImport, ImportJob, JobRecord
from importjobs.records import JobChanged
from ordinavo.common.admin.lists import ListAdmin

MIN_GROUPED_REJECTIONS = 10
"""A job with fewer rejected items shows no causes, because the list of its items shows them all."""


class JobViews(ListAdmin):
    """The progress, the buttons and the download on the page of a job. ImportJobAdmin inherits them."""

    def get_urls(self) -> list[Any]:
        """Return the URL patterns of these pages, before those of the list and of a job."""
        views = {"progress/": self.job_progress, "rejected-rows/": self.rejected_rows_of_job}
        patterns = [
            path(f"<int:pk>/{end}", self.admin_site.admin_view(view), name=f"importjobs_importjob_{view.__name__}")
            for end, view in views.items()
        ]
        return [*patterns, *super().get_urls()]

    def job_progress(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Return how far a job is, as JSON for the script of its page."""
        return progress.of_job(self._get_job(request, pk)).as_response()

    def rejected_rows_of_job(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """Return the rejected rows of the file that a job imports. Raises Http404 for a job without a file."""
        job = self._get_job(request, pk)
        file_import = file_import_of(job)
        if file_import is None:
            raise Http404
        return rejected_rows(request, file_import, back=_page_of(job))

    def has_abort_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Return whether the user may abort and resume import jobs, which does not depend on the job."""
        return request.user.has_perm("importjobs.abort_importjob")

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Return the buttons that the job can use: abort while it has not ended, resume if it was given up."""
        job = self.get_object(request, str(object_id))
        useless = set() if job and not job.has_ended else {"abort_job"}
        useless |= set() if job and job.failure else {"resume_job"}
        useless |= set() if job and has_open_items(job) else {"replay_rejected"}
        buttons = super().get_actions_detail(request, object_id)
        return [button for button in buttons if not button.action_name.endswith(tuple(useless))]

    @action(description=_("Abort the import"), icon="cancel", permissions=["abort"], url_path="abort")
    def abort_job(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Return a page that asks for confirmation. After a POST, abort the job and redirect to its page.

        What was done stays. If the job has ended meanwhile, a message says so. Raises Http404 if there is no such job,
        and TargetLocked or TooManyWaiting if a worker holds it for longer than LOCK_WAIT_SECONDS.
        """
        explanation = _("What was done stays. The other items are never tried.")
        return self._change_job(request, object_id, _("Abort the import"), explanation, submission.abort)

    @action(description=_("Resume"), icon="play_arrow", permissions=["abort"], url_path="resume")
    def resume_job(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask for confirmation, and after a POST let a worker go on with the job and return to its page."""
        explanation = _("A worker goes on with the items that were not tried yet, after the jobs that are waiting now.")
        return self._change_job(request, object_id, _("Resume"), explanation, submission.resume)

    def _change_job(
        self, request: HttpRequest, object_id: str, title: Any, explanation: Any, change: Callable[[JobRecord], None]
    ) -> HttpResponse:
        """Return a page that asks for confirmation. After a POST, change the job and redirect to its page.

        If the job has ended or was resumed meanwhile, a message says so. Raises Http404 if there is no such job.
        """
        job = self.get_object(request, object_id)
        if job is None:
            raise Http404
        if request.method != "POST":
            return self.confirmation_page(request, title, job, Form(), explanation)
        try:
            change(job)
        except JobChanged:
            messages.info(request, gettext("The import job has changed meanwhile. Nothing was done."))
        return HttpResponseRedirect(_page_of(job))

    def _get_job(self, request: HttpRequest, pk: int) -> ImportJob:
        """Return a job with its source system.

        Raises PermissionDenied if the user may not view import jobs, and Http404 if there is no such job.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        job = ImportJob.objects.select_related("source_system").filter(pk=pk).first()
        if job is None:
            raise Http404
        return job


def file_import_of(job: ImportJob) -> FileImport | None:
    """Return the file that a job imports, or None. Makes a query."""
    return FileImport.objects.select_related("file", "job", "rehearsal").filter(job=job).first()


def has_open_items(job: ImportJob) -> bool:
    """Return whether a job has rejected items that nobody has handled. Makes a query if it has rejected items."""
    return bool(job.rejected_items) and replays.unhandled().filter(job=job).exists()


def background_context(job: ImportJob) -> dict[str, Any]:
    """Return what the page of a job shows about its progress, its file and the causes of its rejections.

    Makes one query for the file, at most two for the progress, one for open items, and one if many items were rejected.
    """
    file_import = file_import_of(job)
    causes = rejections.rejection_causes(job) if job.rejected_items >= MIN_GROUPED_REJECTIONS else []
    return {
        "file_import": file_import,
        "has_open_items": has_open_items(job),
        "progress": None if job.has_ended else progress.of_job(job),
        "rejections": upload_step.shown_causes(causes, file_import) if job.has_ended else [],
    }


def _page_of(job: ImportJob) -> str:
    """Return the address of the page of a job."""
    return reverse("admin:importjobs_importjob_change", args=[job.pk])
