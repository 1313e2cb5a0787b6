"""Middleware of pages in a browser: shares of threads and connections, answers if the database is busy, second factor.

`settings.PAGES_IN_PROCESS` pages may be in progress in a process, and `settings.PAGES_AT_ONCE` of them may hold a
database connection. So staff who open slow lists never take all connections from the API.
"""

import re
from threading import BoundedSemaphore
from typing import Any, cast

import structlog
from django.conf import settings
from django.core.handlers.exception import convert_exception_to_response
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from ordinavo.admin.second_factor import ASKED_FOR, has_second_factor
from ordinavo.api.errors import RETRY_AFTER_SECONDS
from ordinavo.common.codes import Code
from ordinavo.common.errors import ApiError
from ordinavo.common.lock_waits import is_lock_timeout
from ordinavo.common.request_context import GetResponse, has_unarrived_body
from ordinavo.common.sql import SEQSCAN_ON, execute_with_reconnect
from ordinavo.error_pages import permission_denied, unavailable_page
from ordinavo.middleware import is_browser_path, is_upload_path

log = structlog.get_logger(__name__)

_ALWAYS_ALLOWED = re.compile(r"/static/|/admin/(second-factor|logout|jsi18n|language)/")
"""Paths that staff may open before they have set up a second factor that is required."""
MAX_WAIT_SECONDS = 5
_places = BoundedSemaphore(settings.PAGES_IN_PROCESS)
_connections = BoundedSemaphore(settings.PAGES_AT_ONCE)


class PageCompressionMiddleware(GZipMiddleware):
    """Compress HTML pages with gzip. Files that staff download stay as they are.

    A compressed page of a secret beside text of an attacker could betray the secret by its length (the BREACH attack).
    Django adds up to 100 random bytes to each answer, and another mask to the CSRF token each time.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Return the response, compressed if it is an HTML page and the browser accepts gzip."""
        is_page = response.get("Content-Type", "").startswith("text/html")
        return super().process_response(request, response) if is_page else response


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
        """Return a page with status 503 if a view found the database unavailable or a record locked.

        Those are an OperationalError, an InterfaceError and an ApiError with UNAVAILABLE. Returns None for any other
        exception, and outside browser paths.
        """
        if not is_browser_path(request.path):
            return None
        if isinstance(exception, ApiError) and exception.code is Code.UNAVAILABLE:
            return _locked_page(request)
        if isinstance(exception, OperationalError | InterfaceError):
            return _locked_page(request) if is_lock_timeout(exception) else _unavailable_page(request, exception)
        return None


def browser_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that runs BROWSER_MIDDLEWARE (sessions, languages, static files) for browser paths only.

    So the API stays fast. If one of them finds the database unreachable, it answers 503, as for a view. Django calls
    hooks such as `process_view` only for entries of MIDDLEWARE itself; no entry of BROWSER_MIDDLEWARE has one.
    LocaleMiddleware leaves its language to the next request of the thread, so it is reset here.
    """
    browser_chain = get_response
    for path in reversed(settings.BROWSER_MIDDLEWARE):
        browser_chain = _answering_database_errors(import_string(path)(browser_chain))

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request, on a browser path through BROWSER_MIDDLEWARE."""
        if not is_browser_path(request.path):
            return get_response(request)
        with translation.override(settings.LANGUAGE_CODE):
            return browser_chain(request)

    return middleware


def _answering_database_errors(get_response: GetResponse) -> GetResponse:
    """Return a function that answers a request as `get_response` does, and an exception with an error page.

    The page has status 503 for a database that cannot be reached, and else the one that Django gives it.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        """Answer the request, or say that the database cannot be reached."""
        try:
            return get_response(request)
        except (OperationalError, InterfaceError) as error:
            return _unavailable_page(request, error)

    return cast(GetResponse, convert_exception_to_response(answer))


def page_shares_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that limits the pages in progress, and those that may hold a database connection.

    PAGES_AT_ONCE pages may hold one; a further page waits for MAX_WAIT_SECONDS, and is then answered with 503. If
    PAGES_IN_PROCESS pages are in progress, a page is answered with 503 at once. It must run before the first query.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request within its share, or with 503."""
        if not _places.acquire(blocking=False):
            return _busy_page(request)
        try:
            if not _connections.acquire(timeout=MAX_WAIT_SECONDS):
                return _busy_page(request)
            try:
                return get_response(request)
            finally:
                _connections.release()
        finally:
            _places.release()

    return middleware


def live_connection_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that reopens a database connection that died while it was idle.

    It also allows sequential scans on the connection, and answers 503 if the database cannot be reached. For the API,
    the look-up of the token finds dead connections.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request after a statement has shown that the database connection is alive, or answer 503."""
        try:
            execute_with_reconnect(f"SELECT {SEQSCAN_ON}", {})
        except (OperationalError, InterfaceError) as error:
            return _unavailable_page(request, error)
        return get_response(request)

    return middleware


def _locked_page(request: HttpRequest) -> HttpResponse:
    """Return the page that says that an import or a colleague is changing the record."""
    return _page(request, _("An import or a colleague is changing this record."))


def _busy_page(request: HttpRequest) -> HttpResponse:
    """Return the page that says that too many pages are being opened."""
    return _page(request, _("Too many pages are being opened at the same time."))


def _unavailable_page(request: HttpRequest, error: Exception) -> HttpResponse:
    """Log an error of the database, and return the page that says that the database cannot be reached."""
    log.error("database_unavailable", exc_info=error)
    return _page(request, _("The database cannot be reached, or is busy."))


def _page(request: HttpRequest, advice: Any) -> HttpResponse:
    """Return a page that gives advice, with status 503 and Retry-After. It needs no query."""
    return unavailable_page(request, advice, RETRY_AFTER_SECONDS)


def second_factor_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that redirects a logged-in user without a second factor to its set-up.

    Does so while REQUIRE_SECOND_FACTOR is true, except on the paths of _ALWAYS_ALLOWED. The session keeps the path that
    was asked for, or that of the start page if a form was sent, so that the set-up can lead there.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request, or redirect to the set-up."""
        if not settings.REQUIRE_SECOND_FACTOR or _ALWAYS_ALLOWED.match(request.path):
            return get_response(request)
        if request.user.is_authenticated and not has_second_factor(request.user):
            is_form = request.method != "GET"
            request.session[ASKED_FOR] = reverse("admin:index") if is_form else request.get_full_path()
            return redirect("mfa_activate_totp")
        return get_response(request)

    return middleware


def upload_permission_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that refuses the upload of a file before its body arrives, if the user may not upload one.

    So only staff who may import files can make the server store large bodies. The page itself checks once more, because
    a body that comes with its head is not checked here.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer the request, with status 403 if the user may not upload files."""
        is_checked = is_upload_path(request.path) and has_unarrived_body(request)
        if is_checked and not (request.user.is_active and request.user.has_perm("importjobs.import_importjob")):
            return permission_denied(request)  # it does not read the body
        return get_response(request)

    return middleware
