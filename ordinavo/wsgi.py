import ctypes
import gc
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import BufferedReader, BytesIO, RawIOBase
from typing import IO, Any

from django.conf import settings
from django.core.management import BaseCommand
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ordinavo.settings")

# What a large batch took is given back, whichever thread had it; by glibc's mallopt(3), whose numbers these are.
with suppress(AttributeError):  # another libc
    _mallopt = ctypes.CDLL(None).mallopt
    _mallopt(-8, 2)  # M_ARENA_MAX
    _mallopt(-3, 256 * 1024)  # M_MMAP_THRESHOLD, in bytes

_django = get_wsgi_application()
# A web server runs no checks of its own, and the one for scopes must not be skipped.
BaseCommand().check()
gc.freeze()  # what is there for good need not be looked at again and again
gc.set_threshold(50_000)  # what a batch makes is hardly ever garbage: to look for some took a tenth of its time


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    _receive(environ)
    response = _django(environ, start_response)
    if getattr(response, "streaming", True):
        return response
    response.close()  # the connection is free before the client has read
    return [response.content]  # type: ignore[attr-defined]  # granian sends a list at once, anything else piece by piece


def _receive(environ: dict[str, Any]) -> None:
    """Has the body of a single import before anybody holds a connection: a client may take its time to send it.

    A larger one, of a batch, is left to who has seen its token. Django takes a body without a Content-Length
    for an empty one, and many HTTP clients send chunks."""
    stream = environ["wsgi.input"]
    if "CONTENT_LENGTH" not in environ and environ.get("wsgi.input_terminated"):
        body = stream.read(settings.MAX_BODY_BYTES + 1)
        if len(body) > settings.MAX_BODY_BYTES:
            longest = str(settings.MAX_BATCH_BODY_BYTES + 1)
            environ |= {"wsgi.input": BufferedReader(_Continued(body, stream)), "CONTENT_LENGTH": longest}
            return
    elif 0 < _length(environ) <= settings.MAX_BODY_BYTES:
        body = stream.read(_length(environ))
    else:
        return
    environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}


class _Continued(RawIOBase):
    """A stream of which something has been read already."""

    def __init__(self, begun: bytes, rest: IO[bytes]) -> None:
        self._begun, self._rest = BytesIO(begun), rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        read = self._begun.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(read)] = read
        return len(read)


def _length(environ: dict[str, Any]) -> int:
    sent = str(environ.get("CONTENT_LENGTH", ""))
    return int(sent) if sent.isascii() and sent.isdigit() else 0
