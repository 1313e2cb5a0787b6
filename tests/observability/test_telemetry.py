"""Traces for OpenTelemetry and errors for Sentry: what leaves the service, and that nothing does by default."""

import json
import os
import subprocess
import sys
from contextlib import ExitStack

import pytest
from django.conf import settings
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.observability.http import collector, send

TRACE = "0af7651916cd43dd8448eb211c80319c"
HEADERS = {"X-Correlation-Id": "telemetry-1", "traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
SECRETS = ["Anna Weber", "DEL-GEHEIM", "eyJ", "Bearer"]
WAIT_SECONDS = 60


@pytest.fixture(scope="module")
def telemetry(start_server):
    """Return a server that sends traces and errors, and the queues in which both arrive."""
    with ExitStack() as stack:
        otlp, spans = stack.enter_context(collector())
        sentry, events = stack.enter_context(collector())
        environment = {
            "WEB_CONCURRENCY": "1",
            "OTEL_EXPORTER_OTLP_ENDPOINT": otlp,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
            "SENTRY_DSN": sentry.replace("http://", "http://public@") + "/1",
        }
        yield stack.enter_context(start_server(**environment)), spans, events


def post(server, **headers):
    document = {"externalId": "DEL-GEHEIM", "title": "Anna Weber", "customer": {"name": "Anna Weber"}}
    return send(server.base_url + "/inbound/targets", server.token, document, **headers)


def spans_until(queue, name):
    """Return the spans of TRACE that arrive until the one with this name, and the bytes in which they arrived."""
    spans, sent = [], b""
    while not any(span.name == name for span in spans):
        received = queue.get(timeout=WAIT_SECONDS)
        assert received.path == "/v1/traces"
        sent += received.body
        request = ExportTraceServiceRequest.FromString(received.body)
        found = [span for resource in request.resource_spans for scope in resource.scope_spans for span in scope.spans]
        spans += [span for span in found if span.trace_id.hex() == TRACE]
    return spans, sent


def attributes(span):
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


def test_a_request_is_a_span_of_the_callers_trace_with_its_statements_and_no_data(telemetry):
    server, queue, _events = telemetry
    assert post(server, **HEADERS).status in (200, 201)
    spans, sent = spans_until(queue, "POST /inbound/targets")
    [request] = [span for span in spans if span.name == "POST /inbound/targets"]
    statements = [span for span in spans if span.parent_span_id == request.span_id]
    assert request.parent_span_id.hex() == "b7ad6b7169203331"
    assert attributes(request)["http.route"] == "/inbound/targets"
    assert attributes(request)["http.response.status_code"] in (200, 201)
    assert attributes(request)["ordinavo.correlation_id"] == "telemetry-1"
    texts = [attributes(span)["db.query.text"] for span in statements]  # a span ends, and is sent, before its parent
    assert any(text.startswith("WITH target AS (INSERT INTO targets_target") for text in texts)
    assert not any(secret.encode() in sent for secret in SECRETS)


def event_of(queue):
    """Return the next event that Sentry receives, and the text of its whole envelope."""
    received = queue.get(timeout=WAIT_SECONDS)
    assert received.path == "/api/1/envelope/"
    text = received.body.decode()
    return next(event for line in text.splitlines() if "exception" in (event := json.loads(line))), text


def test_an_exception_arrives_with_its_traceback_and_correlation_id_and_no_data(telemetry):
    server, _spans, events = telemetry
    with server.connect(autocommit=True) as database:
        database.execute("ALTER TABLE importjobs_importjob ADD CONSTRAINT refused CHECK (correlation_id <> 'refused')")
        answer = post(server, **{"X-Correlation-Id": "refused"})
        database.execute("ALTER TABLE importjobs_importjob DROP CONSTRAINT refused")
    assert answer.status == 500
    event, text = event_of(events)
    assert event["tags"] == {"correlation_id": "refused", "event": "unhandled_exception"}
    assert {failure["type"] for failure in event["exception"]["values"]} >= {"IntegrityError"}
    assert event["exception"]["values"][-1]["stacktrace"]["frames"]
    assert {failure["value"] for failure in event["exception"]["values"]} == {""}  # PostgreSQL's messages quote rows
    assert {"request", "user", "breadcrumbs", "extra"}.isdisjoint(event)
    assert not any(secret in text for secret in [*SECRETS, server.token])


def start(code="pass", **environment):
    """Load the application in a process of its own, after running `code`."""
    return subprocess.run(
        [sys.executable, "-c", f"import sys; {code}; import ordinavo.wsgi; print(sorted(sys.modules))"],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("package", "extra", "setting", "value"),
    [
        ("opentelemetry", "telemetry", "OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1"),
        ("sentry_sdk", "sentry", "SENTRY_DSN", "http://public@127.0.0.1:1/1"),
    ],
)
def test_a_setting_without_its_package_is_a_clear_error_at_start_up(package, extra, setting, value):
    done = start(f"sys.modules['{package}'] = None", **{setting: value})
    assert done.returncode != 0
    assert f"Install the extra `{extra}` of pyproject.toml, or unset {setting}." in done.stderr


def test_a_malformed_sentry_address_is_a_clear_error_at_start_up():
    assert "SENTRY_DSN is malformed." in start(SENTRY_DSN="sentry.example.com").stderr


def test_neither_package_is_imported_without_its_setting():
    done = start(SENTRY_DSN="", OTEL_EXPORTER_OTLP_ENDPOINT="")
    assert done.returncode == 0, done.stderr
    assert "opentelemetry" not in done.stdout
    assert "sentry_sdk" not in done.stdout
