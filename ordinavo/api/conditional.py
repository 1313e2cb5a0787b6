"""Answer 304 Not Modified to a client that already has the current answer (RFC 9110, section 13.1.2)."""

from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags


def with_etag(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """Wrap a view so that it answers 304 Not Modified to a client that already has the current answer.

    An answer of status 200 gets an `ETag`, which is a hash of its body. If the request's `If-None-Match` contains this
    ETag or is `*`, the answer becomes a 304 with the same headers, but no body and no Content-Type. `Cache-Control`
    and `Vary` let a client store the answer for its own token only, and require it to ask again before each use.
    Answers of other statuses are not changed.
    """

    @wraps(view)
    def conditional_view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Call the view and return its answer, or a 304 if the client already has it."""
        response: Any = view(request, *args, **kwargs)
        if response.status_code == 200:
            response.render()
            etag = f'"{sha256(response.content).hexdigest()[:32]}"'
            response["ETag"], response["Cache-Control"], response["Vary"] = etag, "private, no-cache", "Authorization"
            if _matches(request.META.get("HTTP_IF_NONE_MATCH", ""), etag):
                response.status_code, response.content = 304, b""
                del response["Content-Type"]
        return response

    return conditional_view


def _matches(header: str, etag: str) -> bool:
    """Return whether the header If-None-Match is `*`, or contains the ETag by weak comparison."""
    sent = parse_etags(header)
    return sent == ["*"] or etag in [tag.removeprefix("W/") for tag in sent]
