"""Answer 304 to a client that has read the same before (RFC 9110, section 13.1.2)."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags


def with_etag(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """Return a view whose answers of status 200 have an `ETag`, and become 304 if `If-None-Match` has it.

    The ETag is a hash of the body. A client may keep the answer, but must ask again before it uses it, with the same
    token. A 304 has the same headers, but no body and no Content-Type.
    """

    @wraps(view)
    def conditional_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the answer of the view, with the headers of a conditional request."""
        response: Any = view(request, *args, **kwargs)
        if response.status_code == 200:
            response.render()
            etag = f'"{sha256(response.content).hexdigest()[:32]}"'
            response["ETag"], response["Cache-Control"], response["Vary"] = etag, "private, no-cache", "Authorization"
            if _names(request.META.get("HTTP_IF_NONE_MATCH", ""), etag):
                response.status_code, response.content = 304, b""
                del response["Content-Type"]
        return response

    return conditional_view


def _names(header: str, etag: str) -> bool:
    """Return whether the header If-None-Match names an ETag, by weak comparison, or is `*`."""
    sent = parse_etags(header)
    return sent == ["*"] or etag in [tag.removeprefix("W/") for tag in sent]
