"""Store the documents of a job in parts, and read them back one part at a time.

A job may have a million documents, so they are never in memory together.
"""

import zlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from importjobs.chunks import CHUNK_BYTES, PositionedDocument
from importjobs.models import DocumentPart, StoredDocuments
from ordinavo.common import json_codec
from ordinavo.common.sql import execute

PART = 500
"""Documents that a worker imports in one transaction. A single import to one of their targets waits for its end."""


# Not by the ORM: its statements contain the bytes, and psycopg keeps the text of the last 100 statements.
_INSERT_PART = (
    f"INSERT INTO {DocumentPart._meta.db_table} (documents_id, number, first_position, count, content) "  # noqa: S608
    "VALUES (%(documents)s, %(number)s, %(first)s, %(count)s, %(content)s)"
)


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
    parts = Parts()
    for part in parts.split(documents):
        store_part(stored, parts.number, stored.count, part)
        stored.count += len(part)
    stored.repeated_ids = parts.repeated_ids()
    stored.save(update_fields=["count", "repeated_ids"])
    return stored


def store_part(stored: StoredDocuments, number: int, first_position: int, part: list[DocumentText]) -> None:
    """Store one part of documents. The caller updates the `count` of `stored`."""
    content = zlib.compress(b"[" + b",".join(one.text for one in part) + b"]", 1)
    row = {"documents": stored.pk, "number": number, "first": first_position, "count": len(part), "content": content}
    execute(_INSERT_PART, row)


class Parts:
    """Split documents into parts, and note which identities more than one document has."""

    def __init__(self) -> None:
        self.number = -1
        """Of the part that was yielded last, counted from 0."""
        self._seen: set[int] = set()
        self._repeated: set[str] = set()

    def split(self, documents: Iterable[DocumentText]) -> Iterator[list[DocumentText]]:
        """Yield the documents, in their order, in lists of 1 to PART documents and at most CHUNK_BYTES bytes of JSON.

        A document of more than CHUNK_BYTES is in a list of its own.
        """
        for part in _parts(documents):
            self.number += 1
            for one in part:
                if one.identity:
                    self._note(one.identity)
            yield part

    def repeated_ids(self) -> list[str]:
        """Return the identities that more than one of the documents has, sorted."""
        return sorted(self._repeated)

    def _note(self, identity: str) -> None:
        """Note an identity. Only hashes are kept of a million; two that are equal by chance do no harm."""
        key = hash(identity)
        if key in self._seen:
            self._repeated.add(identity)
        self._seen.add(key)


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
    """Yield the documents, in their order, in lists of 1 to PART documents and at most CHUNK_BYTES bytes of JSON.

    A document of more than CHUNK_BYTES is in a list of its own.
    """
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
