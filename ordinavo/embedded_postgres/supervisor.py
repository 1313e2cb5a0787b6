"""The parent process of the server: it restarts a server that dies, and stops it when no process uses it.

`launcher.py` runs this module with the checkout and the installation as arguments. It reports its progress on standard
output, one line each: "initialising" if there is no data yet, then "ready" or "failed <reason>".
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
from ordinavo.embedded_postgres.folders import (
    EmbeddedPostgresError,
    assign_to_checkout,
    belongs_to_checkout,
    ensure_private_folder,
    own_folder,
    socket_directory,
)
from ordinavo.embedded_postgres.locks import exclusively, is_same_file, open_lock, try_lock
from ordinavo.embedded_postgres.server import Server, lock_for_new_server


def main(checkout: Path, installation: Path) -> None:
    """Run the server in a background process until no process uses it."""
    os.umask(0o077)
    # The process that starts the supervisor does not wait for it, so init must adopt it and reap it.
    if os.fork():
        os._exit(0)
    os.chdir("/")
    folder, sockets = own_folder(checkout), socket_directory(checkout)
    is_over = _end_condition(folder / "users.lock")
    with exclusively(folder / "supervisor.lock"):
        try:
            while not is_over():
                _run(_prepare(checkout, installation), is_over)
        except (EmbeddedPostgresError, OSError) as error:
            _report(f"failed {error}")
        with suppress(OSError):
            sockets.rmdir()


def _end_condition(users_file: Path) -> Callable[[], bool]:
    # The server ends if no process uses it, its folder was deleted, or the machine shuts down.
    users = open_lock(users_file)
    signals: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        signals.append(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, remember)
    return lambda: bool(signals) or not is_same_file(users, users_file) or try_lock(users, fcntl.LOCK_EX)


def _prepare(checkout: Path, installation: Path) -> Server:
    folder, sockets = own_folder(checkout), socket_directory(checkout)
    data = folder / "data"
    lock = lock_for_new_server(data)
    if not belongs_to_checkout(folder, checkout):
        shutil.rmtree(data, ignore_errors=True)
        assign_to_checkout(folder, checkout)
    account = server_account(data)
    if os.geteuid() == 0:
        # The server must be able to reach the data, which is also the folder of the socket.
        os.chown(folder, 0, account.gid)
        folder.chmod(0o710)
    else:
        ensure_private_folder(sockets)
    server = Server(data, sockets, account, usable_installation(installation, folder, account), lock)
    if not data.exists():
        _report("initialising")
        server.initialise()
    return server


def _run(server: Server, is_over: Callable[[], bool]) -> None:
    process = server.start()
    # From here on only the processes of the server hold the lock.
    os.close(server.lock)
    is_ready = False
    while process.poll() is None:
        if is_over():
            server.stop(process)
            return
        if not is_ready and server.is_ready(process):
            is_ready = True
            _report("ready")
        time.sleep(0.2 if is_ready else 0.02)
    if not is_ready:
        raise EmbeddedPostgresError("PostgreSQL ended while it started")


def _report(line: str) -> None:
    # After the first start nobody reads any more.
    with suppress(BrokenPipeError):
        os.write(sys.stdout.fileno(), f"{line}\n".encode(errors="replace"))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
