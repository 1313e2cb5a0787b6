"""Copies of the checkout in which a guard is removed and its tests are run, each with a database of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from secrets import token_hex

from django.db import connection

from tests.mutation.guard import Guard
from tests.servers import CHECKOUT, database_url

GUARD_SECONDS = 300
"""How long the tests of one guard may run."""
UNCHANGED_SECONDS = 3_600
"""How long the tests of all guards may run before any guard is removed."""
# hypothesis, faker and others take longer to load than most tests take to run.
_PYTEST = ["-m", "pytest", "-p", "pytest_django.plugin", "-p", "xdist.plugin", "-p", "no:cacheprovider"]
_PYTEST += ["-x", "-q", "--no-header", "--tb=short", "--reuse-db"]
_ENVIRONMENT = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
_FAILED = re.compile(r"^\d+ failed\b", re.MULTILINE)


class Verdict(StrEnum):
    """What became of the tests of a guard when it was removed."""

    NOTICED = "noticed"
    UNNOTICED = "unnoticed"
    """All of its tests passed."""
    BROKEN = "broken"
    """No test failed, but the tests did not pass either: they could not be collected, or did not end in time."""


@dataclass(frozen=True)
class Run:
    """The end of one run of pytest: its exit code, or None if it was ended because it took too long."""

    code: int | None
    output: str

    @property
    def verdict(self) -> Verdict:
        """The verdict about the guard that was removed in this run."""
        if self.code == 0:
            return Verdict.UNNOTICED
        return Verdict.NOTICED if self.code == 1 and _FAILED.search(self.output) else Verdict.BROKEN


@dataclass(frozen=True)
class Workshop:
    """A copy of the tracked files of the checkout, and the name of the database that its tests use."""

    folder: Path
    database: str
    template: str
    """The migrated database of which each run of the tests gets a copy."""

    def test_unchanged(self, tests: Iterable[str]) -> Run:
        """Run these tests without removing a guard."""
        return self._run(tests, UNCHANGED_SECONDS, {})

    def test_without(self, guard: Guard) -> Run:
        """Remove the guard, run its tests, and restore the file. Raises ValueError if the file has no such guard."""
        path = self.folder / guard.file
        original, times = path.read_text(), path.stat()
        path.write_text(guard.removed_from(original))
        # Python compiles a file again if its size or its time in seconds changed. Nothing compiled is kept of this run.
        os.utime(path, (times.st_atime, times.st_mtime + 10))
        try:
            return self._run(guard.tests, GUARD_SECONDS, {"PYTHONDONTWRITEBYTECODE": "1"})
        finally:
            path.write_text(original)
            os.utime(path, (times.st_atime, times.st_mtime))

    def _run(self, tests: Iterable[str], seconds: int, environment: dict[str, str]) -> Run:
        """Run pytest in the folder with a new copy of the database. End it and what it started after these seconds."""
        with _copied_database(self.template, f"test_{self.database}"):
            environment = _ENVIRONMENT | {"DATABASE_URL": database_url(self.database)} | environment
            command = [sys.executable, *_PYTEST, *tests]
            process = _start(command, self.folder, environment)
            try:
                output, _ = process.communicate(timeout=seconds)
                return Run(process.returncode, output)
            except subprocess.TimeoutExpired:
                return Run(None, f"The tests did not end within {seconds} seconds.")
            finally:
                _end(process)


@contextmanager
def workshops(count: int) -> Iterator[list[Workshop]]:
    """Make so many copies of the checkout. At the end, delete them and their databases.

    Raises RuntimeError if the tests in a copy would import the code of the checkout.
    """
    name = f"mutation_{token_hex(4)}"
    with tempfile.TemporaryDirectory(prefix="ordinavo-mutation-") as parent:
        made = [Workshop(Path(parent) / f"copy{n}", f"{name}_{n}", name) for n in range(count)]
        for workshop in made:
            _copy_tracked_files(workshop.folder)
        _check_imports(made[0])
        with _copied_database("template1", name):
            command = [sys.executable, "manage.py", "migrate", "--verbosity=0", "--settings=tests.settings"]
            environment = os.environ | {"DATABASE_URL": database_url(name)}
            subprocess.run(command, cwd=made[0].folder, env=environment, check=True)
            yield made


@contextmanager
def _copied_database(template: str, name: str) -> Iterator[None]:
    """Create a database as a copy of another one, and drop it at the end."""
    _execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield
    finally:
        _execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _execute(sql: str) -> None:
    """Execute a statement outside of any transaction and database of the project."""
    with connection._nodb_cursor() as cursor:
        cursor.execute(sql)


def _copy_tracked_files(folder: Path) -> None:
    """Copy the files that git tracks into a folder, as they are in the checkout now."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=CHECKOUT, check=True, stdout=subprocess.PIPE, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (CHECKOUT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, folder / name)


def _check_imports(workshop: Workshop) -> None:
    """Raise RuntimeError if Python, started in the copy as pytest is, imports the project from elsewhere."""
    script = "import ordinavo, targets, tests; print(ordinavo.__file__, targets.__file__, tests.__file__)"
    command = [sys.executable, "-c", script]
    found = subprocess.run(command, cwd=workshop.folder, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    if not all(Path(path).resolve().is_relative_to(workshop.folder.resolve()) for path in found):
        raise RuntimeError(f"The tests would not test the copy in {workshop.folder}: {', '.join(found)}")


def _start(command: list[str], folder: Path, environment: dict[str, str]) -> "subprocess.Popen[str]":
    """Start a command in a process group of its own, with its output and errors in one pipe."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _end(process: "subprocess.Popen[str]") -> None:
    """Kill what is left of the process group, and wait for the process."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
