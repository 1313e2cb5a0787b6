"""Answer the metrics of this service to Prometheus."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, CollectorRegistry, generate_latest
from prometheus_client.core import InfoMetricFamily
from prometheus_client.registry import Collector
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.views import APIView

from inbound.api import parameters
from ordinavo.common.metrics import shared_registry
from ordinavo.common.scopes import Scope
from ordinavo.observability import process_metrics
from ordinavo.observability.database_metrics import DatabaseMetrics


class AnyAccept(BaseContentNegotiation):
    """Ignores the header Accept. Prometheus offers several formats and takes the one that it gets."""

    def select_parser(self, request: Request, parsers: Iterable[Any]) -> Any:
        """Return the first parser. It is not used: the view reads no body."""
        return next(iter(parsers))

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[Any, str]:
        """Return the first renderer and its media type, whatever Accept says. Only errors are rendered, as JSON."""
        renderer = next(iter(renderers))
        return renderer, renderer.media_type


class MetricsView(APIView):
    """GET /metrics: the metrics of all web processes of this server, in the text format of Prometheus.

    It is the one answer of the API that is not JSON. Its errors are.
    """

    required_scope = Scope.METRICS_READ
    content_negotiation_class = AnyAccept

    def get(self, request: Request) -> HttpResponse:
        """Answer the metrics. They are about all source systems, whatever those of the token are.

        Raises InvalidParameter if the request has a query parameter.
        """
        parameters.refuse_unknown(request)
        process_metrics.report()
        of_this_moment = CollectorRegistry()
        of_this_moment.register(DatabaseMetrics())
        of_this_moment.register(_Version())
        text = generate_latest(shared_registry()) + generate_latest(of_this_moment)
        return HttpResponse(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)


class _Version(Collector):
    """Collects the version of the service."""

    def collect(self) -> Iterator[InfoMetricFamily]:
        """Yield `ordinavo_build_info`."""
        yield InfoMetricFamily("ordinavo_build", "The version of the service.", {"version": settings.VERSION})
