"""Parse request bodies."""

import gc
from typing import IO, Any

from django.conf import settings
from django.utils.http import parse_header_parameters
from rest_framework.parsers import BaseParser

from ordinavo.common import gzip_body, json_codec, json_items, json_values, sql
from ordinavo.common.codes import Code
from ordinavo.common.errors import ApiError
from ordinavo.common.findings import quote
from ordinavo.common.limits import MAX_ITEM_VALUES, MAX_JSON_VALUES, VALUES_PER_TARGET
from ordinavo.common.request_context import context_of


class StrictJSONParser(BaseParser):
    """Parse a body that is one JSON object, within the limits of the view.

    A view may have `max_body_bytes`; else the setting MAX_BODY_BYTES is the limit. A view may have `list_names`, the
    names of the members that are JSONItems if they are lists. Such a view may accept larger bodies for processing in
    the background; `only_in_background` in the RequestContext then says why the body is too large otherwise.
    """

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        """Return the JSON object in the stream, and store its bytes, unpacked, as `body` in the RequestContext.

        `media_type` is the header Content-Type. Raises ApiError: `unsupported_media_type` if it names a charset other
        than UTF-8 or the Content-Encoding is not gzip, `payload_too_large` if the body is over the limit or has more
        values than it may have, or MAX_ITEM_VALUES outside of lists in `list_names`, and `malformed_json` if it cannot
        be unpacked or is not one JSON object that `json_codec.parse` accepts.
        """
        if media_type != self.media_type:
            _refuse_other_charsets(media_type or "")
        body = context_of(parser_context["request"]).body = _read(stream, parser_context)
        list_names = getattr(parser_context["view"], "list_names", ())
        if list_names:
            context_of(parser_context["request"]).only_in_background = _why_only_in_background(body)
            _refuse_many_values(body, settings.MAX_BACKGROUND_ITEMS * VALUES_PER_TARGET)
        else:
            _refuse_many_values(body, MAX_ITEM_VALUES)
        try:
            document = json_items.parse_object(body, lists=list_names) if list_names else json_codec.parse(body)
        except json_items.TooMuchOutside as error:
            raise ApiError(Code.PAYLOAD_TOO_LARGE, str(error)) from error
        except json_codec.MalformedJSON as error:
            raise ApiError(Code.MALFORMED_JSON, str(error)) from error
        if not isinstance(document, dict):
            raise ApiError(Code.MALFORMED_JSON, "The body must be one JSON object.")
        return document


def _why_only_in_background(body: bytes) -> str:
    """Return a message if a batch may not be processed before it is answered, because its body is too large.

    Returns an empty text for any other body.
    """
    advice = "Send it with the header Prefer: respond-async, or split it."
    if len(body) > settings.MAX_BATCH_BODY_BYTES:
        return f"The body may have at most {settings.MAX_BATCH_BODY_BYTES:,} bytes. {advice}"
    if json_values.has_more_values(body, MAX_JSON_VALUES):
        return f"The body may have at most {MAX_JSON_VALUES:,} JSON values. {advice}"
    return ""


def _refuse_many_values(body: bytes, limit: int) -> None:
    """Raise ApiError `payload_too_large` if a JSON text has more than `limit` values."""
    if json_values.has_more_values(body, limit):
        message = f"The body may have at most {limit:,} JSON values. Split it into several requests."
        raise ApiError(Code.PAYLOAD_TOO_LARGE, message)


def _refuse_other_charsets(content_type: str) -> None:
    """Raise ApiError `unsupported_media_type` if a Content-Type has a charset that is not UTF-8 or a part of it."""
    charset = parse_header_parameters(content_type)[1].get("charset", "utf-8")
    if charset.lower() not in ("utf-8", "utf8", "us-ascii", "ascii"):
        raise ApiError(
            Code.UNSUPPORTED_MEDIA_TYPE,
            f"The body must be JSON in UTF-8, not in {quote(charset)}. Encode it in UTF-8, "
            "and send it with Content-Type: application/json.",
        )


def _read(stream: IO[bytes], parser_context: Any) -> bytes:
    """Return the whole body, unpacked if it was sent with `Content-Encoding: gzip`.

    Content-Length is the number of bytes that the stream has, also for a body that was sent in chunks: the server sets
    it when the body has arrived, or when more than its limit has arrived.

    Raises ApiError: `unsupported_media_type` for another encoding, `payload_too_large` if the body is announced to be,
    or is, over the limit, packed or unpacked, and `malformed_json` if the gzip data is broken.
    """
    request = parser_context["request"]
    limit: int = getattr(parser_context["view"], "max_body_bytes", None) or settings.MAX_BODY_BYTES
    is_packed = gzip_body.is_gzip(request)
    length = int(request.META.get("CONTENT_LENGTH") or 0)
    if length > limit:
        raise _too_large(limit)
    if length > settings.MAX_BODY_BYTES or (is_packed and limit > settings.MAX_BODY_BYTES):
        _make_room_for_large_body()
    return gzip_body.read(stream, limit) if is_packed else stream.read()


def _make_room_for_large_body() -> None:
    """Return the database connection to the pool, and free the large body of an earlier request.

    Parsing can take a second, and needs no connection. It is not taken again here: the next use of the database does
    that. Does not release it inside a transaction or without a pool. The REST framework's views refer to themselves, so
    only the garbage collector, which runs here, frees what they hold.
    """
    sql.release_connection()
    gc.collect()


def _too_large(limit: int) -> ApiError:
    """Return the error for a body of more than `limit` bytes."""
    return ApiError(Code.PAYLOAD_TOO_LARGE, f"The body may have at most {limit:,} bytes.")
