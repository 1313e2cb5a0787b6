from functools import lru_cache
from typing import Any, cast

from django.db.models import QuerySet
from django_filters import FilterSet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.request import Request

from inbound.api import parameters
from inbound.errors import InvalidParameter

PAGING = {"cursor", "pageSize"}


class StrictFilterBackend(DjangoFilterBackend):
    """Answers a filter that it does not know, or cannot read, with 400 instead of ignoring it."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        if view.action != "list":
            parameters.refuse_unknown(request)
            return queryset
        whole = self.get_filterset_class(view, queryset)
        parameters.refuse_unknown(request, whole.base_filters.keys() | PAGING)
        for name, value in request.query_params.items():
            if not str(value).strip():
                raise InvalidParameter(f"{name} has no value; leave it out, or say what to look for.")
        given = frozenset(request.query_params) - PAGING
        filterset = _narrowed(whole, given)(**self.get_filterset_kwargs(request, queryset, view))
        if not filterset.is_valid():
            raise InvalidParameter(" ".join(_sentences(filterset)))
        return filterset.qs


@lru_cache(maxsize=1_000)
def _narrowed(whole: type[FilterSet], names: frozenset[str]) -> type[FilterSet]:
    """To make the form fields of filters that were not sent takes longer than the query."""
    narrowed: Any = type(whole.__name__, (whole,), {})
    narrowed.base_filters = {name: made for name, made in whole.base_filters.items() if name in names}
    return cast(type[FilterSet], narrowed)


def _sentences(filterset: FilterSet) -> list[str]:
    sentences = []
    for name, errors in filterset.errors.items():
        accepted = getattr(filterset.filters[name], "extra", {}).get("choices")
        if accepted:
            errors = [f"must be one of {', '.join(value for value, _ in accepted)}"]
        sentences += [f"{name}: {error}.".replace("..", ".") for error in errors]
    return sentences
