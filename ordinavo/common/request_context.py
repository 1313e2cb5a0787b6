"""What this service knows about one HTTP request, as one typed object.

The contexts are in a table of this module, by request, so that no attribute is added to a request. An entry goes when
its request is freed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from django.http import HttpRequest, HttpResponse

from ordinavo.common.errors import ApiError
from ordinavo.common.rate import Rate
from ordinavo.common.sql import Rows

GetResponse = Callable[[HttpRequest], HttpResponse]
"""What a middleware gets and returns: it answers a request."""


class UnarrivedBody:
    """Stands for the body of a request while only its head is checked. Reading it tells that the head was accepted."""

    was_read = False

    def read(self, size: int = -1) -> bytes:
        """Return no bytes, and remember that the body is needed. The answer that follows is not sent."""
        self.was_read = True
        return b""

    readline = read


@dataclass
class RequestContext:
    """Facts about one request that later steps need. `context_of` returns it."""

    correlation_id: str
    """The caller's X-Correlation-Id if it was well formed, else a new UUID."""
    body: bytes = b""
    """The body, unpacked, once it has been read."""
    document: dict[str, Any] | None = None
    """The parsed body, or None if it was not read yet or could not be parsed."""
    only_in_background: str = ""
    """Why the body can be accepted only if it is processed in the background, as a message, or empty."""
    body_error: ApiError | None = None
    """Why the body could not be read. Raise only copies: with a traceback it would keep the request in memory."""
    rate: Rate | None = None
    """The rate limit that counted this request, or None if none did."""
    token: str | None = None
    """The name and the id of the valid token, for logs, such as "ERP nightly push (7)". None if there was none."""
    error_code: str | None = None
    """The code of the error that refused the request as a whole, or None."""
    prefetched: Rows | None = None
    """The stored target, read in the same query as the token, or None. A snapshot: a retry must query again."""


_contexts: "WeakKeyDictionary[HttpRequest, RequestContext]" = WeakKeyDictionary()


def context_of(request: Any) -> RequestContext:
    """Return the context of a request, given as Django's or as the REST framework's. It is the same object each time.

    Makes an empty one, whose correlation id is "", if the request has none yet: the first middleware sets the id.
    """
    django_request = getattr(request, "_request", request)
    context = _contexts.get(django_request)
    if context is None:
        context = _contexts[django_request] = RequestContext(correlation_id="")
    return context


def has_unarrived_body(request: Any) -> bool:
    """Return whether only the head of a request is checked, because its body has not arrived yet."""
    return isinstance(request.META.get("wsgi.input"), UnarrivedBody)


def is_unsent(request: HttpRequest) -> bool:
    """Return whether the answer is not sent: it only shows that the request can be accepted when its body arrives."""
    body = request.META.get("wsgi.input")
    return isinstance(body, UnarrivedBody) and body.was_read
