"""The WSGI application that `python -m ordinavo.server` serves."""

import ctypes
import gc
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from django.core.checks import Tags
from django.core.management import BaseCommand
from django.core.wsgi import get_wsgi_application
from django.db import DEFAULT_DB_ALIAS

from ordinavo.request_stream import discard_unreadable_content_type, receive_body

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ordinavo.settings")

# Return the memory of a large batch to the operating system. The numbers are those of glibc's mallopt(3).
with suppress(AttributeError):  # another C library has no mallopt
    _mallopt = ctypes.CDLL(None).mallopt
    _mallopt(-8, 2)  # M_ARENA_MAX
    _mallopt(-3, 256 * 1024)  # M_MMAP_THRESHOLD, in bytes

_django = get_wsgi_application()
# Web servers do not run Django's system checks, but a view without a scope must not be served.
BaseCommand().check()
BaseCommand().check(tags=[Tags.database], databases=[DEFAULT_DB_ALIAS])
gc.freeze()  # what is loaded now is never garbage
gc.set_threshold(50_000)  # a batch makes hardly any garbage: searching for it took a tenth of its time


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer a request by WSGI (PEP 3333), after `receive_body` has read a body of ordinary size.

    Returns the body as a list of one bytes object, or Django's response itself if it is streamed. Unless it is
    streamed, the database connection is released before the client has read the answer.
    """
    discard_unreadable_content_type(environ)
    receive_body(environ)
    response = _django(environ, start_response)
    if getattr(response, "streaming", True):
        return response
    response.close()
    return [response.content]  # type: ignore[attr-defined]  # Granian sends a list at once, other iterables in pieces
