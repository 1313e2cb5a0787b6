"""Serve the OpenAPI document and the page that shows it. Both are public, so these views need no scope."""

from functools import cache
from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition, require_safe

from ordinavo.common.json_codec import dumps
from ordinavo.openapi.document import build

_MAX_AGE_SECONDS = 300


@cache
def _document() -> bytes:
    """Return the OpenAPI document as JSON in UTF-8. It is built once per process.

    Raises KeyError if a route has no declared operation, and AttributeError or ValueError if a view declares no known
    scope.
    """
    return dumps(build())


@cache
def _etag() -> str:
    """Return the ETag of the document, a hash of it in quotation marks. It is computed once per process."""
    return f'"{sha256(_document()).hexdigest()[:32]}"'


@csrf_exempt  # so that a POST is answered with 405 and not with a missing CSRF token
@require_safe
@condition(etag_func=lambda request: _etag())
def document(request: HttpRequest) -> HttpResponse:
    """Answer the OpenAPI document, cacheable for _MAX_AGE_SECONDS, or 304 if `If-None-Match` has its ETag.

    A method other than GET and HEAD is a 405.
    """
    response = HttpResponse(_document(), content_type="application/json")
    patch_cache_control(response, public=True, max_age=_MAX_AGE_SECONDS)
    return response


@csrf_exempt
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Answer the HTML page that shows the document with Swagger UI. A method other than GET and HEAD is a 405."""
    return render(request, "openapi/docs.html")
