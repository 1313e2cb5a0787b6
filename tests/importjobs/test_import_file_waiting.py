"""What `manage.py import_file` says while its import does not go on."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

from importjobs.files import imports
from importjobs.models import FileImport
from targets.models import Target
from tests.queries import wait_until_another_connection_is_blocked
from tests.servers import CHECKOUT, database_url
from tests.workers import in_thread, work

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def path(tmp_path, erp):
    """Return the path of a file with one order."""
    path = tmp_path / "orders.csv"
    path.write_text("Auftragsnr.;Titel\r\nA-1;Lieferung\r\n", encoding="cp1252")
    return path


@pytest.fixture
def busy_worker():
    """Announce a worker that is alive and does nothing, so that the command starts none."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() + interval '1 hour')")


class Running:
    """The command in a thread of its own."""

    def __init__(self, future, out):
        self._future, self._out = future, out

    def wait_for(self, text):
        """Wait until the command has written a text. Raises what has ended it before."""
        while text not in self._out.getvalue():
            if self._future.done():
                self._future.result()
                raise AssertionError(self._out.getvalue())

    def output(self):
        """Return what the command has written at its end."""
        self._future.result(timeout=60)
        return self._out.getvalue()


@contextmanager
def importing(path, *options):
    """Run the command beside the block."""
    out = StringIO()

    def run():
        call_command("import_file", str(path), "--source-system", "logistics_erp", *options, stdout=out)

    with ThreadPoolExecutor() as pool:
        yield Running(in_thread(pool, run), out)


def test_the_stages_are_written_as_lines_if_there_is_no_terminal(path, busy_worker):
    with importing(path) as command:
        command.wait_for("Reading the file.")
        work()
        assert "Importing 1 rows." in command.output()


def test_it_says_that_no_worker_is_running_any_more(path, busy_worker):
    with importing(path) as command:
        command.wait_for("Reading the file.")
        ProcrastinateWorker.objects.all().delete()
        command.wait_for("No worker is running, so nothing goes on. Start one: python -m ordinavo.worker")
        work()
        assert command.output().count("No worker is running") == 1
    assert Target.objects.count() == 1


def test_it_says_that_the_source_system_was_paused_meanwhile(path, busy_worker, erp):
    with importing(path) as command:
        command.wait_for("Reading the file.")
        type(erp).objects.update(paused_at=timezone.now(), paused_reason="Maintenance")
        command.wait_for("The source system logistics_erp is paused. The import goes on when it is resumed.")
        type(erp).objects.update(paused_at=None, paused_reason="")
        work()
        assert "1 rows: 1 created." in command.output()


def test_it_says_that_earlier_imports_have_to_end_first(path, busy_worker):
    with importing(path) as first:
        first.wait_for("Reading the file.")
        with importing(path, "--again") as second:
            second.wait_for("Earlier imports of the source system logistics_erp have to end first.")
            work()
            assert "1 rows: 1 updated." in second.output()
    assert "Earlier imports" not in first.output()


def test_it_waits_for_a_database_that_is_away_for_a_while(path, busy_worker):
    with importing(path) as command:
        command.wait_for("Reading the file.")
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        command.wait_for("The database cannot be reached. The command waits for it")
        work()
        assert "1 rows: 1 created." in command.output()


def test_it_ends_when_somebody_discards_the_file(path, busy_worker):
    with importing(path) as command:
        command.wait_for("Reading the file.")
        imports.discard(FileImport.objects.get())
        with pytest.raises(Exception, match="The file was discarded by somebody else, and nothing was imported."):
            command.output()


@pytest.mark.slow
def test_ctrl_c_before_the_import_was_started_leaves_nothing(path):
    environment = {"DATABASE_URL": database_url(connection.settings_dict["NAME"])}
    command = [sys.executable, "manage.py", "import_file", str(path), "--source-system", "logistics_erp"]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE importjobs_fileimport IN SHARE MODE")
        with subprocess.Popen(
            command, cwd=CHECKOUT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            wait_until_another_connection_is_blocked()
            process.send_signal(2)
            output, _ = process.communicate(timeout=60)
    assert (process.returncode, output) == (1, "CommandError: Nothing was imported.\n")
    assert FileImport.objects.count() == 0
