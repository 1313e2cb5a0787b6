"""Start, shared use, recovery and end of the embedded PostgreSQL, tested with real processes."""

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

from ordinavo.embedded_postgres.folders import assign_to_checkout, socket_directory
from tests.ordinavo.embedded_postgres_helpers import EmbeddedServer, holds_for_a_second, wait_until

pytestmark = pytest.mark.slow
only_linux = pytest.mark.skipif(sys.platform != "linux", reason="finds processes in /proc")


@pytest.fixture(scope="module")
def initialised() -> Iterator[Path]:
    """Return a data folder to copy, because creating a new one for each test would take most of the time."""
    with tempfile.TemporaryDirectory() as checkout:
        server = EmbeddedServer(Path(checkout))
        assert server.client().ask() == "ok (1,)"
        server.clients[0].end()
        wait_until(lambda: not server.is_running())
        yield server.folder / "data"
        server.clean_up()


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[EmbeddedServer]:
    server = EmbeddedServer(tmp_path)
    yield server
    server.clean_up()


@pytest.fixture
def server(new_server: EmbeddedServer, initialised: Path) -> EmbeddedServer:
    new_server.folder.mkdir(mode=0o700)
    shutil.copytree(initialised, new_server.folder / "data")
    owner = initialised.stat()
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", f"{owner.st_uid}:{owner.st_gid}", new_server.folder / "data"], check=True)
    assign_to_checkout(new_server.folder, new_server.checkout)
    return new_server


def test_loading_the_settings_does_not_start_a_server(new_server: EmbeddedServer) -> None:
    assert new_server.client().ask("!print('settings', flush=True)") == "settings"
    assert not new_server.folder.exists()


def test_the_set_up_is_announced_once(new_server: EmbeddedServer) -> None:
    first, second = new_server.client(), new_server.client()
    assert [first.ask(), second.ask()] == ["ok (1,)", "ok (1,)"]
    assert first.end().startswith(f"Setting up an embedded PostgreSQL in {new_server.folder}")
    assert second.end() == ""


def test_processes_that_start_together_share_one_server(new_server: EmbeddedServer) -> None:
    clients = [new_server.client() for _ in range(4)]
    for client in clients:
        client.send("SELECT pg_postmaster_start_time()::text")
    answers = {client.answer() for client in clients}
    assert len(answers) == 1
    assert answers.pop().startswith("ok")


def test_the_server_runs_until_its_last_client_has_ended(server: EmbeddedServer) -> None:
    first, second = server.client(), server.client()
    first.ask()
    started = second.ask("SELECT pg_postmaster_start_time()::text")
    first.end()
    assert holds_for_a_second(server.is_running)
    assert second.ask("SELECT pg_postmaster_start_time()::text") == started
    second.end()
    wait_until(lambda: not server.is_running())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_server_ends_when_its_client_is_ended_by_a_signal(server: EmbeddedServer, number: signal.Signals) -> None:
    client = server.client()
    assert client.ask() == "ok (1,)"
    client.end(number)
    wait_until(lambda: not server.is_running())


def test_a_forked_worker_keeps_the_server_running(server: EmbeddedServer) -> None:
    parent = server.client()
    parent.ask()
    worker = int(parent.ask("!pid = os.fork(); print(pid, flush=True) if pid else __import__('signal').pause()"))
    os.kill(parent.process.pid, signal.SIGKILL)
    assert holds_for_a_second(server.is_running)
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: not server.is_running())


def test_a_start_during_a_shutdown_waits_for_its_end(server: EmbeddedServer) -> None:
    for _ in range(5):
        client = server.client()
        assert client.ask() == "ok (1,)"
        client.end()


def test_the_next_connection_works_after_the_postmaster_was_killed(server: EmbeddedServer) -> None:
    client = server.client()
    client.ask("CREATE TABLE stored AS SELECT 42 AS answer")
    os.kill(server.postmaster(), signal.SIGKILL)
    assert client.ask("SELECT answer FROM stored") == "ok (42,)"


@only_linux
def test_a_killed_server_is_restarted_without_a_new_connection(server: EmbeddedServer) -> None:
    server.client().ask()
    killed = server.postmaster()
    os.kill(killed, signal.SIGKILL)
    wait_until(lambda: not Path(f"/proc/{killed}").exists())
    wait_until(server.accepts_connections)


@only_linux
def test_the_next_connection_works_after_the_supervisor_was_killed(server: EmbeddedServer) -> None:
    client = server.client()
    client.ask()
    killed = server.kill_supervisor()
    assert client.ask() == "ok (1,)"
    assert server.supervisor() != killed


@only_linux
def test_a_killed_supervisor_takes_the_server_with_it(server: EmbeddedServer) -> None:
    client = server.client()
    client.ask()
    supervisor = server.supervisor()
    client.end()
    with suppress(ProcessLookupError):
        os.kill(supervisor, signal.SIGKILL)
    wait_until(lambda: not server.is_running())


@only_linux
def test_the_data_survives_a_kill_of_every_process(server: EmbeddedServer) -> None:
    client = server.client()
    client.ask("CREATE TABLE stored AS SELECT 42 AS answer")
    for pid in (server.supervisor(), server.postmaster(), client.process.pid):
        os.kill(pid, signal.SIGKILL)
    assert (server.folder / "data" / "postmaster.pid").exists()
    assert server.client().ask("SELECT answer FROM stored") == "ok (42,)"


def test_a_stale_pid_file_with_a_reused_process_id_is_ignored(server: EmbeddedServer) -> None:
    (server.folder / "data" / "postmaster.pid").write_text(f"{os.getpid()}\n{server.folder}/data\n")
    assert server.client().ask() == "ok (1,)"


@only_linux
def test_an_interrupted_initialisation_is_repeated(new_server: EmbeddedServer) -> None:
    client = new_server.client()
    client.send("SELECT 1")
    wait_until(lambda: any(new_server.folder.glob("data-new-*/PG_VERSION")))
    folders = (str(new_server.folder).encode(), str(new_server.checkout).encode())
    for pid in (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()):
        with suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
            if any(folder in command for folder in folders):
                os.kill(pid, signal.SIGKILL)
    client.end()
    assert not (new_server.folder / "data").exists()
    assert new_server.client().ask() == "ok (1,)"
    assert not list(new_server.folder.glob("data-new-*"))


@only_linux
def test_the_server_ends_when_its_folder_is_deleted(server: EmbeddedServer) -> None:
    client = server.client()
    client.ask()
    postmaster = server.postmaster()
    shutil.rmtree(server.folder, ignore_errors=True)  # the server deletes some of its files at the same time
    wait_until(lambda: not Path(f"/proc/{postmaster}").exists())
    assert client.ask() == "ok (1,)"


@only_linux
def test_the_server_deletes_no_file_while_its_folder_is_deleted(server: EmbeddedServer) -> None:
    server.client().ask()
    postmaster = server.postmaster()
    (server.folder / "users.lock").unlink()
    wait_until(lambda: not Path(f"/proc/{postmaster}").exists())
    assert (server.folder / "data" / "postmaster.pid").exists()


def test_a_checkout_with_a_long_and_unusual_path_works(new_server: EmbeddedServer, tmp_path: Path) -> None:
    checkout = tmp_path / ("long, 'odd' \"näme\" " * 10)
    checkout.mkdir()
    deep = EmbeddedServer(checkout)
    try:
        assert deep.client().ask() == "ok (1,)"
        assert len(f"{socket_directory(checkout)}/.s.PGSQL.5432") < 104
    finally:
        deep.clean_up()
