"""Translate the head of a request from ASGI to the WSGI environment that Django's handler takes."""

from functools import lru_cache
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from django.utils.http import parse_header_parameters

_CONSTANT: dict[str, Any] = {
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.errors": None,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}


def wsgi_environ(scope: Any) -> dict[str, Any]:
    """Return the WSGI environment (PEP 3333) of an HTTP request, with an empty body.

    `scope` is that of ASGI. A header that was sent several times is joined by commas, a cookie by semicolons (RFC 9110,
    section 5.3; RFC 6265, section 5.4). A Content-Type that Django cannot parse becomes empty.
    """
    host, port = scope["server"] or ("", 0)
    environ = _CONSTANT | {
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": unquote_to_bytes(scope["raw_path"]).decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "REMOTE_ADDR": scope["client"][0] if scope["client"] else "",
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": BytesIO(),
    }
    for name, value in scope["headers"]:
        key, text = _key(name), value.decode("latin-1")
        if key in environ:  # sent more than once
            text = f"{environ[key]}{'; ' if key == 'HTTP_COOKIE' else ','}{text}"
        environ[key] = text
    if "*" in environ.get("CONTENT_TYPE", ""):
        _discard_unreadable_content_type(environ)
    return environ


def announced_length(environ: dict[str, Any]) -> int | None:
    """Return the length of the body that the client announced in bytes, or None if it is sent in chunks.

    It is 0 for a request without a body. The HTTP parser has refused a malformed Content-Length before.
    """
    if "HTTP_TRANSFER_ENCODING" in environ:
        return None
    return int(environ.get("CONTENT_LENGTH") or 0)


@lru_cache(maxsize=1_000)
def _key(name: bytes) -> str:
    """Return the key of a header in the WSGI environment, such as HTTP_ACCEPT for `accept`."""
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def _discard_unreadable_content_type(environ: dict[str, Any]) -> None:
    """Empty a Content-Type that Django cannot parse, because Django would raise before any middleware could answer.

    The API then answers a body with 415. Only a parameter in the extended form of RFC 2231, such as `charset*=x''y`,
    cannot be parsed.
    """
    try:
        parse_header_parameters(environ["CONTENT_TYPE"])
    except ValueError:
        environ["CONTENT_TYPE"] = ""
