"""The embedded PostgreSQL, with real processes. Everything lies in folders of the test; no process stays behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ordinavo.embedded_postgres.folders import socket_directory, tie_to_checkout
from tests.ordinavo.embedded_postgres_stage import Stage, holds_for_a_second, wait_until

pytestmark = pytest.mark.slow
only_linux = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")


@pytest.fixture(scope="module")
def initialised() -> Iterator[Path]:
    """A complete data folder to copy, as initialising one for each test would take most of the time."""
    with tempfile.TemporaryDirectory() as checkout:
        stage = Stage(Path(checkout))
        assert stage.user().ask() == "ok (1,)"
        stage.users[0].end()
        wait_until(lambda: not stage.runs())
        yield stage.folder / "data"
        stage.clear()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.clear()


@pytest.fixture
def stage(fresh: Stage, initialised: Path) -> Stage:
    fresh.folder.mkdir(mode=0o700)
    shutil.copytree(initialised, fresh.folder / "data")
    owner = initialised.stat()
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{owner.st_uid}:{owner.st_gid}", fresh.folder / "data"], check=True)
    tie_to_checkout(fresh.checkout, fresh.folder)
    return fresh


def test_loading_the_settings_starts_nothing(fresh: Stage) -> None:
    assert fresh.user().ask("!print('settings', flush=True)") == "settings"
    assert not fresh.folder.exists()


def test_announces_that_it_sets_up_once(fresh: Stage) -> None:
    first, second = fresh.user(), fresh.user()
    assert [first.ask(), second.ask()] == ["ok (1,)", "ok (1,)"]
    assert first.end().startswith(f"Setting up an embedded PostgreSQL in {fresh.folder}")
    assert second.end() == ""


def test_processes_that_start_it_at_once_share_one_server(fresh: Stage) -> None:
    users = [fresh.user() for _ in range(4)]
    for user in users:
        user.send("SELECT pg_postmaster_start_time()::text")
    answers = {user.answer() for user in users}
    assert len(answers) == 1
    assert answers.pop().startswith("ok")


def test_stays_until_the_last_user_is_gone(stage: Stage) -> None:
    first, second = stage.user(), stage.user()
    first.ask()
    started = second.ask("SELECT pg_postmaster_start_time()::text")
    first.end()
    assert holds_for_a_second(stage.runs)
    assert second.ask("SELECT pg_postmaster_start_time()::text") == started
    second.end()
    wait_until(lambda: not stage.runs())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_does_not_outlive_a_user_that_is_ended_by(stage: Stage, number: signal.Signals) -> None:
    user = stage.user()
    assert user.ask() == "ok (1,)"
    user.end(number)
    wait_until(lambda: not stage.runs())


def test_a_forked_worker_is_a_user_of_its_own(stage: Stage) -> None:
    parent = stage.user()
    parent.ask()
    worker = int(parent.ask("!pid = os.fork(); print(pid, flush=True) if pid else __import__('signal').pause()"))
    os.kill(parent.process.pid, signal.SIGKILL)
    assert holds_for_a_second(stage.runs)
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: not stage.runs())


def test_a_start_right_after_the_end_waits_for_it(stage: Stage) -> None:
    for _ in range(5):
        user = stage.user()
        assert user.ask() == "ok (1,)"
        user.end()


def test_the_next_connection_works_after_the_postmaster_was_killed(stage: Stage) -> None:
    user = stage.user()
    user.ask("CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(stage.postmaster(), signal.SIGKILL)
    assert user.ask("SELECT answer FROM kept") == "ok (42,)"


@only_linux
def test_the_next_connection_works_after_the_supervisor_was_killed(stage: Stage) -> None:
    user = stage.user()
    user.ask()
    killed = stage.kill_supervisor()
    assert user.ask() == "ok (1,)"
    assert stage.supervisor() != killed


@only_linux
def test_a_killed_supervisor_takes_the_server_with_it(stage: Stage) -> None:
    user = stage.user()
    user.ask()
    supervisor = stage.supervisor()
    user.end()
    with suppress(ProcessLookupError):
        os.kill(supervisor, signal.SIGKILL)
    wait_until(lambda: not stage.runs())


@only_linux
def test_comes_back_after_everything_was_killed(stage: Stage) -> None:
    user = stage.user()
    user.ask("CREATE TABLE kept AS SELECT 42 AS answer")
    for pid in (stage.supervisor(), stage.postmaster(), user.process.pid):
        os.kill(pid, signal.SIGKILL)
    assert (stage.folder / "data" / "postmaster.pid").exists()
    assert stage.user().ask("SELECT answer FROM kept") == "ok (42,)"


def test_a_stale_process_id_that_is_taken_again_does_no_harm(stage: Stage) -> None:
    (stage.folder / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{stage.folder}/data\n")
    assert stage.user().ask() == "ok (1,)"


@only_linux
def test_starts_afresh_where_the_initialisation_was_interrupted(fresh: Stage) -> None:
    user = fresh.user()
    user.send("SELECT 1")
    wait_until(lambda: any(fresh.folder.glob("data-new-*/PG_VERSION")))
    command = str(fresh.folder).encode()
    for pid in (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
        with suppress(OSError):
            if command in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(pid, signal.SIGKILL)
    user.end()
    assert not (fresh.folder / "data").exists()
    assert fresh.user().ask() == "ok (1,)"
    assert not list(fresh.folder.glob("data-new-*"))


@only_linux
def test_ends_when_its_folder_is_deleted(stage: Stage) -> None:
    user = stage.user()
    user.ask()
    postmaster = stage.postmaster()
    shutil.rmtree(stage.folder, ignore_errors=True)  # the server deletes some of its files at the same time
    wait_until(lambda: not Path(f"/proc/{postmaster}").exists())
    assert user.ask() == "ok (1,)"


def test_works_in_a_checkout_with_a_long_and_odd_path(fresh: Stage, tmp_path: Path) -> None:
    checkout = tmp_path / ("long, 'odd' \"näme\" " * 10)
    checkout.mkdir()
    deep = Stage(checkout)
    try:
        assert deep.user().ask() == "ok (1,)"
        assert len(f"{socket_directory(checkout)}/.s.PGSQL.5432") < 104
    finally:
        deep.clear()
