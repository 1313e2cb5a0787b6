"""Wait for the end of a file's import or rehearsal, and show how far it is."""

import sys
from collections.abc import Callable
from time import sleep

from django.core.management.base import CommandError
from django.db import Error, connection
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from importjobs.files import unattended
from importjobs.models import FileImport, JobRecord
from ordinavo.common import workers

_LOOK_SECONDS = 0.3
_NO_WORKER = "No worker is running, so nothing goes on. Start one: python -m ordinavo.worker"
_NO_DATABASE = "The database cannot be reached. The command waits for it; Ctrl-C ends the command."


class ImportProgress:
    """A progress bar on a terminal, else a line for each stage. What an import waits for is said once."""

    def __init__(self, file_import: FileImport, *, dry_run: bool, write: Callable[[str], object]) -> None:
        """`write` writes a line; on a terminal, lines appear above the bar instead."""
        self._file_import, self._dry_run = file_import, dry_run
        columns = [TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()]
        is_terminal = sys.stdout.isatty()
        self._bar = Progress(
            *columns, TimeElapsedColumn(), TimeRemainingColumn(), disable=not is_terminal, transient=True
        )
        self._write = self._print_above_bar if is_terminal else write
        self._task = self._bar.add_task("", total=None)
        self._said: set[str] = set()
        self._stage = ""

    def wait(self, *, is_own_worker: bool) -> JobRecord:
        """Wait until the job or the rehearsal has ended, and return it. An outage of the database does not end it.

        Says so if no worker is alive, unless this process has started one. Raises CommandError if the file was
        discarded or cannot be read.
        """
        with self._bar:
            while True:
                try:
                    record = self._look()
                    if record and record.has_ended:
                        return record
                    self._say_what_it_waits_for(is_own_worker=is_own_worker)
                except Error:
                    connection.close()
                    self._say(_NO_DATABASE)
                sleep(_LOOK_SECONDS)

    def _look(self) -> JobRecord | None:
        """Show how far the import is now. Return its job or rehearsal, or None while the file is being read."""
        file_import = self._file_import
        try:
            file_import.refresh_from_db()
        except FileImport.DoesNotExist as error:
            raise CommandError("The file was discarded by somebody else, and nothing was imported.") from error
        if file_import.failure:
            raise CommandError(file_import.failure)
        record: JobRecord | None = file_import.rehearsal if self._dry_run else file_import.job
        if record is None:
            self._show("Reading", completed=file_import.read_rows, total=None)
        else:
            verb = "Checking" if self._dry_run else "Importing"
            self._show(verb, completed=record.recorded_items, total=record.total_items)
        return record

    def _show(self, stage: str, *, completed: int, total: int | None) -> None:
        """Move the bar, or write a line if the stage is a new one."""
        self._bar.update(self._task, description=stage, completed=completed, total=total)
        if self._bar.disable and stage != self._stage:
            self._write(f"{stage} {total:,} rows." if total else f"{stage} the file.")
        self._stage = stage

    def _say_what_it_waits_for(self, *, is_own_worker: bool) -> None:
        """Say it if the import does not go on for now, and why."""
        if not is_own_worker and not workers.has_worker():
            self._say(_NO_WORKER)
        elif not self._dry_run and (reason := unattended.waits_for(self._file_import)):
            self._say(reason)

    def _say(self, text: str) -> None:
        """Write a line, but only once."""
        if text not in self._said:
            self._said.add(text)
            self._write(text)

    def _print_above_bar(self, text: str) -> None:
        """Write a line above the bar."""
        self._bar.console.print(text, markup=False, highlight=False)
