"""GET /import-jobs, GET /import-jobs/{id} and GET /import-jobs/{id}/items."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ReadOnlyModelViewSet

from importjobs.api.filters import ImportItemFilter, ImportJobFilter
from importjobs.api.serializers import ImportItemSerializer, ImportJobListSerializer, ImportJobSerializer, items_of
from importjobs.background import submission
from importjobs.models import ImportJob, JobRecord, Rehearsal
from importjobs.records import JobChanged
from ordinavo.common.codes import Code
from ordinavo.common.errors import ApiError, InvalidParameter
from ordinavo.common.scopes import Scope
from targets.api.filters import allowed_source_system_ids
from targets.races import retry_conflicts


class ImportJobViewSet(ReadOnlyModelViewSet[ImportJob]):
    """Answer GET for the list of import jobs and for one job, and DELETE for one that is to be aborted.

    A token can read only those of its source systems. A rehearsal in the background can be read and aborted by its id,
    but is in no list.
    """

    required_scope = Scope.IMPORT_JOBS_READ
    scope_of_action = {"destroy": Scope.BATCH_WRITE}
    filterset_class = ImportJobFilter

    def get_queryset(self) -> QuerySet[ImportJob]:
        """Return the jobs of the source systems that the token may read. Any other job is absent from the list.

        A request for it by its id is answered with 404. Jobs of inactive source systems are included.
        """
        return _readable_jobs(self.request).select_related("source_system")

    def get_object(self) -> Any:
        """Return the job or the rehearsal that the path names. Raises Http404 if the token may not read it."""
        return _job_or_rehearsal(self.request, self.kwargs["pk"])

    def destroy(self, request: Request, pk: int) -> Response:
        """Abort a job in the background and answer it. What was done stays. A job that was aborted is only answered.

        Raises Http404 if the token may not use the job, ApiError `import_job_ended` if it has ended, and TargetLocked
        if a worker holds it for too long.
        """
        if request.query_params:
            raise InvalidParameter("DELETE takes no query parameters.")

        def attempt(_is_retry: bool) -> JobRecord:
            """Abort the job in a transaction, unless it was aborted before, and return it."""
            job = _job_or_rehearsal(request, pk)
            if job.status != JobRecord.Status.CANCELLED:
                with transaction.atomic():
                    submission.abort(job)
            return job

        try:
            job = retry_conflicts(attempt, wait_seconds=settings.LOCK_WAIT_SECONDS)
        except JobChanged as error:
            message = "The import job has ended and cannot be aborted. Read it to see what it did."
            raise ApiError(Code.IMPORT_JOB_ENDED, message) from error
        return Response(ImportJobSerializer(job).data)

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        """Return the serializer without items for the list, or the one with items for a single job."""
        return ImportJobListSerializer if self.action == "list" else ImportJobSerializer


class ImportItemViewSet(ReadOnlyModelViewSet[Any]):
    """Answer GET for the list of a job's items, in the order in which they were sent."""

    required_scope = Scope.IMPORT_JOBS_READ
    serializer_class = ImportItemSerializer
    filterset_class = ImportItemFilter
    ordering = "position"

    def get_queryset(self) -> QuerySet[Any]:
        """Return the items of the job or rehearsal that the path names, without their payloads.

        Raises Http404 if the token may not read the job or there is none.
        """
        return items_of(_job_or_rehearsal(self.request, self.kwargs["pk"])).defer("payload")


def _job_or_rehearsal(request: Request, pk: int) -> JobRecord:
    """Return the import job with an id, or else the rehearsal. Raises Http404 if the token may read neither."""
    if job := _readable_jobs(request).select_related("source_system").filter(pk=pk).first():
        return job
    rehearsals = Rehearsal.objects.filter(source_system__in=allowed_source_system_ids(request))
    return get_object_or_404(rehearsals.select_related("source_system"), pk=pk)


def _readable_jobs(request: Request) -> QuerySet[ImportJob]:
    """Return the jobs of the source systems that the token of a request may read, inactive ones included."""
    return ImportJob.objects.filter(source_system__in=allowed_source_system_ids(request))
