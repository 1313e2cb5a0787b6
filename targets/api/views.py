"""The endpoints that read targets and templates."""

from django.db.models import QuerySet
from rest_framework.viewsets import ReadOnlyModelViewSet

from ordinavo.common.scopes import Scope
from targets.api.filters import TargetFilter, TemplateFilter, allowed_source_system_ids
from targets.api.serializers import TargetSerializer, TargetTemplateSerializer
from targets.models import Target
from templates.models import TargetTemplate


class TargetViewSet(ReadOnlyModelViewSet[Target]):
    """GET /targets and GET /targets/{id}: the targets of the token's source systems."""

    required_scope = Scope.TARGETS_READ
    serializer_class = TargetSerializer
    filterset_class = TargetFilter

    def get_queryset(self) -> QuerySet[Target]:
        """Return the query of the targets of the token's source systems, inactive ones included.

        Any other target is absent from the list, and answered as 404 if asked for by its id. The columns that no answer
        needs are not read.
        """
        targets = Target.objects.filter(source_system__in=allowed_source_system_ids(self.request))
        return targets.select_related("source_system", "template").defer("corrections", "template__defaults")


class TargetTemplateViewSet(ReadOnlyModelViewSet[TargetTemplate]):
    """GET /templates and GET /templates/{key}: the active templates, as only those can be named by an import."""

    required_scope = Scope.TEMPLATES_READ
    serializer_class = TargetTemplateSerializer
    filterset_class = TemplateFilter
    lookup_field = "key"

    def get_queryset(self) -> QuerySet[TargetTemplate]:
        """Return the active templates, each with its active custom fields, in one query.

        An inactive one is answered as 404.
        """
        return TargetTemplate.objects.filter(active=True).with_fields()
