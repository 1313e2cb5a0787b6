"""Middleware for every request: the request context, trusted proxies, JSON errors, and what only browsers need."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.module_loading import import_string

from ordinavo import logs
from ordinavo.api.errors import https_required_response, plain_response
from ordinavo.common.client_address import is_trusted_proxy
from ordinavo.common.limits import MAX_CORRELATION_ID_LENGTH
from ordinavo.common.request_context import UnarrivedBody, context_of
from ordinavo.common.sql import SEQSCAN_ON, execute_with_reconnect

GetResponse = Callable[[HttpRequest], HttpResponse]

# Only characters that are safe in a header, a log line and a page.
_CORRELATION_ID = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._:@/+=-]{{0,{MAX_CORRELATION_ID_LENGTH - 1}}}")
_BROWSER_PATHS = re.compile(r"/(admin|static)(/|\Z)|/\Z")


def is_browser_path(path: str) -> bool:
    """Return whether people open this path in a browser: the admin, static files and the root."""
    return _BROWSER_PATHS.match(path) is not None


def request_context_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that makes the RequestContext and logs the request. It must be the first one.

    It logs one line with method, path without query, status and duration, for static files only at the level DEBUG, and
    so for an answer that is not sent because the body of the request has not arrived yet. The answer carries
    X-Correlation-Id and, if a rate limit counted the request, the X-RateLimit headers.
    """
    log = logs.request_logger()

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request with a correlation id in its context, its logs and its answer, and log one line."""
        context = context_of(request)
        context.correlation_id = _correlation_id(request)
        started = time.monotonic()
        with structlog.contextvars.bound_contextvars(correlation_id=context.correlation_id):
            response = get_response(request)
            is_quiet = request.path.startswith(settings.STATIC_URL) or _is_unsent(request)
            log.log(
                logging.DEBUG if is_quiet else logging.INFO,
                "request",
                method=request.method,
                path=request.path,
                status=response.status_code,
                duration_ms=round((time.monotonic() - started) * 1000, 1),
            )
        response["X-Correlation-Id"] = context.correlation_id
        if context.rate:
            for name, value in context.rate.headers.items():
                response[name] = value
        return response

    return middleware


def _is_unsent(request: HttpRequest) -> bool:
    """Return whether the answer is not sent: it only shows that the request can be accepted when its body arrives."""
    body = request.META.get("wsgi.input")
    return isinstance(body, UnarrivedBody) and body.was_read


def _correlation_id(request: HttpRequest) -> str:
    """Return the caller's X-Correlation-Id if it is well formed, else a new UUID.

    Well formed are 1 to MAX_CORRELATION_ID_LENGTH of the characters of _CORRELATION_ID, with a letter or digit first.
    """
    sent: str = request.META.get("HTTP_X_CORRELATION_ID", "")
    return sent if _CORRELATION_ID.fullmatch(sent) else str(uuid.uuid4())


def trusted_proxy_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that removes X-Forwarded-For, -Host and -Proto, unless a trusted proxy sent the request.

    A proxy is trusted if the address of the connection lies in one of TRUSTED_PROXIES.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request without X-Forwarded headers that no trusted proxy sent."""
        if not is_trusted_proxy(request.META.get("REMOTE_ADDR", "")):
            for name in ("FOR", "HOST", "PROTO"):
                request.META.pop(f"HTTP_X_FORWARDED_{name}", None)
        return get_response(request)

    return middleware


def json_errors_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that replaces Django's HTML error pages and redirects by JSON on the paths of the API.

    It replaces every answer with a status of 300 or more that is not JSON, except 304, and sets the Content-Length of
    all answers there but 304. Answers on browser paths are left unchanged.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        """Return the view's answer, or the JSON error for its status if it must be replaced."""
        response = get_response(request)
        if is_browser_path(request.path):
            return response
        if response.status_code == 304:  # has no body (RFC 9110, section 15.4.5)
            return response
        if response.status_code >= 300 and not response.get("Content-Type", "").startswith("application/json"):
            response = _as_json(response, request)
        response["Content-Length"] = str(len(response.content))
        return response

    return middleware


def _as_json(response: HttpResponse, request: HttpRequest) -> HttpResponse:
    """Return a new JSON error for the status of an answer, with only the headers Location and Allow of that answer.

    A status that `plain_response` does not know becomes 400 or 500.
    """
    answer = plain_response(response.status_code, request)
    for name in ("Location", "Allow"):
        if name in response:
            answer[name] = response[name]
    return answer


def https_only_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that refuses plain HTTP on the paths of the API, if SECURE_SSL_REDIRECT is set.

    A redirect would lose the body of a POST, and hide that each request sends its token in the clear. Behind a trusted
    proxy, X-Forwarded-Proto says what the client used. SecurityMiddleware redirects browser paths.
    """
    if not settings.SECURE_SSL_REDIRECT:
        return get_response

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request, or refuse it with 403 and the code `https_required`."""
        if request.is_secure() or is_browser_path(request.path):
            return get_response(request)
        return https_required_response(request)

    return middleware


def allowed_hosts_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that refuses a request whose host is not one of ALLOWED_HOSTS.

    The host is that of the header Host or, behind a trusted proxy, X-Forwarded-Host. The middleware raises
    DisallowedHost, which Django answers with 400. Django itself checks only where a view asks for the host.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request. Raises DisallowedHost if its host is not allowed."""
        request.get_host()
        return get_response(request)

    return middleware


def browser_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that runs BROWSER_MIDDLEWARE (sessions, languages, static files) for browser paths only.

    So the API stays fast. Django calls hooks such as `process_view` only for entries of MIDDLEWARE itself; no entry of
    BROWSER_MIDDLEWARE has one. LocaleMiddleware leaves its language to the next request of the thread, so it is reset
    here.
    """
    browser_chain: Any = get_response
    for path in reversed(settings.BROWSER_MIDDLEWARE):
        browser_chain = convert_exception_to_response(import_string(path)(browser_chain))

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request, on a browser path through BROWSER_MIDDLEWARE."""
        if not is_browser_path(request.path):
            return get_response(request)
        with translation.override(settings.LANGUAGE_CODE):
            response: HttpResponse = browser_chain(request)
            return response

    return middleware


def live_connection_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that reopens a database connection that died while it was idle.

    It also allows sequential scans on the connection. For the API, the look-up of the token finds dead connections. It
    raises django.db.OperationalError if the database cannot be reached.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request after a statement has shown that the database connection is alive."""
        execute_with_reconnect(f"SELECT {SEQSCAN_ON}", {})
        return get_response(request)

    return middleware
