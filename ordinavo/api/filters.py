from typing import Any

from django.db.models import QuerySet
from django_filters import FilterSet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request

from inbound import parameters
from inbound.errors import InvalidParameter

PAGING = {"cursor", "pageSize"}


class StrictFilterBackend(DjangoFilterBackend):
    """Answers a filter that it does not know, or cannot read, with 400 instead of ignoring it."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset = self.get_filterset(request, queryset, view)
        known = filterset.filters.keys() | PAGING if view.action == "list" else set()
        parameters.refuse_unknown(request, known)
        for name, value in request.query_params.items():
            if not value:
                raise InvalidParameter(f"{name} has no value; leave it out, or say what to look for.")
        if not filterset.is_valid():
            raise InvalidParameter(" ".join(_sentences(filterset)))
        return filterset.qs if view.action == "list" else queryset


def _sentences(filterset: FilterSet) -> list[str]:
    sentences = []
    for name, errors in filterset.errors.items():
        accepted = getattr(filterset.filters[name], "extra", {}).get("choices")
        if accepted:
            errors = [f"must be one of {', '.join(value for value, _ in accepted)}"]
        sentences += [f"{name}: {error}.".replace("..", ".") for error in errors]
    return sentences
