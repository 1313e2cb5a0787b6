"""Stopping the server and the demo, tested with real processes and signals."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from django.db import connection

from tests.servers import database_url, free_port, fresh_database, launch, wait_for_answer

SERVER = [sys.executable, "-m", "ordinavo.server"]
WITH_WORKER = {"WORKERS": "1", "LOG_LEVEL": "WARNING"}
END_SECONDS = 10
START_SECONDS = 60


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def environment(port, django_db_setup):
    return {
        "DJANGO_SETTINGS_MODULE": "ordinavo.settings",
        "DATABASE_URL": database_url(connection.settings_dict["NAME"]),
        "HOST": "127.0.0.1",
        "PORT": str(port),
    }


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


def is_open(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def is_free(port: int) -> bool:
    with suppress(OSError), socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", port))
        return True
    return False


def states_of(group: int) -> list[str]:
    """Return the state letters of the processes of a group. Linux may lack the command ps, and macOS lacks /proc."""
    if not Path("/proc/self/stat").exists():
        rows = subprocess.run(["ps", "-A", "-o", "pgid=,stat="], capture_output=True, text=True, check=True).stdout
        return [state for number, state in map(str.split, rows.splitlines()) if int(number) == group]
    states = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            state, _parent, number, *_ = stat.read_text().rpartition(")")[2].split()
            states += [state] if int(number) == group else []
    return states


def is_empty(group: int) -> bool:
    """Return whether no process of the group is running. Zombies do not count: they have ended."""
    return all(state.startswith("Z") for state in states_of(group))


def assert_nothing_is_left(group: int, port: int) -> None:
    assert wait_until(lambda: is_empty(group), END_SECONDS)
    assert is_free(port)


def press_ctrl_c(process: "subprocess.Popen[bytes]") -> None:
    os.killpg(process.pid, signal.SIGINT)


def terminate(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()


@pytest.mark.parametrize("stop", [press_ctrl_c, terminate])
@pytest.mark.parametrize("options", [{}, {"RELOAD": "1"}, WITH_WORKER, WITH_WORKER | {"RELOAD": "1"}])
def test_a_running_server_ends_with_all_its_processes(port, environment, stop, options):
    with launch(SERVER, environment | options, stderr=subprocess.PIPE) as process:
        wait_for_answer(f"http://127.0.0.1:{port}", process)
        stop(process)
        _, errors = process.communicate(timeout=END_SECONDS)
        assert process.returncode == 0
        assert b"Traceback" not in errors
        assert b"exit from worker" not in errors
        assert_nothing_is_left(process.pid, port)


@pytest.mark.parametrize("stop", [press_ctrl_c, terminate])
def test_a_server_ends_while_most_workers_are_still_starting(port, environment, stop):
    with launch(SERVER, environment | {"WEB_CONCURRENCY": "3"}) as process:
        assert wait_until(lambda: is_open(port), START_SECONDS)
        stop(process)
        assert process.wait(END_SECONDS) == 0
        assert_nothing_is_left(process.pid, port)


def test_a_second_ctrl_c_prints_no_traceback(port, environment):
    with launch(SERVER, environment, stderr=subprocess.PIPE) as process:
        wait_for_answer(f"http://127.0.0.1:{port}", process)
        press_ctrl_c(process)
        press_ctrl_c(process)
        _, errors = process.communicate(timeout=END_SECONDS)
        assert b"Traceback" not in errors
        assert_nothing_is_left(process.pid, port)


def test_workers_end_when_their_parent_is_killed(port, environment):
    with launch(SERVER, environment | WITH_WORKER) as process:
        wait_for_answer(f"http://127.0.0.1:{port}", process)
        process.kill()
        assert wait_until(lambda: is_free(port), END_SECONDS)
        assert_nothing_is_left(process.pid, port)


def test_connections_without_a_request_do_not_delay_the_end(port, environment):
    address = ("127.0.0.1", port)
    with launch(SERVER, environment) as process:
        wait_for_answer(f"http://127.0.0.1:{port}", process)
        with socket.create_connection(address), socket.create_connection(address, END_SECONDS) as used:
            used.sendall(b"GET /integration/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert used.recv(1_000).startswith(b"HTTP/1.1 401 ")
            process.terminate()
            assert process.wait(END_SECONDS) == 0


def test_a_request_that_has_begun_is_answered_after_sigterm(port, environment):
    head = b"POST /admin/login/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    with launch(SERVER, environment) as process:
        wait_for_answer(f"http://127.0.0.1:{port}", process)
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.sendall(head)
            assert client.recv(1_000).startswith(b"HTTP/1.1 100 ")
            process.terminate()
            assert wait_until(lambda: not is_open(port), END_SECONDS)
            client.sendall(b"{}")
            assert client.recv(1_000).startswith(b"HTTP/1.1 ")  # whatever the answer, for there may be no database
        assert process.wait(END_SECONDS) == 0


def test_ctrl_c_ends_the_demo(port, environment, django_db_blocker):
    with django_db_blocker.unblock(), fresh_database() as name:
        environment |= {"DATABASE_URL": database_url(name), "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "manage.py", "demo"]
        with launch(command, environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
            printed = []
            while not printed or (printed[-1] and b"until Ctrl-C" not in printed[-1]):
                printed.append(process.stdout.readline())
            assert printed[-1], b"".join(printed).decode()
            press_ctrl_c(process)
            rest, _ = process.communicate(timeout=END_SECONDS)
            assert process.returncode == 0
            assert b"Traceback" not in rest
            assert b"exit from worker" not in rest
            assert_nothing_is_left(process.pid, port)


def test_ctrl_c_ends_the_demo_before_the_server_is_up(port, environment, django_db_blocker):
    with django_db_blocker.unblock(), fresh_database() as name:
        command = [sys.executable, "manage.py", "demo"]
        environment |= {"DATABASE_URL": database_url(name)}
        with launch(command, environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
            assert b"Preparing" in process.stdout.readline()
            press_ctrl_c(process)
            assert process.wait(END_SECONDS) == -signal.SIGINT
            assert process.stderr.read() == b""
            assert_nothing_is_left(process.pid, port)


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc for what has been imported")
def test_ctrl_c_ends_the_demo_while_django_is_imported(port, environment):
    command = [sys.executable, "manage.py", "demo"]
    with launch(command, environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        loaded = Path(f"/proc/{process.pid}/maps")
        assert wait_until(lambda: "orjson" in loaded.read_text(), START_SECONDS)
        press_ctrl_c(process)
        assert process.wait(END_SECONDS) == -signal.SIGINT
        assert (process.stdout.read(), process.stderr.read()) == (b"", b"")


def test_launched_commands_obey_ctrl_c_even_if_the_test_process_ignores_it():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        command = [sys.executable, "-c", "print('up', flush=True); import time; time.sleep(60)"]
        with launch(command, {}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            assert process.stdout.readline() == b"up\n"
            press_ctrl_c(process)
            assert process.wait(END_SECONDS) == -signal.SIGINT
    finally:
        signal.signal(signal.SIGINT, before)
