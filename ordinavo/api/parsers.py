"""Parse request bodies."""

import gc
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from ordinavo.common import json_codec, sql
from ordinavo.common.codes import Code
from ordinavo.common.errors import ApiError
from ordinavo.common.request_context import context_of


class StrictJSONParser(BaseParser):
    """Parse a body that is one JSON object, within the view's `max_body_bytes` or, by default, MAX_BODY_BYTES."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        """Return the JSON object in the stream, and store its bytes as `body` in the RequestContext.

        The limit is the view's `max_body_bytes`, or the setting MAX_BODY_BYTES if the view has none. If Content-Length
        is over MAX_BODY_BYTES, `_prepare_for_large_body` releases the database connection first. Raises ApiError:
        `payload_too_large` if the body is over the limit, of which it reads one byte more, and `malformed_json` if the
        body is not one JSON object that `json_codec.parse` accepts. `media_type` is not used.
        """
        request = parser_context["request"]
        if int(request.META.get("CONTENT_LENGTH") or 0) > settings.MAX_BODY_BYTES:
            _prepare_for_large_body()
        body = context_of(request).body = _read_limited(stream, getattr(parser_context["view"], "max_body_bytes", None))
        try:
            document = json_codec.parse(body)
        except json_codec.MalformedJSON as error:
            raise ApiError(Code.MALFORMED_JSON, str(error)) from error
        if not isinstance(document, dict):
            raise ApiError(Code.MALFORMED_JSON, "The body must be one JSON object.")
        return document


def _prepare_for_large_body() -> None:
    """Return the database connection to the pool, and free the large body of an earlier request.

    A slow client would hold the connection while it sends. It is not taken again here: the next use of the database
    does that. Does not release it inside a transaction or without a pool. The REST framework's views refer to
    themselves, so only the garbage collector, which runs here, frees what they hold.
    """
    sql.release_connection()
    gc.collect()


def _read_limited(stream: IO[bytes], max_bytes: int | None) -> bytes:
    """Return the whole body. `max_bytes` is the limit; for None and 0 it is the setting MAX_BODY_BYTES.

    Raises ApiError `payload_too_large` for a longer body, of which only one byte more than the limit is read. An
    exception of the stream is not caught.
    """
    limit: int = max_bytes or settings.MAX_BODY_BYTES
    body = stream.read(limit + 1)
    if len(body) > limit:
        raise ApiError(Code.PAYLOAD_TOO_LARGE, f"The body may have at most {limit:,} bytes.")
    return body
