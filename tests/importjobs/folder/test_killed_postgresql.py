"""A watched folder whose watcher, worker and PostgreSQL are killed in turn, with a PostgreSQL of its own."""

import os
import subprocess
import sys
from contextlib import contextmanager, suppress

import psycopg
import pytest

from tests.faults import cluster
from tests.importjobs.folder.folders import files, watcher
from tests.servers import CHECKOUT, manage

FILES = 24
ROWS = 300
pytestmark = pytest.mark.slow


@pytest.fixture
def postgres(tmp_path):
    with cluster.running(None, tmp_path / "log") as running:
        manage("migrate", "--verbosity=0", **running.environment)
        manage("seed_demo", **running.environment)
        yield running


@contextmanager
def worker(environment):
    command = [sys.executable, "-m", "ordinavo.worker"]
    with subprocess.Popen(command, cwd=CHECKOUT, env=os.environ | environment, stderr=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for_progress(path, postgres):
    """Wait until a file was moved or an item recorded."""
    before = len(files(path / "done")), recorded(postgres)
    while (len(files(path / "done")), recorded(postgres) or before[1]) == before:
        pass


def recorded(postgres):
    """Return how many items were recorded, or None while PostgreSQL cannot be reached."""
    with suppress(psycopg.OperationalError), postgres.connect() as database:
        return database.execute("SELECT count(*) FROM importjobs_importitem WHERE payload::text ~ 'KILL'").fetchone()[0]
    return None


def test_each_row_is_imported_once_whatever_is_killed(postgres, tmp_path):
    environment = postgres.environment
    path = tmp_path / "in"
    path.mkdir()
    for number in range(FILES):
        rows = "".join(f"KILL-{number}-{row};Lieferung {row}\r\n" for row in range(ROWS))
        (path / f"orders-{number}.csv").write_text(f"Auftragsnr.;Titel\r\n{rows}", encoding="cp1252")
    with watcher(path, **environment), worker(environment):
        wait_for_progress(path, postgres)  # then both are killed
    with worker(environment):
        with watcher(path, **environment):
            wait_for_progress(path, postgres)
            postgres.stop_immediately()
            postgres.start()
            wait_for_progress(path, postgres)  # then the watcher is killed, and the worker goes on
        with watcher(path, **environment):
            wait_for_progress(path, postgres)
    assert len(files(path / "done")) < FILES
    with worker(environment), watcher(path, **environment):
        while len(files(path / "done")) < FILES:
            pass
    assert files(path) == sorted(f"done/orders-{number}.csv" for number in range(FILES))
    assert recorded(postgres) == FILES * ROWS
    with postgres.connect() as database:
        jobs = "SELECT count(*), count(DISTINCT batch_id) FROM importjobs_importjob WHERE batch_id LIKE 'orders-%'"
        assert database.execute(jobs).fetchone() == (FILES, FILES)
