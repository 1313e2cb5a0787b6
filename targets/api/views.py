from django.db.models import QuerySet
from rest_framework.viewsets import ReadOnlyModelViewSet

from ordinavo.common.scopes import Scope
from targets.api.filters import TargetFilter, TemplateFilter, allowed_source_system_ids
from targets.api.serializers import TargetSerializer
from targets.api.template_serializers import TargetTemplateSerializer
from targets.models import Target
from templates.models import TargetTemplate


class TargetViewSet(ReadOnlyModelViewSet[Target]):
    required_scope = Scope.TARGETS_READ
    serializer_class = TargetSerializer
    filterset_class = TargetFilter

    def get_queryset(self) -> QuerySet[Target]:
        targets = Target.objects.filter(source_system__in=allowed_source_system_ids(self.request))
        return targets.select_related("source_system", "template").defer("corrections", "template__defaults")


class TargetTemplateViewSet(ReadOnlyModelViewSet[TargetTemplate]):
    """The active ones: the others can be named by no import."""

    required_scope = Scope.TEMPLATES_READ
    serializer_class = TargetTemplateSerializer
    filterset_class = TemplateFilter
    lookup_field = "key"

    def get_queryset(self) -> QuerySet[TargetTemplate]:
        return TargetTemplate.objects.filter(active=True).with_fields()
