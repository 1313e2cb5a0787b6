"""Read the bodies of requests before Django does, so that a slow client never holds a database connection.

Bodies up to MAX_BODY_BYTES are received whole before the request is handled. Larger ones, which only batches have, are
left on the connection until their token is known to be valid.
"""

from io import BufferedReader, BytesIO, RawIOBase
from typing import IO, Any

from django.conf import settings
from django.utils.http import parse_header_parameters


def receive_body(environ: dict[str, Any]) -> None:
    """Read a body of at most MAX_BODY_BYTES into memory, and replace `wsgi.input` of the WSGI environment by it.

    It is called before Django, so that a slow client never holds a database connection. A larger body stays unread (in
    chunks: but for MAX_BODY_BYTES + 1 bytes) until its token is checked. CONTENT_LENGTH becomes the number of bytes
    that arrived, also for a body in chunks without one: Django would take it for an empty body. A larger body in chunks
    gets the CONTENT_LENGTH MAX_BATCH_BODY_BYTES + 1, over the limit of every endpoint, and can still be read from its
    start. The environment is left unchanged if CONTENT_LENGTH is 0, malformed or over MAX_BODY_BYTES, or if there is no
    body. An exception of the stream is not caught.
    """
    stream = environ["wsgi.input"]
    if "CONTENT_LENGTH" not in environ and environ.get("wsgi.input_terminated"):
        body = stream.read(settings.MAX_BODY_BYTES + 1)
        if len(body) > settings.MAX_BODY_BYTES:
            beyond_limit = str(settings.MAX_BATCH_BODY_BYTES + 1)
            environ |= {"wsgi.input": BufferedReader(_ResumedStream(body, stream)), "CONTENT_LENGTH": beyond_limit}
            return
    elif 0 < _content_length(environ) <= settings.MAX_BODY_BYTES:
        body = stream.read(_content_length(environ))
    else:
        return
    environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}


def discard_unreadable_content_type(environ: dict[str, Any]) -> None:
    """Make the Content-Type of the WSGI environment empty if Django would raise an exception for it.

    Django reads the header before a middleware could answer. Only a parameter of the extended form of RFC 2231, such as
    `charset*=x''y`, can be unreadable. A body without a Content-Type is refused with 415.
    """
    if "*" in environ.get("CONTENT_TYPE", ""):
        try:
            parse_header_parameters(environ["CONTENT_TYPE"])
        except ValueError:
            environ["CONTENT_TYPE"] = ""


class _ResumedStream(RawIOBase):
    """A stream that returns bytes which were already read, and then the rest of the original stream."""

    def __init__(self, already_read: bytes, rest: IO[bytes]) -> None:
        self._already_read, self._rest = BytesIO(already_read), rest

    def readable(self) -> bool:
        """Return True, which BufferedReader asks for."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with the next bytes and return their number, 0 at the end of the stream."""
        data = self._already_read.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


def _content_length(environ: dict[str, Any]) -> int:
    """Return the length that the client announced in bytes, or 0 if there is none or it is malformed."""
    sent = str(environ.get("CONTENT_LENGTH", ""))
    return int(sent) if sent.isascii() and sent.isdigit() else 0
