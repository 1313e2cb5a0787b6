"""Count HTTP requests for Prometheus."""

from functools import cache

from prometheus_client import Counter, Histogram

from ordinavo.common.metrics import REGISTRY
from ordinavo.observability.routes import NO_ROUTE, OTHER_METHOD

# Seconds. A single import takes a few milliseconds, a batch up to half a minute.
_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_REQUESTS = Counter(
    "ordinavo_http_requests_total",
    "Answered HTTP requests by route (the URL pattern), method and status, without /healthz and /readyz.",
    ["route", "method", "status"],
    registry=REGISTRY,
)
_DURATIONS = Histogram(
    "ordinavo_http_request_duration_seconds",
    "Seconds from the arrival of a request in Django to its answer, by route.",
    ["route"],
    registry=REGISTRY,
    buckets=_BUCKETS,
)


def count_request(*, route: str, method: str, status: int, seconds: float) -> None:
    """Count an answered request and its duration.

    `route` and `method` must have few distinct values: use `route_of` and `method_of`.
    """
    _request_counter(route, method, status).inc()
    _duration(route).observe(seconds)


def count_refusal(status: int) -> None:
    """Count a request that the server refused before Django saw it, as NO_ROUTE, OTHER_METHOD and without duration."""
    _request_counter(NO_ROUTE, OTHER_METHOD, status).inc()


# Each look-up in a metric would check the labels again. The values are few: routes, methods and statuses.
@cache
def _request_counter(route: str, method: str, status: int) -> Counter:
    """Return the counter of requests with these labels."""
    return _REQUESTS.labels(route, method, str(status))


@cache
def _duration(route: str) -> Histogram:
    """Return the histogram of the durations of a route's requests."""
    return _DURATIONS.labels(route)
