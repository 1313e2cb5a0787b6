"""Trace requests with OpenTelemetry, if OTEL_EXPORTER_OTLP_ENDPOINT is set and the extra `telemetry` is installed."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured, MiddlewareNotUsed

from ordinavo.common.request_context import GetResponse


def tracing_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that makes a span of each request except PROBES, and of its database statements.

    Raises MiddlewareNotUsed, so that nothing is called at all, if OTEL_EXPORTER_OTLP_ENDPOINT is not set, and
    ImproperlyConfigured if it is set and the packages are not installed.
    """
    if not settings.OTEL_EXPORTER_OTLP_ENDPOINT:
        raise MiddlewareNotUsed
    try:
        from ordinavo.observability import spans  # noqa: PLC0415  imports optional packages
    except ImportError as error:
        raise ImproperlyConfigured(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but the packages for traces are not installed. "
            "Install the extra `telemetry` of pyproject.toml, or unset OTEL_EXPORTER_OTLP_ENDPOINT."
        ) from error
    return spans.middleware(get_response)
