"""Read the documents of the next part while PostgreSQL writes those of the present one.

Reading needs no database and waits for nothing, and a thread that waits for PostgreSQL lets other threads run. So the
two share the time on two processor cores. All database work stays in the worker's own thread.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Any, NamedTuple

from importjobs import chunks
from importjobs.background import documents as stored_documents
from importjobs.background.documents import PositionedDocument
from importjobs.models import DocumentPart, StoredDocuments
from targets.documents import Document


class ReadPart(NamedTuple):
    """The documents of a part, as they were sent and as they were read."""

    part: DocumentPart
    sent: list[PositionedDocument]
    read: list[Document]
    """Applying them changes them, so each list is used once."""


class PartReader:
    """Reads the parts of one job, each ahead of its turn. Close it by a with statement."""

    def __init__(self) -> None:
        """Start without anything read ahead."""
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="read-ahead")
        self._ahead: tuple[int, Future[ReadPart]] | None = None

    def __enter__(self) -> "PartReader":
        """Return the reader itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Wait for the part that is being read, and forget it."""
        self._executor.shutdown()

    def take(self, documents: StoredDocuments, number: int) -> ReadPart:
        """Return a part. It is read now if `read_ahead` was not called for it, or if it was taken before.

        Parts are counted from 0. Waits for the thread if it is still reading the part. Raises DocumentPart.DoesNotExist
        if there is no such part.
        """
        if self._ahead is not None and self._ahead[0] == number:
            future, self._ahead = self._ahead[1], None
            return future.result()
        return _read(_query(documents, number).get(), documents.defaults)

    def read_ahead(self, documents: StoredDocuments, number: int) -> None:
        """Load a part, and let another thread read it for `take`. Does nothing if there is no such part.

        Call it just before this thread waits for PostgreSQL: earlier, the two threads would only take turns.
        """
        part = _query(documents, number).first()
        if part is not None:
            self._ahead = number, self._executor.submit(_read, part, documents.defaults)


def _query(documents: StoredDocuments, number: int) -> Any:
    """Return the query of one part of some documents."""
    return DocumentPart.objects.filter(documents=documents, number=number)


def _read(part: DocumentPart, defaults: dict[str, Any]) -> ReadPart:
    """Return the documents of a part. Needs no database."""
    sent = stored_documents.read_part(part, defaults)
    return ReadPart(part, sent, chunks.read(sent))
