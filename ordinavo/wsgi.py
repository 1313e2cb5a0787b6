import gc
import os
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ordinavo.settings")

_django = get_wsgi_application()
# A web server runs no checks of its own, and the one for scopes must not be skipped.
BaseCommand().check()
gc.freeze()  # what is there for good need not be looked at again and again


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    _receive(environ)
    response = _django(environ, start_response)
    if getattr(response, "streaming", True):
        return response
    response.close()  # the connection is free before the client has read
    return [response.content]  # type: ignore[attr-defined]  # granian sends a list at once, anything else piece by piece


def _receive(environ: dict[str, Any]) -> None:
    """Has the body of a single import before anybody holds a connection: a client may take its time to send it.

    Django takes a body without a Content-Length for an empty one, and many HTTP clients send chunks."""
    stream = environ["wsgi.input"]
    if "CONTENT_LENGTH" not in environ and environ.get("wsgi.input_terminated"):
        body = stream.read(settings.MAX_BATCH_BODY_BYTES + 1)
    elif 0 < _length(environ) <= settings.MAX_BODY_BYTES:
        body = stream.read(_length(environ))
    else:
        return
    environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def _length(environ: dict[str, Any]) -> int:
    sent = str(environ.get("CONTENT_LENGTH", ""))
    return int(sent) if sent.isascii() and sent.isdigit() else 0
