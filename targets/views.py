from django.db.models import QuerySet
from rest_framework.viewsets import ReadOnlyModelViewSet

from templates.models import TargetTemplate

from .filters import TargetFilter, TemplateFilter, own_ids
from .models import Target
from .serializers import TargetSerializer
from .templateserializer import TargetTemplateSerializer


class TargetViewSet(ReadOnlyModelViewSet[Target]):
    required_scope = "targets.read"
    serializer_class = TargetSerializer
    filterset_class = TargetFilter

    def get_queryset(self) -> QuerySet[Target]:
        targets = Target.objects.filter(source_system__in=own_ids(self.request))
        return targets.select_related("source_system", "template").defer("corrections", "template__defaults")


class TargetTemplateViewSet(ReadOnlyModelViewSet[TargetTemplate]):
    """The active ones: the others can be named by no import."""

    required_scope = "templates.read"
    serializer_class = TargetTemplateSerializer
    filterset_class = TemplateFilter
    lookup_field = "key"

    def get_queryset(self) -> QuerySet[TargetTemplate]:
        return TargetTemplate.objects.filter(active=True).with_fields()
