"""Unpack request bodies that were sent with `Content-Encoding: gzip` (RFC 1952), up to the limit of the endpoint."""

import zlib
from collections.abc import Iterator
from functools import partial
from typing import IO

from django.http import HttpRequest

from ordinavo.common.codes import Code
from ordinavo.common.errors import ApiError
from ordinavo.common.limits import MAX_GZIP_MEMBERS

_PACKED_BYTES, _UNPACKED_BYTES = 16 * 1024, 1024 * 1024
"""The number of bytes that are read at a time, and the largest number that is unpacked at a time."""
_GZIP = 16 + zlib.MAX_WBITS


def is_gzip(request: HttpRequest) -> bool:
    """Return whether the header Content-Encoding of a request says that its body is packed with gzip.

    `x-gzip` means gzip, and `identity` means no encoding (RFC 9110, section 8.4.1). Raises ApiError
    `unsupported_media_type` for any other encoding, and for more than one.
    """
    sent = request.META.get("HTTP_CONTENT_ENCODING")
    if not sent:
        return False
    names = [name for part in sent.split(",") if (name := part.strip().lower()) not in ("", "identity")]
    if names not in ([], ["gzip"], ["x-gzip"]):
        raise ApiError(
            Code.UNSUPPORTED_MEDIA_TYPE,
            f"The body has the Content-Encoding {sent[:80]}, but only gzip is supported. Send it as gzip or unpacked.",
            headers={"Accept-Encoding": "gzip"},
        )
    return bool(names)


def read(stream: IO[bytes], limit: int) -> bytes:
    """Read a gzip body from a stream and return it unpacked. It may consist of several gzip members.

    Raises ApiError `payload_too_large` if the unpacked body has more than `limit` bytes, as soon as that is known, or
    if it has more than MAX_GZIP_MEMBERS members. Raises ApiError `malformed_json` if the gzip data is broken, ends
    early, or is followed by other data.
    """
    pieces: list[bytes] = []
    size = 0
    try:
        packed = iter(partial(stream.read, _PACKED_BYTES), b"")
        for piece in _unpacked(packed, min(limit + 1, _UNPACKED_BYTES)):
            size += len(piece)
            if size > limit:
                raise _too_large(limit)
            pieces.append(piece)
        return b"".join(pieces)
    finally:
        pieces.clear()  # the traceback of an error stays in memory until the garbage collector runs


def _unpacked(packed: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Unpack gzip data that comes in pieces, and yield the result in pieces of at most `size` bytes.

    The data may consist of several gzip members. Raises ApiError `malformed_json` if it is broken or ends within a
    member, and `payload_too_large` if it has more than MAX_GZIP_MEMBERS members.
    """
    member, members = zlib.decompressobj(_GZIP), 1
    for piece in packed:
        left = piece
        while left:
            if member.eof:
                member, members = zlib.decompressobj(_GZIP), members + 1
                if members > MAX_GZIP_MEMBERS:
                    message = f"The body may have at most {MAX_GZIP_MEMBERS:,} gzip members. Pack it as one."
                    raise ApiError(Code.PAYLOAD_TOO_LARGE, message)
            yield _unpack(member, left, size)
            left = member.unused_data if member.eof else member.unconsumed_tail
    while not member.eof:  # zlib may still hold bytes that did not fit into the last piece
        rest = _unpack(member, b"", size)
        if not rest and not member.eof:
            raise ApiError(Code.MALFORMED_JSON, "The gzip data of the body ends early. Send the whole body.")
        yield rest


def _unpack(member: "zlib._Decompress", packed: bytes, size: int) -> bytes:
    """Return at most `size` more unpacked bytes of a gzip member.

    Raises ApiError `malformed_json` if the data is broken.
    """
    try:
        return member.decompress(packed, size)
    except zlib.error as error:
        message = "The gzip data of the body is broken, or something follows it. Pack the body again."
        raise ApiError(Code.MALFORMED_JSON, message) from error


def _too_large(limit: int) -> ApiError:
    """Return the error for a body that has more than `limit` bytes, packed or unpacked."""
    return ApiError(Code.PAYLOAD_TOO_LARGE, f"The body may have at most {limit:,} bytes, after unpacking too.")
