"""The pages that staff see instead of what they asked for: 400, 403, 404, 500 and 503.

They need no database and no session, so that they can be shown when PostgreSQL is away. The API has its own answers in
JSON, which `ordinavo.middleware.json_errors_middleware` makes.
"""

from typing import Any

from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.http import escape_leading_slashes

from ordinavo.common.request_context import context_of
from ordinavo.middleware import is_browser_path


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for a request that cannot be read, with status 400."""
    return error_page(request, 400, "400.html")


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Return the page for what the user may not see or do, with status 403.

    A user without any permission is told that the account has no role yet.
    """
    return error_page(request, 403, "403.html", has_role=_has_role(request))


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Return the page for an address that does not exist, with status 404."""
    return error_page(request, 404, "404.html")


def server_error(request: HttpRequest) -> HttpResponse:
    """Return the page for an error of the service, with status 500."""
    return error_page(request, 500, "500.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Return the page for a form that was sent without a valid CSRF token, with status 403.

    It does not contain what was sent, which may come from another site. The user's own browser keeps what was typed,
    and shows it when the page of the form is opened again.
    """
    return error_page(request, 403, "403_csrf.html")


def error_page(request: HttpRequest, status: int, template: str, **context: Any) -> HttpResponse:
    """Return a page with this status in the reader's language. On a path of the API, return an empty answer.

    The template gets the request id, the address of the page, whether a form was sent, and `context`.
    """
    if not is_browser_path(request.path):
        return HttpResponse(status=status)
    facts = {
        "request_id": context_of(request).correlation_id,
        "page": escape_leading_slashes(request.get_full_path()),
        "was_sent": request.method == "POST",
    }
    with translation.override(translation.get_language_from_request(request)):
        # Texts of the context may be translated later, so they are rendered in the same language.
        return HttpResponse(render_to_string(template, facts | context), status=status)


def unavailable_page(request: HttpRequest, advice: Any, retry_after: int) -> HttpResponse:
    """Return a page with advice, status 503 and Retry-After in seconds. After a POST it says that nothing was saved.

    On a path of the API, returns an empty answer with the same status and header.
    """
    answer = error_page(request, 503, "503.html", advice=advice)
    answer["Retry-After"] = str(retry_after)
    return answer


def _has_role(request: HttpRequest) -> bool:
    """Return whether the user has any permission, or is not known. True if the database cannot tell."""
    user = getattr(request, "user", None)
    try:
        return not (user and user.is_authenticated) or bool(user.is_superuser or user.get_all_permissions())
    except Error:
        return True
