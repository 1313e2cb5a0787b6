"""Read the documents of a JSON or NDJSON file."""

import os
from collections.abc import Iterator
from typing import IO, Any

import msgspec
from django.conf import settings
from django.utils.translation import gettext as _

from importjobs.background.documents import with_defaults
from importjobs.files.layout import UnreadableFile
from ordinavo.common import json_codec
from ordinavo.common.json_codec import MalformedJSON
from ordinavo.common.json_items import JSONItems, TooMuchOutside, parse_object

REASON_MEMBER = "importError"
"""The member of a document that says why it was rejected. It is dropped when the file is imported again."""
_LISTS = ("targets", "items")
_DEFAULTS = ("sourceSystem", "operation", "templateKey")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def json_documents(file: IO[bytes]) -> Iterator[tuple[int, Any]]:
    """Yield the documents of a JSON file with their numbers, counted from 1.

    The file is a list of documents, an object as the API takes it for a batch, or one document. Raises UnreadableFile
    if it is none of these, or larger than MAX_BACKGROUND_BODY_BYTES.
    """
    items, defaults = _items(_content(file))
    number = 0
    try:
        for number, document in enumerate(items, start=1):
            yield number, _without_reason(with_defaults(document, defaults))
    except MalformedJSON as error:
        raise _malformed(number + 1, error) from None


def ndjson_documents(file: IO[bytes]) -> Iterator[tuple[int, Any]]:
    """Yield the documents of an NDJSON file, one a line, with the numbers of their lines. Empty lines are skipped.

    Raises UnreadableFile if a line is not JSON or has more than MAX_BODY_BYTES bytes.
    """
    file.seek(0)
    number = 0
    while line := file.readline(settings.MAX_BODY_BYTES + 2):
        number += 1
        if len(line.rstrip(b"\r\n")) > settings.MAX_BODY_BYTES:
            text = _("Line %(line)d has more than %(count)d bytes. Send less with this target.")
            raise UnreadableFile(text % {"line": number, "count": settings.MAX_BODY_BYTES})
        if not (line.removeprefix(_BYTE_ORDER_MARK)).strip():
            continue
        try:
            yield number, _without_reason(json_codec.parse(line))
        except MalformedJSON as error:
            raise _malformed(number, error) from None


def is_ndjson(file: IO[bytes]) -> bool:
    """Return whether the first line is a whole JSON object, and a line that begins with { follows."""
    file.seek(0)
    first, following = _next_line(file), _next_line(file)
    try:
        return following[:1] == b"{" and isinstance(json_codec.parse(first), dict)
    except MalformedJSON:
        return False


def _next_line(file: IO[bytes]) -> bytes:
    """Return the next line that is not empty, without white space around it, or an empty text at the end."""
    while line := file.readline(settings.MAX_BODY_BYTES):
        if stripped := line.removeprefix(_BYTE_ORDER_MARK).strip():
            return stripped
    return b""


def _content(file: IO[bytes]) -> bytes:
    """Return the bytes of a file without a byte order mark. Raises UnreadableFile if it is too large."""
    if file.seek(0, os.SEEK_END) > settings.MAX_BACKGROUND_BODY_BYTES:
        text = _("The file has more than %(count)d bytes. Split it.")
        raise UnreadableFile(text % {"count": settings.MAX_BACKGROUND_BODY_BYTES})
    file.seek(0)
    return file.read().removeprefix(_BYTE_ORDER_MARK)


def _items(data: bytes) -> tuple[JSONItems | list[Any], dict[str, Any]]:
    """Return the documents in JSON text, and the fields of a batch that fill what they do not send.

    Raises UnreadableFile if the text is neither a list nor an object.
    """
    try:
        if data.lstrip()[:1] == b"[":
            return JSONItems("file", msgspec.json.decode(data, type=list[msgspec.Raw])), {}
        whole = {str(name): value for name, value in parse_object(data, lists=_LISTS).items()}
    except (MalformedJSON, TooMuchOutside, msgspec.DecodeError, RecursionError, UnicodeError) as error:
        text = _("The file is not valid JSON (%(fault)s). Correct it where it was written.")
        raise UnreadableFile(text % {"fault": error}) from None
    lists = [name for name in _LISTS if isinstance(whole.get(name), JSONItems)]
    if len(lists) == 2:
        raise UnreadableFile(_("The file has the lists “targets” and “items”. Use one of them."))
    if lists:
        return whole[lists[0]], {name: whole[name] for name in _DEFAULTS if whole.get(name) is not None}
    return [whole], {}


def _without_reason(document: Any) -> Any:
    """Return a document without the member that says why it was rejected before."""
    if isinstance(document, dict):
        document.pop(REASON_MEMBER, None)
    return document


def _malformed(number: int, error: MalformedJSON) -> UnreadableFile:
    """Return the error that a document or line is not JSON."""
    text = _("Document %(number)d is not valid JSON (%(fault)s). Correct it where it was written.")
    return UnreadableFile(text % {"number": number, "fault": error})
