"""One PostgreSQL server: initialise, start, stop. Runs in the supervisor only, which has a single thread."""

import ctypes
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ordinavo.embedded_postgres.binaries import Account
from ordinavo.embedded_postgres.folders import DATABASE, PORT, Refused, make_private
from ordinavo.embedded_postgres.locks import open_lock, try_lock

_PR_SET_PDEATHSIG = 1
# Whoever can reach the socket is trusted: its folder is open to this user alone, and so is the data itself.
_INITDB_OPTIONS = [
    "--username=postgres",
    "--auth-local=trust",
    "--auth-host=reject",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
]
_SETTINGS = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    # Errors quote statements and values, that is payloads: they go to the client and not into the log.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


@dataclass(frozen=True)
class Server:
    folder: Path
    sockets: Path
    account: Account
    installation: Path
    lock: int

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def is_initialised(self) -> bool:
        return self.data.exists()

    def initialise(self) -> None:
        """Makes the cluster beside its place and moves it there when complete, so that a kill leaves nothing half."""
        for unfinished in self.folder.glob("data-new-*"):
            shutil.rmtree(unfinished)
        new = Path(tempfile.mkdtemp(prefix="data-new-", dir=self.folder))
        self._give(new)
        self._run("initdb", *_INITDB_OPTIONS, f"--pgdata={new}")
        create = f"CREATE DATABASE {DATABASE}\n".encode()
        self._run("postgres", "--single", "-c", "exit_on_error=on", "-D", str(new), "postgres", stdin=create)
        new.rename(self.data)

    def start(self) -> "subprocess.Popen[bytes]":
        self._prepare_sockets()
        # They hold process ids, and after a reboot another process may have the same. The lock proves that none of
        # the server's is left.
        for name in (self.data / "postmaster.pid", self.sockets / f".s.PGSQL.{PORT}.lock"):
            name.unlink(missing_ok=True)
        settings = {**_SETTINGS, "unix_socket_directories": str(self.sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = self._program("postgres")
        return subprocess.Popen([command, "-D", self.data, *options], **self._process_options(signal.SIGINT))

    def is_ready(self, process: "subprocess.Popen[bytes]") -> bool:
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        return len(lines) > 7 and lines[0] == str(process.pid) and lines[7].strip() == "ready"

    def _prepare_sockets(self) -> None:
        if os.geteuid() != 0:
            make_private(self.sockets)
            return
        self.sockets.mkdir(mode=0o700, exist_ok=True)
        self._give(self.sockets)

    def _give(self, path: Path) -> None:
        if os.geteuid() == 0:
            os.chown(path, self.account.uid, self.account.gid)

    def _program(self, name: str) -> Path:
        return self.installation / "bin" / name

    def _run(self, program: str, *arguments: str, stdin: bytes = b"") -> None:
        options = self._process_options(signal.SIGKILL)
        done = subprocess.run([self._program(program), *arguments], input=stdin, check=False, **options)
        if done.returncode:
            raise Refused(f"{program} ended with code {done.returncode}")

    def _process_options(self, signal_when_alone: signal.Signals) -> dict[str, Any]:
        return {
            "stdout": sys.stderr,
            "cwd": "/",
            "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            "pass_fds": [self.lock],
            "preexec_fn": _end_with_parent(signal_when_alone),
            **self.account.options(),
        }


def stop(process: "subprocess.Popen[bytes]") -> None:
    for number, seconds in ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
        process.send_signal(number)
        try:
            process.wait(seconds)
            return
        except subprocess.TimeoutExpired:
            continue


def take_over(folder: Path, patience_seconds: float = 60) -> int:
    """The lock for a new server, once no process of an earlier one is left (its supervisor may have been killed)."""
    lock = open_lock(folder / "server.lock")
    started = time.monotonic()
    while not try_lock(lock, fcntl.LOCK_EX):
        waited = time.monotonic() - started
        if waited > patience_seconds:
            raise Refused("an earlier PostgreSQL of this checkout is still busy; stop the processes that use it")
        _signal_leftover(folder / "data", signal.SIGINT if waited < 10 else signal.SIGQUIT)
        time.sleep(0.05)
    return lock


def _signal_leftover(data: Path, number: signal.Signals) -> None:
    try:
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        if _works_in(pid, data):
            os.kill(pid, number)
    except (OSError, ValueError, IndexError):
        return


def _works_in(pid: int, data: Path) -> bool:
    if sys.platform != "linux":
        return True
    return os.path.samefile(f"/proc/{pid}/cwd", data)


def _end_with_parent(number: signal.Signals) -> Callable[[], None] | None:
    """Has Linux send the signal to the server when the supervisor is killed; elsewhere the next start does."""
    if sys.platform != "linux":
        return None
    prctl, supervisor = ctypes.CDLL(None).prctl, os.getpid()

    def before_exec() -> None:
        prctl(_PR_SET_PDEATHSIG, int(number))
        if os.getppid() != supervisor:
            os._exit(1)

    return before_exec
