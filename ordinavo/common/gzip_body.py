"""Unpack a body that was sent with `Content-Encoding: gzip` (RFC 1952), but no more of it than the endpoint allows."""

import zlib
from collections.abc import Iterator
from typing import IO

from django.http import HttpRequest

from ordinavo.common.codes import Code
from ordinavo.common.errors import ApiError
from ordinavo.common.limits import MAX_GZIP_MEMBERS

_PACKED_BYTES, _UNPACKED_BYTES = 16 * 1024, 1024 * 1024
"""How much is read, and how much is unpacked at most, at a time."""
_GZIP = 16 + zlib.MAX_WBITS


def is_gzip(request: HttpRequest) -> bool:
    """Return whether the body of a request is packed with gzip, by its header Content-Encoding.

    `x-gzip` is another name of gzip, and `identity` is no encoding (RFC 9110, section 8.4.1). Raises ApiError
    `unsupported_media_type` for any other encoding, and for several ones.
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
    """Return the unpacked body. Several gzip members are unpacked one after the other.

    Raises ApiError: `payload_too_large` if more than `limit` bytes were sent or come out, as soon as that is known, or
    if there are too many members, and `malformed_json` if the gzip data is broken, ends early, or is followed by
    something else.
    """
    pieces: list[bytes] = []
    size = 0
    try:
        for piece in _unpacked(_limited(stream, limit), min(limit + 1, _UNPACKED_BYTES)):
            size += len(piece)
            if size > limit:
                raise _too_large(limit)
            pieces.append(piece)
        return b"".join(pieces)
    finally:
        pieces.clear()  # the traceback of an error stays in memory until the garbage collector runs


def _limited(stream: IO[bytes], limit: int) -> Iterator[bytes]:
    """Yield the packed body in pieces. Raises ApiError `payload_too_large` if it is longer than `limit` bytes."""
    size = 0
    while packed := stream.read(_PACKED_BYTES):
        size += len(packed)
        if size > limit:
            raise _too_large(limit)
        yield packed


def _unpacked(packed: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield the unpacked bytes of one gzip member after the other, in pieces of at most `size` bytes.

    Raises ApiError: `malformed_json` if the data is broken or ends within a member, and `payload_too_large` for more
    than MAX_GZIP_MEMBERS.
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
    """Return at most `size` further bytes of a gzip member. Raises ApiError `malformed_json` if the data is broken."""
    try:
        return member.decompress(packed, size)
    except zlib.error as error:
        message = "The gzip data of the body is broken, or something follows it. Pack the body again."
        raise ApiError(Code.MALFORMED_JSON, message) from error


def _too_large(limit: int) -> ApiError:
    """Return the error that a body has more than `limit` bytes, packed or unpacked."""
    return ApiError(Code.PAYLOAD_TOO_LARGE, f"The body may have at most {limit:,} bytes, after unpacking too.")
