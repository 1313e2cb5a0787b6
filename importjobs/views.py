from django.db.models import QuerySet
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ReadOnlyModelViewSet

from targets.filters import own_ids

from .filters import ImportJobFilter
from .models import ImportJob
from .serializers import ImportJobListSerializer, ImportJobSerializer


class ImportJobViewSet(ReadOnlyModelViewSet[ImportJob]):
    required_scope = "import_jobs.read"
    filterset_class = ImportJobFilter

    def get_queryset(self) -> QuerySet[ImportJob]:
        return ImportJob.objects.filter(source_system__in=own_ids(self.request)).select_related("source_system")

    def get_serializer_class(self) -> type[BaseSerializer[ImportJob]]:
        return ImportJobListSerializer if self.action == "list" else ImportJobSerializer
