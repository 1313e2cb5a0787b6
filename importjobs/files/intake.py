"""Read a stored file into the documents of a job, and submit the job. A worker calls this.

Each part of the documents is committed on its own, so that a long file keeps no transaction open and its progress can
be seen. If the worker is killed, the next one begins anew. The job is submitted when the file was read to its end.
"""

from collections.abc import Callable, Iterator
from typing import IO, Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, transaction
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext as _

from importjobs.background import documents as stored_documents
from importjobs.background import submission
from importjobs.background.documents import DocumentText
from importjobs.background.outcomes import HandedBack
from importjobs.files import conversion, reading, stored_content
from importjobs.files.layout import Layout, UnreadableFile
from importjobs.files.row_numbers import RowNumbers
from importjobs.models import FileImport, ImportJob, Rehearsal, StoredDocuments
from importjobs.runner import Batch
from ordinavo.common import json_codec
from ordinavo.common.json_values import has_more_values
from ordinavo.common.limits import MAX_BATCH_ID_LENGTH, MAX_ITEM_VALUES, MAX_JSON_DEPTH
from targets import documents as target_documents
from targets.models import SourceSystem
from templates.models import TargetTemplate

log = structlog.get_logger(__name__)

REHEARSE = "rehearse"
IMPORT = "import"
MAX_READINGS = 20
"""How often a worker begins to read a file before it gives it up: the file may be what kills the worker."""


class _Superseded(Exception):
    """Another worker reads the same file, or the file import was deleted."""


def read(file_import_id: int, then: str, *, should_stop: Callable[[], bool]) -> None:
    """Read a file into documents, then submit its rehearsal or its import job, as `then` says.

    Does nothing if that was submitted already. A file that cannot be read gets a `failure` instead of a job, and so
    does one that an error in our code stops. Looks at `should_stop` after each part, and raises HandedBack if the
    worker is to stop. Raises django.db.Error if the database cannot be reached.
    """
    file_import = _begin(file_import_id, then)
    if file_import is None:
        return
    with translation.override(file_import.language or settings.LANGUAGE_CODE):
        _read(file_import, then, should_stop)


def _read(file_import: FileImport, then: str, should_stop: Callable[[], bool]) -> None:
    """Read a file that this worker has begun, as `read` says. A failure is stored in the active language."""
    try:
        with stored_content.opened(file_import.file) as content:
            _store_documents(file_import, content, then, should_stop)
    except UnreadableFile as error:
        _fail(file_import, str(error))
    except _Superseded:
        return
    except HandedBack:
        FileImport.objects.filter(pk=file_import.pk, readings__gt=0).update(readings=F("readings") - 1)
        raise
    except (DatabaseError, InterfaceError):
        raise
    except Exception as error:
        log.error("file_not_read", file_import=file_import.pk, exc_info=error)
        _fail(file_import, _our_fault())


def _our_fault() -> str:
    """Return the translated sentence about a file that could be read if our code or our machine were right."""
    return _("Something went wrong on our side. Try again; if it fails again, tell your administrator.")


def template_of(key: str, source_system: SourceSystem) -> TargetTemplate | None:
    """Return the template of a key, or that of new targets of the source system if the key is empty, or None."""
    return TargetTemplate.objects.filter(key=key).first() if key else source_system.default_template


def is_read(file_import: FileImport) -> bool:
    """Return whether the file was read into documents to its end, and these are still stored."""
    return file_import.documents is not None and file_import.documents.count > 0


def submit(file_import: FileImport, then: str) -> None:
    """Submit the import job or the rehearsal of a file whose documents are stored, unless it has one.

    Must run in a transaction that has locked the row of `file_import`.
    """
    if file_import.job_id or (then == REHEARSE and file_import.rehearsal_id) or file_import.documents is None:
        return
    values: dict[str, Any] = {
        "documents": file_import.documents,
        "batch": _batch(file_import),
        "source_system": file_import.source_system,
        "submitted_by": file_import.created_by,
        "correlation_id": str(uuid4()),
    }
    if then == IMPORT:
        file_import.job = submission.submit(ImportJob, **values)
    else:
        file_import.rehearsal = submission.submit(Rehearsal, **values)
    file_import.reading_for = ""
    FileImport.objects.filter(pk=file_import.pk).update(
        job=file_import.job, rehearsal=file_import.rehearsal, reading_for=""
    )


def _begin(file_import_id: int, then: str) -> FileImport | None:
    """Make empty documents for a file and return its import, or None if nothing is left to read.

    What a killed worker has read is deleted. After MAX_READINGS the file gets a `failure` instead.
    """
    with transaction.atomic():
        file_import = _locked(file_import_id)
        if file_import is None or file_import.job_id or file_import.failure:
            return None
        if is_read(file_import):
            submit(file_import, then)
            return None
        if file_import.readings >= MAX_READINGS:
            log.error("file_given_up", file_import=file_import_id, readings=file_import.readings)
            with translation.override(file_import.language or settings.LANGUAGE_CODE):
                _fail(file_import, _our_fault())
            return None
        left = file_import.documents
        defaults = {"operation": file_import.operation}
        if file_import.template_key:
            defaults["templateKey"] = file_import.template_key
        file_import.documents = stored_documents.store((), defaults=defaults)
        file_import.read_rows, file_import.readings = 0, file_import.readings + 1
        file_import.save(update_fields=["documents", "read_rows", "readings"])
        if left:
            left.delete()
    return file_import


