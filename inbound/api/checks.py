"""System checks: Django runs them at start-up and refuses to start on an error."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from ordinavo.common.scopes import Scope


@register(Tags.security)
def every_view_declares_its_scope(**kwargs: Any) -> list[CheckMessage]:
    """Return an error for each API view whose `required_scope` is missing or unknown, or an empty list.

    A request to such a view would fail in HasRequiredScope. Views that are not of the REST framework are not checked.
    """
    return [
        Error(
            f"{view.__module__}.{view.__qualname__} declares no required_scope.",
            hint="Set required_scope to a member of ordinavo.common.scopes.Scope.",
            id="inbound.E001",
        )
        for view in dict.fromkeys(_api_views(get_resolver()))
        if getattr(view, "required_scope", None) not in Scope.values
    ]


def _api_views(resolver: URLResolver) -> Iterator[type]:
    """Yield the class of each view of the REST framework below a resolver, once for each path to it.

    Plain Django views are left out.
    """
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from _api_views(entry)
        elif isinstance(entry, URLPattern):
            view = getattr(entry.callback, "cls", None) or getattr(entry.callback, "view_class", None)
            if isinstance(view, type) and issubclass(view, APIView):
                yield view
