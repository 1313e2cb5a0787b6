"""Serve the OpenAPI document and the page that shows it. Both are public, so these views need no scope."""

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition, require_safe

from ordinavo.common.json_codec import dumps
from ordinavo.openapi import v3_0
from ordinavo.openapi.document import build

_MAX_AGE_SECONDS = 300
_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""Stricter than that of the admin. Swagger UI sets inline styles, and its icons are data URLs."""


def _view(make: Callable[[], dict[str, Any]]) -> Callable[..., HttpResponse]:
    """Return a view that answers the document that `make` returns, which is called once per process.

    The document is cacheable for _MAX_AGE_SECONDS, and the answer is 304 if `If-None-Match` has its ETag, a hash of it.
    A method other than GET and HEAD is a 405. The view raises KeyError if a route has no declared operation, and
    AttributeError or ValueError if a view declares no known scope.
    """

    @cache
    def content() -> bytes:
        """Return the document as JSON in UTF-8."""
        return dumps(make())

    @cache
    def etag() -> str:
        """Return a hash of the document in quotation marks."""
        return f'"{sha256(content()).hexdigest()[:32]}"'

    @csrf_exempt  # so that a POST is answered with 405 and not with a missing CSRF token
    @require_safe
    @condition(etag_func=lambda request: etag())
    def view(request: HttpRequest) -> HttpResponse:
        """Answer the document."""
        response = HttpResponse(content(), content_type="application/json")
        patch_cache_control(response, public=True, max_age=_MAX_AGE_SECONDS)
        return response

    return view


document = _view(build)
document_3_0 = _view(lambda: v3_0.converted(build()))


@csrf_exempt
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Answer the HTML page that shows the document with Swagger UI. A method other than GET and HEAD is a 405."""
    response = render(request, "openapi/docs.html")
    response["Content-Security-Policy"] = _PAGE_POLICY
    return response
