"""Make the OpenTelemetry spans of requests and database statements. Needs the extra `telemetry`.

The names of attributes are those of OpenTelemetry's semantic conventions. A span never has a payload, a token, a path
with ids, a parameter of a statement, or the message of an exception.
"""

import os
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from ordinavo.common.request_context import GetResponse, context_of, is_unsent
from ordinavo.observability.routes import PROBES, method_of, route_of

MAX_STATEMENT_LENGTH = 1_000
"""Characters of a statement that its span has."""


def middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that makes a span of each request except PROBES, and of its database statements.

    A thread sends them to OTEL_EXPORTER_OTLP_ENDPOINT. A request whose head is checked first gets two. A `traceparent`
    header makes the span part of the caller's trace (W3C Trace Context). The environment variables of OpenTelemetry set
    the rest, such as OTEL_SERVICE_NAME, OTEL_TRACES_SAMPLER and OTEL_EXPORTER_OTLP_HEADERS.
    """
    tracer = _tracer()
    propagator = TraceContextTextMapPropagator()
    trace_statement = _statement_wrapper(tracer)

    def answer(request: HttpRequest) -> HttpResponse:
        """Answer the request within a span, or a probe without one."""
        if request.path in PROBES:
            return get_response(request)
        sent = {name: request.META.get(f"HTTP_{name.upper()}", "") for name in ("traceparent", "tracestate")}
        with (
            tracer.start_as_current_span(
                method_of(request), context=propagator.extract(sent), kind=SpanKind.SERVER, record_exception=False
            ) as span,
            connection.execute_wrapper(trace_statement),
        ):
            response = get_response(request)
            route = route_of(request)
            span.update_name(f"{method_of(request)} {route}")
            span.set_attribute("http.request.method", method_of(request))
            span.set_attribute("http.route", route)
            span.set_attribute("http.response.status_code", response.status_code)
            span.set_attribute("ordinavo.correlation_id", context_of(request).correlation_id)
            if is_unsent(request):  # the body has not arrived yet; when it has, the request gets a second span
                span.set_attribute("ordinavo.head_only", True)
            if response.status_code >= 500:
                span.set_status(StatusCode.ERROR)
        return response

    return answer


def _tracer() -> Tracer:
    """Return a new tracer, whose thread sends its spans in batches. Call it once in a process."""
    name = os.environ.get("OTEL_SERVICE_NAME", "ordinavo-connect")
    resource = Resource.create({"service.name": name, "service.version": settings.VERSION})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return provider.get_tracer("ordinavo")


def _statement_wrapper(tracer: Tracer) -> Callable[..., Any]:
    """Return a wrapper for `connection.execute_wrapper` that makes a span of each statement, without its parameters.

    Of the statement, the span has MAX_STATEMENT_LENGTH characters. If it fails, the span has the status ERROR and the
    type of the exception but not its message, and the exception is raised again.
    """

    def trace(execute: Callable[..., Any], sql: Any, parameters: Any, many: bool, context: dict[str, Any]) -> Any:
        """Run a statement within a span. Raises what the statement raises."""
        text = str(sql).strip()
        attributes = {"db.system.name": "postgresql", "db.query.text": text[:MAX_STATEMENT_LENGTH]}
        with tracer.start_as_current_span(
            text.partition(" ")[0].upper()[:20],
            kind=SpanKind.CLIENT,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                return execute(sql, parameters, many, context)
            except Exception as error:
                span.set_attribute("error.type", type(error).__qualname__)
                span.set_status(StatusCode.ERROR)
                raise

    return trace
