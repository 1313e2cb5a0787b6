"""Name the route of a request for logs, metrics and traces. There are few routes, unlike paths."""

from functools import cache

from django.conf import settings
from django.http import HttpRequest

NO_ROUTE = "(none)"
"""The route of unknown paths, and of requests that are answered before their path is looked up."""
OTHER_METHOD = "other"
BASE_PATH = "api/connect/v1/"
PROBES = frozenset({"/healthz", "/readyz"})
"""The paths that load balancers ask again and again."""
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})


def route_of(request: HttpRequest) -> str:
    """Return the URL pattern that an answered request matched, without BASE_PATH, such as "/targets/<int:pk>".

    Returns "/static/" for all static files, and NO_ROUTE if the path matched no pattern or the request was answered
    before the look-up.
    """
    if request.resolver_match is not None:
        return _below_root(request.resolver_match.route)
    return settings.STATIC_URL if request.path.startswith(settings.STATIC_URL) else NO_ROUTE


def method_of(request: HttpRequest) -> str:
    """Return the method of a request, or OTHER_METHOD if it is not a method of RFC 9110 or RFC 5789."""
    return request.method if request.method in _METHODS else OTHER_METHOD


@cache
def _below_root(pattern: str) -> str:
    """Return a URL pattern with a leading slash and without BASE_PATH."""
    return f"/{pattern.removeprefix(BASE_PATH)}"
