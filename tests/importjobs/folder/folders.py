"""Write files into a watched folder, and watch it."""

import os
import subprocess
import sys
from contextlib import contextmanager
from io import StringIO

from django.core.management import call_command
from django.db import connection

from importjobs.folder import importing
from tests.servers import CHECKOUT, database_url
from tests.workers import work, working


def write(folder, *ids, name="orders.csv", title="Lieferung"):
    rows = "".join(f"{external_id};{title}\r\n" for external_id in ids)
    (folder / name).write_text(f"Auftragsnr.;Titel\r\n{rows}", encoding="cp1252")
    return folder / name


def watch(folder, *options):
    """Watch a folder until all its files are moved, and return what the command writes."""
    out = StringIO()
    arguments = [str(folder), "--source-system", "logistics_erp", "--interval", "0.1", "--once", *options]
    with working():
        call_command("watch_folder", *arguments, stdout=out, stderr=out)
    return out.getvalue()


def complete_files(folder):
    """Return the files that are complete at the second look."""
    folder.complete_files()
    return folder.complete_files()


def files(folder):
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file() and one.name[0] != ".")


def submit(folder, way):
    """Submit the complete files of a folder, as one look of the command does."""
    for found in complete_files(folder):
        assert importing.submit(folder, found, way)


def move(folder):
    """Let a worker import what was submitted, move the files, and return what became of them."""
    work()
    return [importing.move(folder, row) for row in importing.ended(folder)]


@contextmanager
def watcher(path, **environment):
    """Run the command in a process of its own, which is killed at the end unless it has ended."""
    if "DATABASE_URL" not in environment:
        environment["DATABASE_URL"] = database_url(connection.settings_dict["NAME"])
    options = ["--source-system", "logistics_erp", "--interval", "0.1"]
    command = [sys.executable, "manage.py", "watch_folder", str(path), *options]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    with subprocess.Popen(command, cwd=CHECKOUT, env=os.environ | environment, text=True, **pipes) as process:
        try:
            yield process
        finally:
            process.kill()
