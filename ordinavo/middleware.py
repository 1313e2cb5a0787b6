"""Middleware for every request: the request context, trusted proxies, JSON errors, and what only browsers need."""

import logging
import re
import time
import uuid
from functools import lru_cache

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from ordinavo import logs
from ordinavo.api.errors import https_required_response, plain_response
from ordinavo.common.client_address import client_address, is_trusted_proxy
from ordinavo.common.limits import MAX_CORRELATION_ID_LENGTH
from ordinavo.common.map_tiles import tile_origin
from ordinavo.common.request_context import GetResponse, RequestContext, context_of, is_unsent
from ordinavo.observability import process_metrics
from ordinavo.observability.http_metrics import count_request
from ordinavo.observability.routes import PROBES, method_of, route_of

_log = logging.getLogger(__name__)


# Only characters that are safe in a header, a log line and a page.
_CORRELATION_ID = re.compile(rf"[A-Za-z0-9][A-Za-z0-9._:@/+=-]{{0,{MAX_CORRELATION_ID_LENGTH - 1}}}")
_BROWSER_PATHS = re.compile(r"/(admin|static)(/|\Z)|/\Z")

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)
"""The Content-Security-Policy of pages. Unfold has inline styles, and its Alpine.js evaluates attributes as scripts."""
_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_HOST", "HTTP_X_FORWARDED_PROTO")
_NOTHING_LOADED = "default-src 'none'; frame-ancestors 'none'"
_NO_DEVICES = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"


DAY_PATH = "/admin/targets/target/day/"
"""The only page that may load images from the origin of MAP_TILES_URL: it shows a map."""
UPLOAD_PATH = "/admin/importjobs/importjob/upload/"
"""The only page whose form may be larger than DATA_UPLOAD_MAX_MEMORY_SIZE: it uploads a file."""


def is_upload_path(path: str) -> bool:
    """Return whether a POST to this path uploads a file."""
    return path == UPLOAD_PATH


def is_browser_path(path: str) -> bool:
    """Return whether people open this path in a browser: the admin, static files and the root."""
    return _BROWSER_PATHS.match(path) is not None


def request_context_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that makes the RequestContext, counts and logs the request. It must be the first one.

    The log line has the method, the path without query, the route, the status and the duration, and what `_known_facts`
    adds. The answer carries X-Correlation-Id and, if a rate limit counted the request, the X-RateLimit headers.
    """
    log = logs.request_logger()
    process_metrics.report_regularly()

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request with a correlation id in its context, its logs and its answer, count it and log a line."""
        context = context_of(request)
        context.correlation_id = _correlation_id(request)
        started = time.monotonic()
        with structlog.contextvars.bound_contextvars(correlation_id=context.correlation_id):
            response = get_response(request)
            seconds, status, route = time.monotonic() - started, response.status_code, route_of(request)
            if is_counted := request.path not in PROBES and not is_unsent(request):
                count_request(route=route, method=method_of(request), status=status, seconds=seconds)
            log.log(
                logging.INFO if is_counted and route != settings.STATIC_URL else logging.DEBUG,
                "request",
                method=request.method,
                path=request.path,
                route=route,
                status=status,
                duration_ms=round(seconds * 1000, 1),
                **_known_facts(request, context, status),
            )
        response["X-Correlation-Id"] = context.correlation_id
        if context.rate:
            for name, value in context.rate.headers.items():
                response[name] = value
        return response

    return middleware


def _known_facts(request: HttpRequest, context: RequestContext, status: int) -> dict[str, str | None]:
    """Return the fields of a log line that not every request has: token, error code, and the client that was refused.

    The client's address is logged with 401, 403 and 429 only: there an operator looks for the sender.
    """
    facts: dict[str, str | None] = {}
    if context.token:
        facts["token"] = context.token
    if context.error_code:
        facts["error_code"] = context.error_code
    if status in (401, 403, 429):
        facts["client"] = client_address(request)
    return facts


def _correlation_id(request: HttpRequest) -> str:
    """Return the caller's X-Correlation-Id if it is well formed, else a new UUID.

    Well formed are 1 to MAX_CORRELATION_ID_LENGTH of the characters of _CORRELATION_ID, with a letter or digit first.
    """
    sent: str = request.META.get("HTTP_X_CORRELATION_ID", "")
    return sent if _CORRELATION_ID.fullmatch(sent) else str(uuid.uuid4())


def security_headers_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that tells browsers what a page may load, and that answers of the API are not stored.

    It does not replace a header that a view has set. SecurityMiddleware adds X-Content-Type-Options, Referrer-Policy
    and Cross-Origin-Opener-Policy.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request with a Content-Security-Policy."""
        response = get_response(request)
        if response.get("Content-Type", "").startswith("text/html"):
            response.setdefault("Content-Security-Policy", _page_policy(request.path))
            response.setdefault("Permissions-Policy", _NO_DEVICES)
        else:
            response.setdefault("Content-Security-Policy", _NOTHING_LOADED)
        if not is_browser_path(request.path):
            response.setdefault("Cache-Control", "no-store")
        return response

    return middleware


def _page_policy(path: str) -> str:
    """Return the Content-Security-Policy of the page at a path: that of the map allows images of its tiles."""
    if path == DAY_PATH and (origin := tile_origin(settings.MAP_TILES_URL)):
        return _PAGE_POLICY.replace("img-src 'self' data:", f"img-src 'self' data: {origin}")
    return _PAGE_POLICY


def trusted_proxy_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that removes X-Forwarded-For, -Host and -Proto, unless a trusted proxy sent the request.

    A proxy is trusted if the address of the connection lies in one of TRUSTED_PROXIES. Each process warns once of an
    address that is not trusted, because a missing entry otherwise shows as redirects without end or wrong addresses.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request without X-Forwarded headers that no trusted proxy sent."""
        address = request.META.get("REMOTE_ADDR", "")
        if not is_trusted_proxy(address):
            ignored = [request.META.pop(name, None) for name in _FORWARDED]
            if any(ignored):
                _warn_of_untrusted_proxy(address)
        return get_response(request)

    return middleware


@lru_cache(maxsize=1000)
def _warn_of_untrusted_proxy(address: str) -> None:
    """Log once for each of the latest 1000 addresses that its X-Forwarded headers are ignored."""
    _log.warning(
        "X-Forwarded headers from %s ignored, see TRUSTED_PROXIES", address or "a connection without an address"
    )


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
