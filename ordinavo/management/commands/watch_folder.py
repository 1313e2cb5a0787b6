"""The command `manage.py watch_folder`."""

import signal
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection

from importjobs.files.unattended import Way
from importjobs.folder import importing
from importjobs.folder.on_disk import Folder
from importjobs.models import FileImport
from ordinavo.common import workers
from ordinavo.common.files.names import storable_name
from ordinavo.management.file_options import add_way_arguments, way_of


class Command(BaseCommand):
    """Import each complete file of a folder, and move it to done/ or failed/, until SIGTERM or Ctrl-C."""

    help = (
        "Import each complete CSV, XLSX, JSON or NDJSON file of a folder, and move it to done/ or failed/ in it, with "
        "its rejected rows beside it. Runs until SIGTERM or Ctrl-C."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the folder, how its files are imported, and when it is looked at."""
        parser.add_argument("path", type=Path, help="the folder")
        add_way_arguments(parser)
        parser.add_argument(
            "--interval", type=_seconds, default=5.0, metavar="SECONDS",
            help="between two looks; a file that has not changed for so long is complete (default: 5)",
        )  # fmt: skip
        parser.add_argument("--once", action="store_true", help="end when the files that are there now are moved")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look at the folder again and again. Raises CommandError if it cannot be used, or an option is unknown.

        Errors of the disk or the database are written once, and the look is repeated after the interval.
        """
        path: Path = options["path"]
        created_by = f"watch_folder {storable_name(path.resolve())}"[:255]
        way = way_of(options, origin=FileImport.Origin.FOLDER, created_by=created_by)
        try:
            folder = Folder(path)
        except (OSError, ValueError) as error:
            raise CommandError(f"The folder {path} cannot be used: {error}") from error
        self._remarks: set[str] = set()
        stopping = Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: stopping.set())
        self._watch(folder, way, stopping, seconds=options["interval"], once=options["once"])

    def _watch(self, folder: Folder, way: Way, stopping: Event, *, seconds: float, once: bool) -> None:
        """Look at the folder after each interval, until told to stop, or with `once` until all is moved."""
        looks = 0
        while True:
            try:
                self._look(folder, way)
                looks += 1
                is_idle = looks > 1 and not importing.in_work(folder)
                self._remarks -= {remark for remark in self._remarks if remark.startswith("Error")}
            except (OSError, Error) as error:
                connection.close()
                self._remark(f"Error, tried again every {seconds:g} seconds: {error}".strip())
                is_idle = False
            if (once and is_idle) or stopping.wait(seconds):
                return

    def _look(self, folder: Folder, way: Way) -> None:
        """Move the files whose import has ended, and submit those that are complete.

        A file that the disk refuses to read or to move does not keep the others waiting. Raises OSError if the folder
        itself cannot be read.
        """
        folder.require_same()
        for row in importing.ended(folder):
            with self._refusals_of(row.name, "moved"):
                if moved := importing.move(folder, row):
                    self._write(f"{moved.name} -> {moved.destination}: {moved.text}")
        for found in folder.complete_files():
            name = storable_name(found.path)
            with self._refusals_of(name, "read"):
                if importing.submit(folder, found, way):
                    self._write(f"{name}: found")
        if importing.in_work(folder) and not workers.has_worker():
            self._remark("No worker is running, so the files wait. Start one: python -m ordinavo.worker")
        else:
            self._remarks -= {remark for remark in self._remarks if remark.startswith("No worker")}

    @contextmanager
    def _refusals_of(self, name: str, verb: str) -> Iterator[None]:
        """Write it if the disk refuses to do something with a file in the block, and go on."""
        try:
            yield
        except OSError as error:
            self._remark(f"{name} cannot be {verb}: {error.strerror}. It is tried again.")

    def _remark(self, text: str) -> None:
        """Write a line to stderr, but only once until its cause is gone."""
        if text not in self._remarks:
            self._remarks.add(text)
            self.stderr.write(text)
            self.stderr.flush()

    def _write(self, text: str) -> None:
        """Write a line at once, also into a pipe."""
        self.stdout.write(text)
        self.stdout.flush()


def _seconds(text: str) -> float:
    """Return the seconds of an option. Raises ArgumentTypeError below 0.1, or if it is no number."""
    try:
        seconds = float(text)
    except ValueError as error:
        raise ArgumentTypeError("write a number of seconds") from error
    if not 0.1 <= seconds <= 3_600:
        raise ArgumentTypeError("write a number from 0.1 to 3600")
    return seconds
