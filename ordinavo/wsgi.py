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
    """Django takes a body without a Content-Length for an empty one; many HTTP clients send chunks."""
    if "CONTENT_LENGTH" not in environ and environ.get("wsgi.input_terminated"):
        body = environ["wsgi.input"].read(settings.MAX_BATCH_BODY_BYTES + 1)
        environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
    response = _django(environ, start_response)
    if getattr(response, "streaming", True):
        return response
    response.close()  # the connection is free before the client has read
    return [response.content]  # type: ignore[attr-defined]  # granian sends a list at once, anything else piece by piece
