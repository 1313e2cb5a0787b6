"""The description, and the page to read it. Plain views: they need no token, so no scope either."""

from functools import cache
from hashlib import sha256

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import condition, require_safe
from drf_spectacular.generators import SchemaGenerator

from ordinavo.common.json_codec import dumps

_KEPT_SECONDS = 300


@cache
def _document() -> bytes:
    """Once a process: it changes with the code alone."""
    return dumps(SchemaGenerator().get_schema(public=True))


@cache
def _etag() -> str:
    return f'"{sha256(_document()).hexdigest()[:32]}"'


@csrf_exempt  # another method is a 405, not a lack of a token that no form of ours has
@require_safe
@condition(etag_func=lambda request: _etag())
def document(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(_document(), content_type="application/json")
    patch_cache_control(response, public=True, max_age=_KEPT_SECONDS)
    return response


@csrf_exempt
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    return render(request, "openapi/docs.html")
