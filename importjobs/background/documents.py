"""Store the documents of a job in parts, and read them back one part at a time.

A job may have a million documents, so they are never in memory together.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from importjobs.chunks import CHUNK_BYTES, PositionedDocument
from importjobs.models import DocumentPart, StoredDocuments
from ordinavo.common import json_codec

PART = 500
"""Documents that a worker imports in one transaction. A single import to one of their targets waits for its end."""


class DocumentText(NamedTuple):
    """A document that is to be stored."""

    identity: str
    """As of `targets.documents.identity`."""
    text: bytes
    """Its JSON, in UTF-8, which `json_codec.parse` accepts."""


def store(documents: Iterable[DocumentText], *, defaults: Mapping[str, Any]) -> StoredDocuments:
    """Store documents in parts of at most PART documents and about CHUNK_BYTES bytes, in their order.

    `defaults` are the fields of the batch that fill what a document does not send. Must run in the transaction that
    also stores the job. Raises what iterating over `documents` raises.
    """
    stored = StoredDocuments.objects.create(defaults=dict(defaults), count=0)
    seen: set[int] = set()  # hashes take half the memory of a million ids; that two are equal by chance does no harm
    repeated: dict[str, None] = {}
    for number, part in enumerate(_parts(documents)):
        content = zlib.compress(b"[" + b",".join(one.text for one in part) + b"]", 1)
        DocumentPart.objects.create(
            documents=stored, number=number, first_position=stored.count, count=len(part), content=content
        )
        stored.count += len(part)
        for identity in (one.identity for one in part if one.identity):
            if (hashed := hash(identity)) in seen:
                repeated[identity] = None
            seen.add(hashed)
    stored.repeated_ids = list(repeated)
    stored.save(update_fields=["count", "repeated_ids"])
    return stored


def read_part(part: DocumentPart, defaults: Mapping[str, Any]) -> list[PositionedDocument]:
    """Return the documents of a part with their positions. `defaults` fill what a document does not send."""
    text = zlib.decompress(part.content)
    values = json_codec.parse(text, levels=len(text))  # each document's own depth was checked before it was stored
    return [
        PositionedDocument(part.first_position + number, with_defaults(value, defaults))
        for number, value in enumerate(values)
    ]


def with_defaults(document: Any, defaults: Mapping[str, Any]) -> Any:
    """Return a copy of a document in which the defaults, given by field name, fill the fields that it does not send.

    An operation of null counts as not sent; a null in any other field counts as sent. A document that is not an object
    is returned unchanged.
    """
    if not isinstance(document, dict):
        return document
    own = dict(document)
    if own.get("operation") is None:
        own.pop("operation", None)
    return own | {name: value for name, value in defaults.items() if name not in own}


def _parts(documents: Iterable[DocumentText]) -> Iterator[list[DocumentText]]:
    """Yield the documents in lists that are neither empty nor larger than a part may be."""
    part: list[DocumentText] = []
    size = 0
    for one in documents:
        if part and (len(part) == PART or size + len(one.text) > CHUNK_BYTES):
            yield part
            part, size = [], 0
        part.append(one)
        size += len(one.text)
    if part:
        yield part
