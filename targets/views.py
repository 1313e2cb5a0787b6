from django.db.models import QuerySet
from rest_framework.viewsets import ReadOnlyModelViewSet

from .filters import TargetFilter
from .models import Target
from .serializers import TargetSerializer


class TargetViewSet(ReadOnlyModelViewSet[Target]):
    required_scope = "targets.read"
    serializer_class = TargetSerializer
    filterset_class = TargetFilter

    def get_queryset(self) -> QuerySet[Target]:
        own = self.request.auth.source_system_ids
        return Target.objects.filter(source_system__in=own).select_related("source_system", "template")
