"""Import a file: store it, match its columns, rehearse it and import it. Pages and commands call these functions.

The file is read into documents by a worker, once: an import that follows a rehearsal uses the same documents.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from typing import IO, NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from importjobs.background import queue, submission
from importjobs.files import columns as column_matching
from importjobs.files import earlier_files, intake, reading, rejected, stored_content
from importjobs.files.layout import Layout, UnreadableFile
from importjobs.files.reasons import Reasons
from importjobs.models import FileImport, JobRecord
from ordinavo.common.files import storage
from ordinavo.common.files.models import StoredFile
from ordinavo.common.lock_waits import retry_when_locked
from targets.models import SourceSystem

SAMPLES = 3
"""Values of each column that are shown as examples."""
_SAMPLED_ROWS = 50


class AlreadyImported(Exception):
    """The import of the file was started already, so nothing about it can be changed."""


class NotRehearsed(Exception):
    """The rehearsal that staff have seen is not that of the file any more, or has not ended."""


class InactiveSourceSystem(Exception):
    """The source system was deactivated, so nothing can be imported for it."""


class Preview(NamedTuple):
    """The columns of a file. Empty for a file without columns."""

    headings: list[str]
    samples: dict[str, list[str]]
    """The first different values of each column, by its heading."""


def store_file(content: Iterable[bytes], *, name: str) -> StoredFile:
    """Store the bytes of a file for `create` and return it.

    Raises UnreadableFile, and stores nothing, if it has more than MAX_FILE_BYTES bytes.
    """
    return storage.store(_limited(content), name=name)


def too_large() -> str:
    """Return the translated sentence about a file that has more than MAX_FILE_BYTES bytes."""
    limit = settings.MAX_FILE_BYTES // 1024 // 1024
    return _("The file has more than %(limit)d MiB. Split it into smaller ones.") % {"limit": limit}


def create(
    *,
    origin: str,
    source_system: SourceSystem,
    file: StoredFile,
    operation: str,
    template_key: str,
    created_by: str,
    numbers: str | None = None,
) -> FileImport:
    """Store the import of a file, with its layout and with a proposal for its columns. Nothing is imported yet.

    `origin` is one of FileImport.Origin. `numbers` overrides how text cells write numbers: german or english. Raises
    UnreadableFile, and stores nothing, if the file cannot be read. A worker will say in the active language why it
    cannot read a row.
    """
    with stored_content.opened(file) as content:
        layout = reading.detect(content, file.name)
        headings = reading.headings(content, layout) if layout.has_columns else []
    numbers = numbers or earlier_files.number_style_before(headings, source_system)
    layout = replace(layout, numbers=numbers) if numbers else layout
    template = intake.template_of(template_key, source_system)
    columns = column_matching.propose(headings, source_system=source_system, template=template)
    return FileImport.objects.create(
        origin=origin,
        source_system=source_system,
        file=file,
        operation=operation,
        template_key=template_key,
        layout=layout.as_json(),
        columns=columns,
        language=get_language() or "",
        created_by=created_by,
    )


def preview(file_import: FileImport) -> Preview:
    """Return the headings of a table with sample values, as text. Empty lists for JSON and NDJSON.

    Raises UnreadableFile if one of the first rows cannot be read.
    """
    layout = Layout.from_json(file_import.layout)
    if not layout.has_columns:
        return Preview([], {})
    with stored_content.opened(file_import.file) as content:
        headings = reading.headings(content, layout)
        content.seek(0)
        samples: dict[str, list[str]] = {heading: [] for heading in headings}
        for row in islice(reading.rows(content, layout), _SAMPLED_ROWS):
            for heading, cell in zip(headings, row.cells, strict=False):
                if cell not in (None, "", *samples[heading]) and len(samples[heading]) < SAMPLES:
                    samples[heading].append(str(cell))
    return Preview(headings, samples)


def set_columns(file_import: FileImport, columns: Mapping[str, str | None], *, numbers: str | None = None) -> None:
    """Set the field of each column, by heading, and remember it for the next files of the source system.

    None means that the column is ignored. `numbers` says how text cells write numbers, german or english; None keeps
    what is stored. An earlier rehearsal, which read the columns otherwise, is discarded. Raises AlreadyImported if the
    import was started already.
    """

    def change() -> None:
        """Change the columns and forget the rehearsal of other ones."""
        stored = _locked_before_import(file_import)
        layout = stored.layout | ({"numbers": numbers} if numbers else {})
        if dict(columns) != stored.columns or layout != stored.layout:
            _discard_rehearsal(stored)
        stored.columns, stored.layout, stored.failure = dict(columns), layout, ""
        stored.save()
        column_matching.remember(stored.source_system, columns)

    _while_worker_pauses(change)
    file_import.refresh_from_db()


def start_rehearsal(file_import: FileImport) -> None:
    """Let a worker read the file and rehearse its documents. Does nothing if that was done already."""
    _start(file_import, intake.REHEARSE)


def repeat_rehearsal(file_import: FileImport) -> None:
    """Discard what a rehearsal has found, and let a worker read and rehearse the file again.

    Raises AlreadyImported if the import was started already.
    """

    def change() -> None:
        """Forget the rehearsal and enqueue the reading."""
        stored = _locked_before_import(file_import)
        _discard_rehearsal(stored)
        stored.failure = ""
        stored.save()
        queue.enqueue_reading(stored, intake.REHEARSE)

    _while_worker_pauses(change)
    file_import.refresh_from_db()


def import_rehearsed(file_import: FileImport, *, rehearsal_id: int | None, started_by: str) -> bool:
    """Start the import of a file whose rehearsal staff have seen. Returns False if its import job exists already.

    `started_by` becomes the sender of the job. Raises NotRehearsed if that rehearsal was repeated or discarded or has
    not ended, and InactiveSourceSystem; nothing is imported then.
    """
    with transaction.atomic():
        stored = _locked(file_import)
        is_new = stored is None or stored.job_id is None
        if is_new:
            if stored is None or stored.documents_id is None or not stored.is_rehearsed:
                raise NotRehearsed
            if stored.rehearsal_id != rehearsal_id:
                raise NotRehearsed
            if not stored.source_system.active:
                raise InactiveSourceSystem
            FileImport.objects.filter(pk=stored.pk).update(created_by=started_by)
            start_import(stored)
    file_import.refresh_from_db()
    return is_new


def start_import(file_import: FileImport) -> None:
    """Let a worker import the file. Does nothing if its import job exists already.

    If the file was read for a rehearsal, the job is submitted at once and uses the same documents.
    """
    _start(file_import, intake.IMPORT)


def discard(file_import: FileImport) -> None:
    """Delete a file that is not imported, with its rehearsal and its documents. A worker that reads it stops.

    Raises AlreadyImported, and deletes nothing, if the import was started already.
    """

    def change() -> None:
        """Delete the rows, those that refer to others first."""
        stored = _locked_before_import(file_import)
        rehearsal = stored.rehearsal
        _discard_rehearsal(stored)
        stored.delete()
        stored.file.delete()
        if rehearsal:
            rehearsal.delete()

    _while_worker_pauses(change)


def rejected_file(file_import: FileImport, out: IO[bytes]) -> None:
    """Write the rejected rows of the import job, or else the rehearsal, as a file of the same form with reasons.

    Without rejected rows, or with neither a job nor a rehearsal, the file has no rows: only the headings, if it is a
    table. Raises UnreadableFile if the stored file cannot be read.
    """
    layout = Layout.from_json(file_import.layout)
    record: JobRecord | None = file_import.job or file_import.rehearsal
    headings = {path: heading for heading, path in file_import.columns.items() if path}
    reasons: Mapping[int, str] = Reasons(record, headings) if record else {}
    with stored_content.opened(file_import.file) as content:
        rejected.write_rejected(content, layout, reasons, out)


def _start(file_import: FileImport, then: str) -> None:
    """Submit the job or the rehearsal of a file at once if its documents are stored, else the task that reads it."""
    with transaction.atomic():
        stored = (
            FileImport.objects.select_for_update(of=("self",))
            .select_related("documents", "source_system")
            .get(pk=file_import.pk)
        )
        if intake.is_read(stored):
            intake.submit(stored, then)
        elif not stored.job_id:
            FileImport.objects.filter(pk=stored.pk).update(failure="")
            queue.enqueue_reading(stored, then)
    file_import.refresh_from_db()


def _while_worker_pauses(change: Callable[[], None]) -> None:
    """Run a change of a file in a transaction, between two parts of a rehearsal that a worker is processing.

    Raises TargetLocked or TooManyWaiting if the worker does not release it within LOCK_WAIT_SECONDS.
    """

    def attempt(_is_retry: bool) -> None:
        """Run the change once. Raises OperationalError if the worker holds the rehearsal for SHORT_WAIT_MS."""
        with transaction.atomic():
            change()

    retry_when_locked(attempt, seconds=settings.LOCK_WAIT_SECONDS)


def _locked_before_import(file_import: FileImport) -> FileImport:
    """Return a file import, locked until the transaction ends.

    Raises AlreadyImported if it has an import job, and FileImport.DoesNotExist if it was deleted.
    """
    stored = _locked(file_import)
    if stored is None:
        raise FileImport.DoesNotExist
    if stored.job_id:
        raise AlreadyImported(f"The import job {stored.job_id} imports this file.")
    return stored


def _locked(file_import: FileImport) -> FileImport | None:
    """Return a file import as it is stored now, locked until the transaction ends, or None if it was deleted."""
    imports = FileImport.objects.select_for_update(of=("self",)).select_related("file", "source_system", "rehearsal")
    return imports.filter(pk=file_import.pk).first()


def _discard_rehearsal(file_import: FileImport) -> None:
    """Abort a running rehearsal of a file, and delete its documents. Does not save `file_import`."""
    if file_import.rehearsal and not file_import.rehearsal.has_ended:
        submission.abort(file_import.rehearsal)
    documents, file_import.documents, file_import.rehearsal = file_import.documents, None, None
    file_import.read_rows = 0
    if documents:
        FileImport.objects.filter(pk=file_import.pk).update(documents=None)
        documents.runs.all().delete()
        documents.delete()


def _limited(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same pieces. Raises UnreadableFile once they exceed MAX_FILE_BYTES bytes together."""
    size = 0
    for piece in content:
        size += len(piece)
        if size > settings.MAX_FILE_BYTES:
            raise UnreadableFile(too_large())
        yield piece
