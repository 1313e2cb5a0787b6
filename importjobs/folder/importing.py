"""Import the files of a watched folder, each one once, and move them away.

While a file is being imported, it has a row (FolderFile), which is stored in one transaction with its import, and
deleted in one with its move. Whatever is killed, the next look at the folder goes on with what the row says.
"""

import os
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import structlog
from django.db import IntegrityError, transaction

from importjobs.files import imports, unattended
from importjobs.files.layout import UnreadableFile
from importjobs.files.rejected_beside import rejected_path, write_rejected_rows
from importjobs.files.unattended import Way
from importjobs.folder.on_disk import DONE, FAILED, Folder, Found, reason_path, version_at, version_of
from importjobs.models import FileImport, FolderFile
from ordinavo.common.files import storage
from ordinavo.common.files.names import storable_name
from ordinavo.common.sql import execute

log = structlog.get_logger(__name__)

_PIECE_BYTES = 1024 * 1024


class _Changed(Exception):
    """The file is not the one that was found any more. It is looked at again later."""


class Moved(NamedTuple):
    """A file that was moved away, and why."""

    name: str
    destination: str
    text: str
    """What became of its rows, or why it was not imported."""


def submit(folder: Folder, found: Found, way: Way) -> bool:
    """Store a complete file and let a worker import it, unless that was done already. Return whether it was done now.

    A file that cannot be understood gets a row with the reason, and is not imported. Raises OSError if it cannot be
    read from the disk.
    """
    try:
        with found.path.open("rb") as content, transaction.atomic():
            row = _new_row(folder, found)
            # The file may have been moved away since it was opened, and its row deleted.
            if version_of(os.fstat(content.fileno())) != found.version or version_at(found.path) != found.version:
                raise _Changed
            try:
                with transaction.atomic():
                    pieces = iter(lambda: content.read(_PIECE_BYTES), b"")
                    row.file_import = unattended.create(pieces, name=row.name, way=way)
                    imports.start_import(row.file_import)
            except UnreadableFile as error:
                row.file_import, row.failure = None, str(error)
            if version_of(os.fstat(content.fileno())) != found.version:
                raise _Changed  # somebody went on writing
            row.save()
    except (_Changed, FileNotFoundError):
        return False
    return True


def ended(folder: Folder) -> list[FolderFile]:
    """Return the files of the folder whose import has ended, or that cannot be imported. They are to be moved."""
    rows = FolderFile.objects.filter(folder=folder.id).select_related("file_import__file", "file_import__job")
    return [row for row in rows if _has_ended(row)]


def move(folder: Folder, row: FolderFile) -> Moved | None:
    """Move a file away, write its rejected rows beside it, and delete its row.

    Returns None if another process has done it meanwhile, or another file took the place; a later call goes on then.
    Raises OSError if the disk refuses; a later call goes on.
    """
    subfolder, text = _result(row)
    if not row.destination and not _plan(folder, row, subfolder):
        return None
    destination = folder.path / row.destination
    _write_beside(row, destination, text)
    with transaction.atomic():
        if not FolderFile.objects.select_for_update().filter(pk=row.pk, destination=row.destination).exists():
            return None
        source = _path_of(folder, row)
        is_taken = os.path.lexists(destination)
        if source is not None and is_taken:
            FolderFile.objects.filter(pk=row.pk).update(destination="")
            return None
        if source is not None:
            os.rename(source, destination)
        elif not (is_taken or folder.holds_moved(row.version)) and row.file_import:
            _write_copy(row.file_import, destination)  # the file was replaced or removed before it was moved
        folder.sync()
        row.delete()
    return Moved(row.name, row.destination, text)


def in_work(folder: Folder) -> int:
    """Return how many files of the folder are being imported or wait to be moved away."""
    return FolderFile.objects.filter(folder=folder.id).count()


def _new_row(folder: Folder, found: Found) -> FolderFile:
    """Store and return the row of a file. Another process that does the same waits for the end of the transaction.

    Raises _Changed if the file has a row already.
    """
    row = FolderFile(folder=folder.id, name=storable_name(found.path), version=found.version)
    try:
        row.save(force_insert=True)
    except IntegrityError as error:
        raise _Changed from error
    return row


def _plan(folder: Folder, row: FolderFile, subfolder: str) -> bool:
    """Decide where a file is moved, and commit that. Return False if another process has done so.

    Then a killed process leaves a row that says where its file is, or will be. The names are those of this row only.
    """
    with transaction.atomic():
        execute("SELECT pg_advisory_xact_lock(hashtextextended(%(folder)s, 0))", {"folder": str(folder.id)})
        planned = FolderFile.objects.filter(folder=folder.id).exclude(destination="")
        row.destination = folder.free_destination(
            subfolder, row.name, planned=planned.values_list("destination", flat=True)
        )
        return bool(FolderFile.objects.filter(pk=row.pk, destination="").update(destination=row.destination))


def _has_ended(row: FolderFile) -> bool:
    """Return whether the import of a file has ended, or was deleted."""
    if row.failure or row.file_import is None or row.file_import.failure:
        return True
    job = row.file_import.job
    return job.has_ended if job else not row.file_import.reading_for


def _path_of(folder: Folder, row: FolderFile) -> Path | None:
    """Return the path of the file of a row, or None if it was moved, removed or replaced by another file."""
    for name in os.listdir(folder.path):
        path = folder.path / name
        if storable_name(path) == row.name and version_at(path) == row.version:  # two names may be stored alike
            return path
    return None


def _result(row: FolderFile) -> tuple[str, str]:
    """Return the subfolder for a file, and what became of its rows or why it was not imported."""
    failure = row.failure or (row.file_import.failure if row.file_import else "")
    if failure:
        return FAILED, failure
    if row.file_import is None:
        return FAILED, "Its import was discarded, and nothing was imported. Move the file back to import it."
    job = row.file_import.job
    if job is None:
        return DONE, "Its import job was deleted."
    accepted = job.recorded_items - job.rejected_items
    text = f"Import job {job.pk}: {accepted:,} of {job.total_items:,} rows accepted, {job.rejected_items:,} rejected."
    if job.failure:
        text = f"Import job {job.pk} was given up: {job.failure} Resume it, or move the file back to import it again."
    elif job.untried_items:
        text += f" {job.untried_items:,} were not tried, because the job was aborted."
    return DONE if accepted and not job.untried_items else FAILED, text


def _write_beside(row: FolderFile, destination: Path, text: str) -> None:
    """Write the rejected rows beside the destination of a file, and if it goes to failed/, the reason as a text."""
    job = row.file_import.job if row.file_import else None
    if job and job.rejected_items and row.file_import:
        write_rejected_rows(row.file_import, rejected_path(destination))
    if row.destination.startswith(FAILED):
        reason_path(destination).write_text(f"{text}\n", encoding="utf-8")


def _write_copy(file_import: FileImport, path: Path) -> None:
    """Write the stored content of a file to a path."""
    unfinished = path.with_name(f".copy.{uuid4()}.tmp")
    with unfinished.open("wb") as out:
        for piece in storage.read(file_import.file):
            out.write(piece)
        out.flush()
        os.fsync(out.fileno())
    unfinished.replace(path)
