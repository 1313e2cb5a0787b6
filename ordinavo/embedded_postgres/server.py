"""Initialise, start and stop one PostgreSQL server. Only the supervisor does, which has a single thread."""

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
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ordinavo.embedded_postgres.binaries import Account
from ordinavo.embedded_postgres.folders import DATABASE, PORT, EmbeddedPostgresError
from ordinavo.embedded_postgres.locks import open_lock, try_lock

_PR_SET_PDEATHSIG = 1
# Every process that reaches the socket is trusted: only this user can enter its folder, and the data's.
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
    # Errors quote statements and values, and with them payloads. The client gets them; the log does not.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


@dataclass(frozen=True)
class Server:
    """A PostgreSQL server: its data, its socket's folder, its account, its programs and its lock."""

    data: Path
    sockets: Path
    account: Account
    installation: Path
    lock: int

    def initialise(self) -> None:
        """Create the data with an empty database, after deleting what interrupted attempts have left.

        The folder gets its name `data` only when it is complete. Raises EmbeddedPostgresError if a program fails, and
        OSError if one cannot be started or a folder cannot be written.
        """
        folder = self.data.parent
        for unfinished in folder.glob("data-new-*"):
            shutil.rmtree(unfinished)
        new = Path(tempfile.mkdtemp(prefix="data-new-", dir=folder))
        os.chown(new, self.account.uid, self.account.gid)
        self._run("initdb", *_INITDB_OPTIONS, f"--pgdata={new}")
        create = f"CREATE DATABASE {DATABASE}\n".encode()
        self._run("postgres", "--single", "-c", "exit_on_error=on", "-D", str(new), "postgres", stdin=create)
        new.rename(self.data)

    def start(self) -> "subprocess.Popen[bytes]":
        """Start the server and return its process at once, before it accepts connections.

        The caller must hold the lock, which proves that no earlier process of the server is left. Raises OSError if the
        program cannot be started.
        """
        # These files hold process ids, which another process may have after a reboot. The lock proves that no process
        # of the server is left.
        for name in (self.data / "postmaster.pid", self.sockets / f".s.PGSQL.{PORT}.lock"):
            name.unlink(missing_ok=True)
        settings = {**_SETTINGS, "unix_socket_directories": str(self.sockets)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = self.installation / "bin" / "postgres"
        return subprocess.Popen([command, "-D", self.data, *options], **self._process_options())

    def stop(self, process: "subprocess.Popen[bytes]") -> None:
        """Stop the started process and wait for its end without limit.

        Ends open connections (SIGINT). After 20 seconds the process is told to end without a checkpoint (SIGQUIT). It
        is killed at once if the folder of the data, or users.lock beside it, was deleted.
        """
        if not all(path.exists() for path in (self.data, self.data.parent / "users.lock")):
            # The folder was deleted, perhaps not completely yet. A regular end would delete files in it meanwhile, and
            # the socket, which a new server may use.
            process.kill()
        else:
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.send_signal(signal.SIGQUIT)
        process.wait()

    def _run(self, program: str, *arguments: str, stdin: bytes = b"") -> None:
        """Run a program of PostgreSQL to its end, with `stdin` as its input.

        Raises EmbeddedPostgresError if its exit code is not 0, and OSError if it cannot be started.
        """
        command = self.installation / "bin" / program
        done = subprocess.run([command, *arguments], input=stdin, check=False, **self._process_options())
        if done.returncode:
            raise EmbeddedPostgresError(f"{program} ended with code {done.returncode}")

    def _process_options(self) -> dict[str, Any]:
        """Return the arguments of subprocess that the server's programs have in common.

        The programs inherit the lock, run under the server's account, and end with the supervisor where Linux allows
        that.
        """
        return {
            "stdout": sys.stderr,
            "cwd": "/",
            "env": {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
            "pass_fds": [self.lock],
            "preexec_fn": _end_with_parent(),
            **self.account.options(),
        }


def lock_for_new_server(data: Path, timeout_seconds: float = 60) -> int:
    """Return the descriptor of the server's lock, held exclusively, after every earlier server has ended.

    An earlier server that lost its supervisor is told to end (SIGQUIT). Raises EmbeddedPostgresError if a server still
    holds the lock after the timeout.
    """
    lock = open_lock(data.parent / "server.lock")
    deadline = time.monotonic() + timeout_seconds
    while not try_lock(lock, fcntl.LOCK_EX):
        if time.monotonic() > deadline:
            raise EmbeddedPostgresError(
                "an earlier PostgreSQL of this checkout is still busy; stop the processes that use it"
            )
        _stop_earlier_server(data)
        time.sleep(0.05)
    return lock


def _stop_earlier_server(data: Path) -> None:
    """Send SIGQUIT to the process that postmaster.pid in the data names, and return at once.

    Does nothing if there is no such file or process, the file holds no process id, the signal is not permitted, or on
    Linux the process does not run in the folder of the data.
    Elsewhere it is not checked which program the process runs.
    """
    with suppress(OSError, ValueError, IndexError):
        pid = int((data / "postmaster.pid").read_text().splitlines()[0])
        if sys.platform != "linux" or os.path.samefile(f"/proc/{pid}/cwd", data):
            os.kill(pid, signal.SIGQUIT)


def _end_with_parent() -> Callable[[], None] | None:
    """Return a `preexec_fn` for subprocess, by which Linux sends SIGQUIT to the new process when this process ends.

    This process is the supervisor. Returns None unless this is Linux: elsewhere the next start stops the server.
    """
    if sys.platform != "linux":
        return None
    prctl, supervisor = ctypes.CDLL(None).prctl, os.getpid()

    def before_exec() -> None:
        """Ask Linux for SIGQUIT when the supervisor ends. Exit with code 1 if it has ended already."""
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGQUIT))
        if os.getppid() != supervisor:
            os._exit(1)

    return before_exec
