"""The parent of the server: stops it when the last user is gone, starts it again when it dies before that.

Run by `cluster.py` with the folder, the folder of the socket, the installation, and "afresh" where the data of an
earlier checkout is in the way. Says on stdout how it goes, a line each: "initialising", then "ready" or
"failed <reason>".
"""

import fcntl
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

from ordinavo.embedded_postgres.binaries import server_account, usable_installation
from ordinavo.embedded_postgres.folders import Refused
from ordinavo.embedded_postgres.locks import exclusively, is_same_file, open_lock, try_lock
from ordinavo.embedded_postgres.server import Server, stop, take_over

_POLL_SECONDS = 0.2
_START_POLL_SECONDS = 0.02


def main(folder: Path, sockets: Path, installation: Path, afresh: bool) -> None:
    os.umask(0o077)
    # Only an orphan is nobody's zombie: the process that started it neither waits for it nor outlives it for sure.
    if os.fork():
        os._exit(0)
    os.chdir("/")
    end = _watch(folder / "users.lock")
    with exclusively(folder / "supervisor.lock"):
        try:
            while not end():
                _serve(_prepare(folder, sockets, installation, afresh), end)
                afresh = False
        except (Refused, OSError) as error:
            _say(f"failed {error}")
        with suppress(OSError):
            sockets.rmdir()


def _watch(users_file: Path) -> Callable[[], bool]:
    """Whether it is time to end: nobody uses the server, its folder was deleted, or the machine shuts down."""
    users = open_lock(users_file)
    signals: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        signals.append(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, remember)
    return lambda: bool(signals) or not is_same_file(users, users_file) or try_lock(users, fcntl.LOCK_EX)


def _prepare(folder: Path, sockets: Path, installation: Path, afresh: bool) -> Server:
    lock = take_over(folder)
    if afresh:
        shutil.rmtree(folder / "data", ignore_errors=True)
    account = server_account(folder / "data")
    if os.geteuid() == 0:
        os.chown(folder, 0, account.gid)
        folder.chmod(0o710)
    server = Server(folder, sockets, account, usable_installation(installation, folder, account), lock)
    if not server.is_initialised():
        _say("initialising")
        server.initialise()
    return server


def _serve(server: Server, end: Callable[[], bool]) -> None:
    process = server.start()
    # From here on the lock belongs to the processes of the server alone.
    os.close(server.lock)
    ready = False
    while process.poll() is None:
        if end():
            if server.is_initialised():
                stop(process)
            else:  # The folder was deleted: a gentle end would delete the socket of a server that replaces this one.
                process.kill()
                process.wait()
            return
        if not ready and server.is_ready(process):
            ready = True
            _say("ready")
            _leave_stdout()
        time.sleep(_POLL_SECONDS if ready else _START_POLL_SECONDS)
    if not ready:
        raise Refused("PostgreSQL ended while it started")


def _say(line: str) -> None:
    with suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), f"{line}\n".encode(errors="replace"))


def _leave_stdout() -> None:
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), afresh="afresh" in sys.argv[4:])
