"""Write the file of an export. A worker calls this.

An interrupted export starts again from the beginning. Each attempt has a number, and only the latest one may change the
export. So a worker that is late, or works on an aborted or deleted export, stops, and no half-written file is offered.
"""

import errno
from collections.abc import Callable, Iterator
from contextlib import suppress
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

import structlog
from django.apps import apps
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import SuspiciousOperation
from django.db import DataError, InterfaceError, OperationalError, reset_queries, transaction
from django.utils import timezone, translation
from psycopg.errors import QueryCanceled

from ordinavo.common.exports import listing, writers
from ordinavo.common.exports.models import Export
from ordinavo.common.exports.submission import discard_file
from ordinavo.common.files import storage

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 10
"""How often a worker begins an export before it is Failed."""
PROGRESS_SECONDS = 1.0
"""How often a worker stores how far it is, and notices that an export was aborted."""

_WRITERS = {Export.Format.CSV.value: writers.csv_file, Export.Format.XLSX.value: writers.workbook}
CONTENT_TYPES = {
    Export.Format.CSV.value: "text/csv; charset=utf-8",
    Export.Format.XLSX.value: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class HandedBack(Exception):
    """The worker stops. Another one, or the same after its restart, begins the export again."""


class _Superseded(Exception):
    """The export was aborted or deleted, or another worker has begun it again."""


def process(export_id: int, *, should_stop: Callable[[], bool]) -> None:
    """Write the file of an export. Does nothing if the export has ended already, or was deleted.

    Raises HandedBack soon after `should_stop` returns True, and OperationalError or InterfaceError if the database is
    away. Any other error ends the export as Failed with a reason for its owner.
    """
    export = _begin(export_id)
    if export is None:
        return
    with suppress(_Superseded):
        try:
            with translation.override(export.language):
                _write(export, _Progress(export, should_stop))
        except (HandedBack, _Superseded):
            raise
        except Exception as error:
            _note_failure(export, error)


def _begin(export_id: int) -> Export | None:
    """Begin an attempt and return its export, or None if there is nothing to do."""
    with transaction.atomic():
        exports = Export.objects.select_for_update(of=("self",)).select_related("owner")
        export = exports.filter(pk=export_id, finished_at=None).first()
        if export is None:
            return None
        discard_file(export)
        if export.attempts >= MAX_ATTEMPTS:
            export.status, export.failure = Export.Status.FAILED, Export.Failure.GIVEN_UP
            export.finished_at = timezone.now()
            export.save()
            return None
        export.status, export.attempts = Export.Status.PROCESSING, export.attempts + 1
        export.total_rows, export.written_rows = None, 0
        export.save()
    return export


class _Progress:
    """Stores now and then how far the attempt is, and notices that it has to end."""

    def __init__(self, export: Export, should_stop: Callable[[], bool]) -> None:
        self._export, self._should_stop = export, should_stop
        self._stored_at = 0.0

    def report(self, **values: Any) -> None:
        """Store values of the export if the last time is long enough ago.

        Raises HandedBack if the worker is to stop, and _Superseded if the attempt is not the latest one any more.
        """
        reset_queries()  # with DEBUG=true, Django keeps the text of all statements, also of those that store the file
        if self._should_stop():
            raise HandedBack
        if monotonic() - self._stored_at > PROGRESS_SECONDS:
            _update(self._export, **values)
            self._stored_at = monotonic()


def _write(export: Export, progress: _Progress) -> None:
    """Write the rows to a temporary file, and store it."""
    rows = listing.open_list(export)
    _update(export, total_rows=len(rows))
    written = 0
    with TemporaryDirectory(prefix="ordinavo-export-") as folder:
        path = f"{folder}/export"
        with _WRITERS[export.format](path, rows.headers) as writer:
            for page in rows.pages():
                for row in page:
                    writer.write(row)
                written += len(page)
                progress.report(written_rows=written)
        _store(export, path, progress, rows=written)


def _store(export: Export, path: str, progress: _Progress, *, rows: int) -> None:
    """Store the finished file in the database, and end the export as Completed."""
    with transaction.atomic():
        file = storage.create(name=_file_name(export), content_type=CONTENT_TYPES[export.format])
        _update(export, file=file, written_rows=rows)
    export.file = file
    storage.fill(file, _pieces(path, progress))
    _update(export, status=Export.Status.COMPLETED, total_rows=rows, finished_at=timezone.now())
    log.info("export_completed", **_facts(export), rows=rows, bytes=file.size)


def _pieces(path: str, progress: _Progress) -> Iterator[bytes]:
    """Yield the bytes of a file in pieces."""
    with open(path, "rb") as content:
        while piece := content.read(storage.PART_BYTES):
            progress.report()
            yield piece


def _file_name(export: Export) -> str:
    """Return the name of the file, such as "Target-2026-06-25.csv"."""
    model = apps.get_model(export.model)
    return f"{model.__name__}-{timezone.localdate(export.created_at)}.{export.format}"


def _update(export: Export, **values: Any) -> None:
    """Store values of an export. Raises _Superseded if the attempt is not the latest one, or the export has ended."""
    latest = Export.objects.filter(pk=export.pk, attempts=export.attempts, status=Export.Status.PROCESSING)
    if not (latest.update(**values) if values else latest.exists()):
        raise _Superseded


def _note_failure(export: Export, error: Exception) -> None:
    """End an export as Failed with the reason of an error. Raises the error if it is to be tried again instead."""
    failure = _failure(error)
    if failure is None:
        log.warning("export_interrupted", **_facts(export), error=type(error).__name__)
        raise error
    with transaction.atomic():
        _update(export, status=Export.Status.FAILED, failure=failure, finished_at=timezone.now())
        discard_file(export)
    details = {"exc_info": error} if failure == Export.Failure.ERROR else {}
    log.error("export_failed", **_facts(export), reason=str(failure), **details)


def _failure(error: Exception) -> Export.Failure | None:
    """Return why an export failed, or None if the database was away, so that it is to be tried again.

    A statement that took too long is TOO_SLOW, a full disk NO_SPACE, and what nobody expected is ERROR.
    """
    match error:
        case listing.NotAllowed():
            return Export.Failure.NOT_ALLOWED
        case IncorrectLookupParameters() | SuspiciousOperation() | DataError():
            return Export.Failure.UNUSABLE_FILTERS
        case OperationalError() if isinstance(error.__cause__, QueryCanceled):
            return Export.Failure.TOO_SLOW
        case OperationalError() | InterfaceError():
            return None
        case OSError(errno=errno.ENOSPC | errno.EDQUOT):
            return Export.Failure.NO_SPACE
        case _:
            return Export.Failure.ERROR


def _facts(export: Export) -> dict[str, Any]:
    """Return what the log says of an export: who exported which list, in which form."""
    user = export.owner.get_username() if export.owner else None
    return {"export": export.pk, "user": user, "model": export.model, "format": export.format}
