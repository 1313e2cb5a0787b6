"""Middleware of pages in a browser: shares of threads and connections, answers if the database is busy, second factor.

`settings.PAGES_IN_PROCESS` pages may be in progress in a process, and `settings.PAGES_AT_ONCE` of them may hold a
database connection. So staff who open slow lists never take all connections from the API.
"""

import re
from threading import BoundedSemaphore

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from ordinavo.admin.second_factor import has_second_factor
from ordinavo.api.errors import RETRY_AFTER_SECONDS
from ordinavo.common.codes import Code
from ordinavo.common.errors import ApiError
from ordinavo.common.lock_waits import is_lock_timeout
from ordinavo.common.sql import SEQSCAN_ON, execute_with_reconnect
from ordinavo.middleware import GetResponse, is_browser_path

log = structlog.get_logger(__name__)

_ALWAYS_ALLOWED = re.compile(r"/static/|/admin/(second-factor|logout|jsi18n)/")
"""Paths of the browser that staff may use before they have set up a second factor that is required."""
MAX_WAIT_SECONDS = 5
_places = BoundedSemaphore(settings.PAGES_IN_PROCESS)
_connections = BoundedSemaphore(settings.PAGES_AT_ONCE)


class DatabaseErrorMiddleware:
    """Answer a page whose view found the database unreachable, busy, or a record locked, with 503 and advice.

    It is an entry of MIDDLEWARE itself, because Django calls `process_exception` only there.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer the request unchanged."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Return the page for an exception of a view, or None if it has another cause or the path is not a page."""
        if not is_browser_path(request.path):
            return None
        if isinstance(exception, ApiError) and exception.code is Code.UNAVAILABLE:
            return _locked_page()
        if isinstance(exception, OperationalError | InterfaceError):
            return _locked_page() if is_lock_timeout(exception) else _unavailable_page(exception)
        return None


def page_shares_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that lets a page wait for its share of the connections, for MAX_WAIT_SECONDS at most.

    It must run before the first query. It answers 503 if the share stays in use or too many pages wait.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request as one of PAGES_AT_ONCE, or with 503."""
        if not _places.acquire(blocking=False):
            return _busy_page()
        try:
            if not _connections.acquire(timeout=MAX_WAIT_SECONDS):
                return _busy_page()
            try:
                return get_response(request)
            finally:
                _connections.release()
        finally:
            _places.release()

    return middleware


def live_connection_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that reopens a database connection that died while it was idle.

    It also allows sequential scans on the connection. For the API, the look-up of the token finds dead connections.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request after a statement has shown that the database connection is alive, or answer 503."""
        try:
            execute_with_reconnect(f"SELECT {SEQSCAN_ON}", {})
        except (OperationalError, InterfaceError) as error:
            return _unavailable_page(error)
        return get_response(request)

    return middleware


def _locked_page() -> HttpResponse:
    """Return the page that says that somebody else is changing the record."""
    return _page(
        _("An import or a colleague is changing this record. Go back and try again; what you typed is still there.")
    )


def _busy_page() -> HttpResponse:
    """Return the page that says that too many pages are being opened."""
    return _page(_("Too many pages are being opened at the same time. Go back and try again in a few seconds."))


def _unavailable_page(error: Exception) -> HttpResponse:
    """Return the page that says that the database cannot be reached, and log the error."""
    log.error("database_unavailable", exc_info=error)
    return _page(_("The database cannot be reached, or is busy. Go back and try again in a few seconds."))


def _page(advice: str) -> HttpResponse:
    """Return a page with status 503 that needs no query."""
    page = render_to_string("admin/unavailable.html", {"advice": advice})
    return HttpResponse(page, status=503, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})


def second_factor_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that leads staff without a second factor to its set-up, if REQUIRE_SECOND_FACTOR is set."""

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request, or redirect to the set-up."""
        if not settings.REQUIRE_SECOND_FACTOR or _ALWAYS_ALLOWED.match(request.path):
            return get_response(request)
        if request.user.is_authenticated and not has_second_factor(request.user):
            return redirect("mfa_activate_totp")
        return get_response(request)

    return middleware
