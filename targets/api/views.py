"""The endpoints that read targets and templates."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from ordinavo.common import query_parameters
from ordinavo.common.limits import DEFAULT_PAGE_SIZE, MAX_PAGE_SIZE
from ordinavo.common.scopes import Scope
from targets import changes
from targets.api import change_cursor
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


class ChangesView(APIView):
    """GET /changes: the targets that changed, for whoever keeps a copy of them."""

    required_scope = Scope.TARGETS_READ

    def get(self, request: Request) -> Response:
        """Answer `cursor`, `hasMore` and `results`: the targets that changed after the cursor `after`, as they are now.

        Without `after`, these are all targets of the token's source systems. Raises InvalidParameter if a parameter is
        unknown, sent twice or unreadable, ForeignCursor if the cursor is not one of this database, and NotInOrder if
        the database was restored and its changes are not in order yet.
        """
        query = request.query_params
        query_parameters.refuse_unknown(query, ("after", "limit"))
        page = changes.changes_after(
            cursor=change_cursor.decode(query["after"]) if "after" in query else None,
            source_systems=request.auth.source_systems,  # type: ignore[union-attr]
            limit=query_parameters.size_of_page(query, "limit", default=DEFAULT_PAGE_SIZE, maximum=MAX_PAGE_SIZE),
        )
        return Response(_page(page))


def _page(page: changes.Page) -> dict[str, Any]:
    """Return the answer of GET /changes."""
    to_answer = TargetSerializer().to_representation
    return {
        "cursor": change_cursor.encode(page.cursor),
        "hasMore": page.has_more,
        "results": [to_answer(target) for target in page.targets],
    }


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
