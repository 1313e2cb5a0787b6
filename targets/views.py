from django.db.models import QuerySet
from rest_framework.viewsets import ReadOnlyModelViewSet

from .filters import TargetFilter, own_ids
from .models import Target
from .serializers import TargetSerializer


class TargetViewSet(ReadOnlyModelViewSet[Target]):
    required_scope = "targets.read"
    serializer_class = TargetSerializer
    filterset_class = TargetFilter

    def get_queryset(self) -> QuerySet[Target]:
        return Target.objects.filter(source_system__in=own_ids(self.request)).select_related(
            "source_system", "template"
        )
