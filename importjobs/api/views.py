"""GET /import-jobs and GET /import-jobs/{id}."""

from django.db.models import QuerySet
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ReadOnlyModelViewSet

from importjobs.api.filters import ImportJobFilter
from importjobs.api.serializers import ImportJobListSerializer, ImportJobSerializer
from importjobs.models import ImportJob
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
        return ImportJob.objects.filter(source_system__in=allowed_source_system_ids(self.request)).select_related(
            "source_system"
        )

    def get_serializer_class(self) -> type[BaseSerializer[ImportJob]]:
        """Return the serializer without items for the list, or the one with items for a single job."""
        return ImportJobListSerializer if self.action == "list" else ImportJobSerializer
