from typing import Any

from django.db.models import QuerySet
from django_filters import FilterSet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request

from .errors import InvalidParameter

PAGING = {"cursor", "pageSize"}


class StrictFilterBackend(DjangoFilterBackend):
    """Answers a filter that it does not know, or cannot read, with 400 instead of ignoring it."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset = self.get_filterset(request, queryset, view)
        known = filterset.filters.keys() | PAGING if view.action == "list" else set()
        refuse_unknown_parameters(request, known)
        if not filterset.is_valid():
            raise InvalidParameter(" ".join(_sentences(filterset)))
        return filterset.qs if view.action == "list" else queryset


def refuse_unknown_parameters(request: Request, known: Any = frozenset()) -> None:
    for name, values in request.query_params.lists():
        if name not in known:
            accepted = ", ".join(sorted(known)) or "none"
            raise InvalidParameter(f"{name[:80]} is not a parameter here; known are: {accepted}.")
        if len(values) > 1:
            raise InvalidParameter(f"{name} was sent {len(values)} times; send it once.")


def _sentences(filterset: FilterSet) -> list[str]:
    sentences = []
    for name, errors in filterset.errors.items():
        accepted = getattr(filterset.filters[name], "extra", {}).get("choices")
        if accepted:
            errors = [f"must be one of {', '.join(value for value, _ in accepted)}"]
        sentences += [f"{name}: {error}.".replace("..", ".") for error in errors]
    return sentences