def _store_documents(file_import: FileImport, content: IO[bytes], then: str, should_stop: Callable[[], bool]) -> None:
    """Store the documents of a file, a part in each transaction, and then submit the job in one more.

    Raises UnreadableFile if the file is faulty or has no rows, _Superseded if another worker has begun with it, and
    HandedBack if the worker is to stop.
    """
    documents = file_import.documents
    assert documents is not None  # noqa: S101  _begin made them
    parts = stored_documents.Parts()
    numbers = RowNumbers()
    read_rows = 0
    for part in parts.split(_texts(file_import, content, numbers)):
        with transaction.atomic():
            _require_own(file_import.pk, documents, read_rows + len(part))
            stored_documents.store_part(documents, parts.number, read_rows, part)
        read_rows += len(part)
        if should_stop():
            raise HandedBack
    if not read_rows:
        raise UnreadableFile(_("The file has no rows. Check that you chose the right one."))
    with transaction.atomic():
        _require_own(file_import.pk, documents, read_rows)
        documents.count, documents.repeated_ids = read_rows, parts.repeated_ids()
        documents.save(update_fields=["count", "repeated_ids"])
        FileImport.objects.filter(pk=file_import.pk).update(row_offsets=numbers.jumps)
        stored = _locked(file_import.pk)
        assert stored is not None  # noqa: S101  locked by _require_own
        submit(stored, then)


def _require_own(file_import_id: int, documents: StoredDocuments, read_rows: int) -> None:
    """Store how many rows were read, and lock the row. Raises _Superseded if it has other documents by now."""
    if not FileImport.objects.filter(pk=file_import_id, documents=documents).update(read_rows=read_rows):
        raise _Superseded


def _texts(file_import: FileImport, content: IO[bytes], numbers: RowNumbers) -> Iterator[DocumentText]:
    """Yield the documents of a file as JSON, and note the numbers of their rows.

    Raises UnreadableFile if a document exceeds a limit, or the file is faulty.
    """
    layout = Layout.from_json(file_import.layout)
    for count, (number, document) in enumerate(_documents(file_import, content, layout), start=1):
        if count > settings.MAX_FILE_ROWS:
            raise UnreadableFile(
                _("The file has more than %(limit)d rows. Split it into smaller ones.")
                % {"limit": settings.MAX_FILE_ROWS}
            )
        numbers.note(number)
        yield DocumentText(target_documents.identity(document), _as_json(document, number))


def _documents(file_import: FileImport, content: IO[bytes], layout: Layout) -> Iterator[tuple[int, Any]]:
    """Yield the documents of a file with the numbers of their rows."""
    if not layout.has_columns:
        yield from reading.documents(content, layout)
        return
    headings = reading.headings(content, layout)
    content.seek(0)
    converter = conversion.Converter(
        headings,
        file_import.columns,
        layout=layout,
        template=template_of(file_import.template_key, file_import.source_system),
        source_system=file_import.source_system,
    )
    for row in reading.rows(content, layout):
        yield row.number, converter.document(row)


def _as_json(document: Any, number: int) -> bytes:
    """Return a document as JSON. Raises UnreadableFile, naming its row, if it exceeds a limit of a single import."""
    row = {"row": number}
    try:
        text = json_codec.dumps(document)
        if len(text) > settings.MAX_BODY_BYTES:
            limit = row | {"limit": settings.MAX_BODY_BYTES}
            raise UnreadableFile(_("Row %(row)d has more than %(limit)d bytes. Shorten its texts.") % limit)
        if has_more_values(text, MAX_ITEM_VALUES):
            limit = row | {"limit": MAX_ITEM_VALUES}
            raise UnreadableFile(_("Row %(row)d has more than %(limit)d values. Remove some of them.") % limit)
        json_codec.parse(text, levels=MAX_JSON_DEPTH - 2)
    except (TypeError, ValueError, RecursionError) as error:
        raise UnreadableFile(_("Row %(row)d cannot be read: %(error)s") % (row | {"error": error})) from error
    return text


def _fail(file_import: FileImport, reason: str) -> None:
    """Store why a file cannot be read, and delete what was read of it, unless another worker reads it by now."""
    documents = file_import.documents
    with transaction.atomic():
        owned = FileImport.objects.filter(pk=file_import.pk, documents=documents)
        if owned.update(failure=reason, documents=None, reading_for="") and documents:
            documents.delete()


def _batch(file_import: FileImport) -> Batch:
    """Return the facts about the batch of a file: its id is the name of the file."""
    return Batch(batch_id=file_import.file.name[:MAX_BATCH_ID_LENGTH], operation=file_import.operation)


def _locked(file_import_id: int) -> FileImport | None:
    """Return a file import, locked until the transaction ends, or None if it was deleted."""
    imports = FileImport.objects.select_for_update(of=("self",)).select_related("documents", "source_system", "file")
    return imports.filter(pk=file_import_id).first()
