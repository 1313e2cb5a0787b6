"""GET /import-jobs, GET /import-jobs/{id} and GET /import-jobs/{id}/items."""

from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from rest_framework.request import Request
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ReadOnlyModelViewSet

from importjobs.api.filters import ImportItemFilter, ImportJobFilter
from importjobs.api.serializers import ImportItemSerializer, ImportJobListSerializer, ImportJobSerializer
from importjobs.models import ImportItem, ImportJob
from ordinavo.common.scopes import Scope
from targets.api.filters import allowed_source_system_ids


class ImportJobViewSet(ReadOnlyModelViewSet[ImportJob]):
    """Answer GET for the list of import jobs and for one job. A token can read only those of its source systems."""

    required_scope = Scope.IMPORT_JOBS_READ
    filterset_class = ImportJobFilter

    def get_queryset(self) -> QuerySet[ImportJob]:
        """Return the jobs of the source systems that the token may read. Any other job is absent from the list.

        A request for it by its id is answered with 404. Jobs of inactive source systems are included.
        """
        return _readable_jobs(self.request).select_related("source_system")

    def get_serializer_class(self) -> type[BaseSerializer[ImportJob]]:
        """Return the serializer without items for the list, or the one with items for a single job."""
        return ImportJobListSerializer if self.action == "list" else ImportJobSerializer


class ImportItemViewSet(ReadOnlyModelViewSet[ImportItem]):
    """Answer GET for the list of a job's items, in the order in which they were sent."""

    required_scope = Scope.IMPORT_JOBS_READ
    serializer_class = ImportItemSerializer
    filterset_class = ImportItemFilter
    ordering = "position"

    def get_queryset(self) -> QuerySet[ImportItem]:
        """Return the items of the job that the path names, without their payloads.

        Raises Http404 if the token may not read the job or there is none.
        """
        job = get_object_or_404(_readable_jobs(self.request).only("id"), pk=self.kwargs["pk"])
        return ImportItem.objects.filter(job=job).defer("payload")


def _readable_jobs(request: Request) -> QuerySet[ImportJob]:
    """Return the jobs of the source systems that the token of a request may read, inactive ones included."""
    return ImportJob.objects.filter(source_system__in=allowed_source_system_ids(request))
