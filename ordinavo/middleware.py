"""What every request gets, first of all: a correlation id, a log line, and JSON for the API."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

import structlog
from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.module_loading import import_string

from ordinavo import logs
from ordinavo.api.errors import plain_response
from ordinavo.common.sql import SEQSCAN_ON, execute_with_reconnect

# Letters, digits and what ids are made of: nothing that could break a header, a log or a page.
_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:@/+=-]{0,127}")
_FOR_BROWSERS = re.compile(r"/(admin|static)(/|\Z)|/\Z")


def is_for_browsers(request: HttpRequest) -> bool:
    return _FOR_BROWSERS.match(request.path) is not None


def correlation_id(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Takes the caller's X-Correlation-Id, or makes one, for the answer, the job and the logs."""
    log = logs.for_requests()

    def middleware(request: HttpRequest) -> HttpResponse:
        sent = request.META.get("HTTP_X_CORRELATION_ID", "")
        # From here on the request's own header is one to trust.
        request.META["HTTP_X_CORRELATION_ID"] = identity = sent if _SANE.fullmatch(sent) else str(uuid.uuid4())
        started = time.monotonic()
        with structlog.contextvars.bound_contextvars(correlation_id=identity):
            response = get_response(request)
            log.log(
                logging.DEBUG if request.path.startswith(settings.STATIC_URL) else logging.INFO,
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                duration_ms=round((time.monotonic() - started) * 1000, 1),
            )
        response["X-Correlation-Id"] = identity
        if rate := getattr(request, "rate", None):  # inbound.authentication counted it
            for name, value in rate.headers.items():
                response[name] = value
        return response

    return middleware


def trusted_proxies(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Drops what only a proxy may say, where it comes from none of TRUSTED_PROXIES."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not _is_proxy(request.META.get("REMOTE_ADDR", "")):
            for name in ("FOR", "HOST", "PROTO"):
                request.META.pop(f"HTTP_X_FORWARDED_{name}", None)
        return get_response(request)

    return middleware


def _is_proxy(address: str) -> bool:
    try:
        return any(ip_address(address) in network for network in settings.TRUSTED_PROXIES)
    except ValueError:
        return False


def json_errors(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Puts the envelope in the place of Django's own pages (400, 404, 500, redirects) on API paths."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if is_for_browsers(request):
            return response
        if response.status_code == 304:  # which has no body (RFC 9110)
            return response
        if response.status_code >= 300 and not response.get("Content-Type", "").startswith("application/json"):
            response = _in_json(response, request)
        response["Content-Length"] = str(len(response.content))
        return response

    return middleware


def _in_json(response: HttpResponse, request: HttpRequest) -> HttpResponse:
    answer = plain_response(response.status_code, request)
    for name in ("Location", "Allow"):
        if name in response:
            answer[name] = response[name]
    return answer


def allowed_hosts(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Also on paths whose answer does not depend on the host."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.get_host()
        return get_response(request)

    return middleware


def browser_middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Takes what people open through BROWSER_MIDDLEWARE, which has nothing to say to the API.

    Django calls hooks such as `process_view` only of what is in MIDDLEWARE itself; none of these has one.
    The language of a page ends with it, as LocaleMiddleware leaves it to the thread's next request."""
    through: Any = get_response
    for path in reversed(settings.BROWSER_MIDDLEWARE):
        through = convert_exception_to_response(import_string(path)(through))

    def middleware(request: HttpRequest) -> HttpResponse:
        if not is_for_browsers(request):
            return get_response(request)
        with translation.override(settings.LANGUAGE_CODE):
            return through(request)

    return middleware


def live_connection(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """What the look-up of a token does for the API: a connection that died while it was idle is opened again."""

    def middleware(request: HttpRequest) -> HttpResponse:
        execute_with_reconnect(f"SELECT {SEQSCAN_ON}", {})
        return get_response(request)

    return middleware


def client_address(request: HttpRequest) -> str | None:
    """The last address on the way that is not one of our proxies."""
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    for address in reversed(forwarded):
        if address and not _is_proxy(address):
            return address
    return request.META.get("REMOTE_ADDR") or None
