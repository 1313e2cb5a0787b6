"""The command `manage.py import_file`."""

import getpass
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, transaction
from django.db.models import Q

from importjobs import rejections
from importjobs.files import imports, intake, unattended
from importjobs.files.layout import UnreadableFile
from importjobs.files.rejected_beside import free_rejected_path, write_rejected_rows
from importjobs.models import FileImport, JobRecord
from ordinavo import background_workers
from ordinavo.common import workers
from ordinavo.common.files.names import storable_name
from ordinavo.management.file_options import add_way_arguments, way_of
from ordinavo.management.import_progress import ImportProgress
from targets.models import SourceSystem

SOME_REJECTED = 2
"""The exit status if rows were rejected, or would be. 1 if the file was not imported to its end, 0 if all went well."""


class Command(BaseCommand):
    """Import a file, or only check it, and say what happened to its rows."""

    help = (
        "Import a CSV, XLSX, JSON or NDJSON file. The exit status is 0 if all rows were accepted, 2 if rows were "
        "rejected, and 1 if the file was not imported to its end."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the file, how it is imported, and what is done with its rejected rows."""
        parser.add_argument("path", type=Path, help="the file")
        add_way_arguments(parser)
        parser.add_argument("--dry-run", action="store_true", help="only check the file, and change nothing")
        parser.add_argument("--again", action="store_true", help="import it although the same file was imported before")
        parser.add_argument(
            "--rejected-rows", type=Path, metavar="PATH", help="where to write rejected rows (default: beside the file)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Import the file and wait for the end. Raises CommandError if it cannot be imported, or rows were rejected.

        If no worker is running, one runs beside the command. Ctrl-C ends the command; what it has started goes on when
        a worker runs.
        """
        path, dry_run = options["path"], options["dry_run"]
        way = way_of(options, origin=FileImport.Origin.COMMAND, created_by=f"{getpass.getuser()} (import_file)")
        if way.source_system.paused_at and not dry_run:
            raise CommandError(f"The source system {way.source_system.key} is paused. Resume it in the admin first.")
        file_import = None
        try:
            file_import = _created(path, way)
            record = self._imported(file_import, dry_run=dry_run, is_again=options["again"])
            self._report(file_import, record, options["rejected_rows"] or free_rejected_path(path))
        except KeyboardInterrupt:
            raise CommandError(_interrupted(file_import, dry_run=dry_run)) from None
        if dry_run:
            imports.discard(file_import)
        if record.rejected_items:
            was = "would be rejected" if dry_run else "were rejected"
            raise CommandError(
                f"{record.rejected_items:,} of {record.total_items:,} rows {was}.", returncode=SOME_REJECTED
            )

    def _imported(self, file_import: FileImport, *, dry_run: bool, is_again: bool) -> JobRecord:
        """Import or rehearse a stored file, and return the job or the rehearsal when all rows were tried."""
        self._show_columns(file_import)
        if dry_run:
            imports.start_rehearsal(file_import)
        else:
            _start_import(file_import, is_again=is_again)
        has_worker = workers.has_worker()
        with background_workers.running(0 if has_worker else 1, is_quiet=True):
            progress = ImportProgress(file_import, dry_run=dry_run, write=self.stdout.write)
            record = progress.wait(is_own_worker=not has_worker)
        _require_result(record)
        return record

    def _show_columns(self, file_import: FileImport) -> None:
        """Write which field each column holds, with the first values. Raises CommandError if a first row is faulty."""
        try:
            headings, samples = imports.preview(file_import)
        except UnreadableFile as error:
            imports.discard(file_import)
            raise CommandError(str(error)) from error
        for heading in headings:
            values = ", ".join(samples[heading])
            self.stdout.write(f"{heading} -> {file_import.columns.get(heading) or '(ignored)'}   {values[:60]}")

    def _report(self, file_import: FileImport, record: JobRecord, rejected_rows: Path) -> None:
        """Write how many rows were imported, why others were not, and where these are."""
        counts = {
            "created": record.created_items,
            "updated": record.updated_items,
            "cancelled": record.cancelled_items,
            "skipped": record.skipped_items,
            "rejected": record.rejected_items,
        }
        would = "" if file_import.job else "would be "
        results = ", ".join(f"{number:,} {would}{name}" for name, number in counts.items() if number)
        self.stdout.write(f"{record.total_items:,} rows: {results}.")
        if file_import.job:
            self.stdout.write(f"Import job {file_import.job.pk}: {file_import.job.get_status_display()}")
        for cause in rejections.rejection_causes(record):
            self.stdout.write(f"{cause.items:,} x {cause.field or '(row)'}: {cause.message} [{cause.code}]")
        if record.rejected_items:
            try:
                write_rejected_rows(file_import, rejected_rows)
            except OSError as error:
                was = "Nothing was imported." if file_import.job is None else "The other rows were imported."
                text = f"The rejected rows cannot be written to {rejected_rows}: {error.strerror}. {was}"
                raise CommandError(text, returncode=SOME_REJECTED) from error
            self.stdout.write(f"The rejected rows are in {rejected_rows}. Correct them there and import that file.")


def _created(path: Path, way: unattended.Way) -> FileImport:
    """Store a file of the disk and its import. Raises CommandError if it cannot be read."""
    try:
        with path.open("rb") as content:
            file_import = unattended.create(
                iter(lambda: content.read(1024 * 1024), b""), name=storable_name(path), way=way
            )
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except UnreadableFile as error:
        raise CommandError(str(error)) from error
    return file_import


def _start_import(file_import: FileImport, *, is_again: bool) -> None:
    """Let a worker import a file. Raises CommandError, and discards the file, if the same one was imported before.

    Two commands with the same file wait for each other here. `is_again` allows it.
    """
    system = file_import.source_system_id
    with transaction.atomic():
        SourceSystem.objects.select_for_update(no_key=True).get(pk=system)
        same = FileImport.objects.filter(file__sha256=file_import.file.sha256, source_system=system)
        earlier = same.filter(Q(job__isnull=False) | Q(reading_for=intake.IMPORT)).first()
        if earlier is None or is_again:
            imports.start_import(file_import)
            return
    imports.discard(file_import)
    job = f"by import job {earlier.job_id}" if earlier.job_id else "already: it is being read"
    raise CommandError(f"The same file was imported {job}. Give --again to import it once more.")


def _require_result(record: JobRecord) -> None:
    """Raise CommandError if a job or rehearsal ended without having tried all rows."""
    name = record.get_status_display().lower()
    if record.failure:
        raise CommandError(f"The job {record.pk} was given up: {record.failure}")
    if record.untried_items:
        raise CommandError(f"The job {record.pk} was {name}. {record.untried_items:,} rows were not tried.")


def _interrupted(file_import: FileImport | None, *, dry_run: bool) -> str:
    """Return what goes on after Ctrl-C. A file whose import was not started is discarded, and so is a rehearsal."""
    if file_import is None:
        return "Nothing was imported."
    try:
        file_import.refresh_from_db()
    except Error:
        return "The database cannot be reached. `manage.py jobs` shows later whether the import was started."
    if dry_run or not (file_import.job or file_import.reading_for):
        imports.discard(file_import)
        return "The check was ended. Nothing was imported." if dry_run else "Nothing was imported."
    if file_import.job and file_import.job.has_ended:
        return f"Import job {file_import.job.pk} has ended: {file_import.job.get_status_display()}."
    job = f"Import job {file_import.job.pk}" if file_import.job else "The import"
    return f"{job} goes on while a worker is running. `manage.py jobs` shows it and can abort it."
