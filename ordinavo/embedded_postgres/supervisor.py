"""The parent process of the server: it restarts a server that was killed, and stops it when no process uses it.

`launcher.py` runs this module with the checkout and the installation as arguments, and the log as standard output.
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
    """Wait for an earlier server to end, then run the server in a background process until no process uses it.

    First waits, without limit, for supervisor.lock and then up to 60 seconds for an earlier server. This process ends
    with code 0 once it has forked the background process, which holds the lock as long as it runs. An
    EmbeddedPostgresError or OSError after that is printed to the log and not raised; the code is 0 as well. Raises
    OSError if supervisor.lock cannot be opened.
    """
    os.umask(0o077)
    folder, sockets = own_folder(checkout), socket_directory(checkout)
    with exclusively(folder / "supervisor.lock"):
        try:
            # The launcher waits for a server that accepts connections. It must not find an earlier one.
            os.close(lock_for_new_server(folder / "data"))
            # The child inherits the lock. The launcher does not wait for the child, so init must adopt it.
            if os.fork():
                os._exit(0)
            os.chdir("/")
            is_over = _end_condition(folder / "users.lock")
            while not is_over():
                _run(_prepare(checkout, installation), is_over)
        except (EmbeddedPostgresError, OSError) as error:
            print(error, file=sys.stderr)
        with suppress(OSError):
            sockets.rmdir()


def _end_condition(users_file: Path) -> Callable[[], bool]:
    """Return a function that returns whether the server must end. Sets handlers for three signals.

    It must end after SIGTERM, SIGINT or SIGHUP, if users.lock was deleted or replaced, or if no process holds
    users.lock. In the last case the function takes that lock, so that no process can register as a user any more.
    """
    users = open_lock(users_file)
    signals: list[int] = []

    def remember(number: int, frame: FrameType | None) -> None:
        """Note that the process was told to end."""
        signals.append(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, remember)
    return lambda: bool(signals) or not is_same_file(users, users_file) or try_lock(users, fcntl.LOCK_EX)


def _prepare(checkout: Path, installation: Path) -> Server:
    """Return a server that can be started: its data exists, and this process holds its lock.

    Deletes the data of an earlier checkout at this path, and creates the data if there is none. Raises
    EmbeddedPostgresError if an earlier server does not end, no account can run the server or a program fails, and
    OSError if a file cannot be written.
    """
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
        server.initialise()
    return server


def _run(server: Server, is_over: Callable[[], bool]) -> None:
    """Run the server until it ends or `is_over()` returns True, in which case it is stopped.

    `is_over` is called five times a second. Closes the server's lock, which its processes have inherited. Returns also
    if the server ended with code 0 or was killed by SIGKILL; the caller then starts it again. Raises
    EmbeddedPostgresError if it ended otherwise, and OSError if it cannot be started.
    """
    process = server.start()
    # From here on only the processes of the server hold the lock.
    os.close(server.lock)
    while process.poll() is None:
        if is_over():
            server.stop(process)
            return
        time.sleep(0.2)
    if process.returncode not in (0, -signal.SIGKILL):
        raise EmbeddedPostgresError(f"PostgreSQL ended with code {process.returncode}")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
