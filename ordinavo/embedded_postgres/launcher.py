"""Start the embedded server from a process that uses it, and register that process as a user."""

import fcntl
import subprocess
import sys
import time
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.db.utils import OperationalError
from psycopg.pq import PGconn, Ping

from ordinavo.embedded_postgres.folders import (
    PORT,
    EmbeddedPostgresError,
    belongs_to_checkout,
    check_data_version,
    ensure_private_folder,
    find_installation,
    own_folder,
    socket_directory,
)
from ordinavo.embedded_postgres.locks import exclusively, is_locked, is_same_file, open_lock

_READY_TIMEOUT_SECONDS = 60
_IMPORT_ROOT = Path(__file__).resolve().parents[2]
_users_locks: dict[Path, int] = {}


def ensure_running(checkout: Path) -> None:
    """Register this process as a user of the checkout's server. If none runs, start it and wait until it is ready.

    The server runs at least until this process and the workers forked from it have ended. A call takes well under a
    millisecond if the server runs; it is then not checked that it accepts connections. Raises ImproperlyConfigured if
    the programs are not installed, the data is of another major version, the folder is not private, or processes of an
    earlier checkout still use the server. Raises django.db.utils.OperationalError if the server fails to start or a
    file cannot be used.
    """
    folder = own_folder(checkout)
    try:
        ensure_private_folder(folder)
        if _is_user(folder) and is_locked(folder / "supervisor.lock"):
            return
        with exclusively(folder / "start.lock"):
            _become_user(folder)
            if not is_locked(folder / "supervisor.lock"):
                _start(checkout)
            elif not belongs_to_checkout(folder, checkout):
                raise EmbeddedPostgresError(
                    f"Processes of an earlier checkout at {checkout} still use its database. End them."
                )
    except EmbeddedPostgresError as error:
        raise ImproperlyConfigured(str(error)) from error
    except OSError as error:
        raise OperationalError(f"The embedded PostgreSQL cannot use {folder}: {error}. Set DATABASE_URL.") from error


def wait_until_ready(checkout: Path) -> None:
    """Wait until the server accepts connections, starting it again if it has ended.

    A server that restarts, recovers or shuts down accepts none for a while. Raises OperationalError after 60 seconds or
    if the server cannot be started, and ImproperlyConfigured if the embedded PostgreSQL cannot be used here.
    """
    deadline = time.monotonic() + _READY_TIMEOUT_SECONDS
    ensure_running(checkout)
    while not _is_ready(checkout):
        if time.monotonic() > deadline:
            raise _failure(own_folder(checkout), f"has accepted no connection for {_READY_TIMEOUT_SECONDS} seconds")
        time.sleep(0.05)
        ensure_running(checkout)


def _is_ready(checkout: Path) -> bool:
    """Return whether the server accepts connections now. Waits at most five seconds for its answer."""
    server = f"host={socket_directory(checkout)} port={PORT} user=postgres dbname=postgres connect_timeout=5"
    return PGconn.ping(server.encode()) == Ping.OK


def _is_user(folder: Path) -> bool:
    """Return whether this process is registered as a user of the server.

    False if its descriptor was closed, as a daemon does, or the lock file was deleted, as `make clean` does.
    """
    return folder in _users_locks and is_same_file(_users_locks[folder], folder / "users.lock")


def _become_user(folder: Path) -> None:
    """Register this process as a user of the server, unless it is one, by a shared lock that it never releases.

    Waits while a supervisor that found no user stops the server. Raises OSError if the lock file cannot be opened.
    """
    if _is_user(folder):
        return
    lock = open_lock(folder / "users.lock")
    fcntl.flock(lock, fcntl.LOCK_SH)
    _users_locks[folder] = lock


def _start(checkout: Path) -> None:
    """Start the supervisor, and wait until the server accepts connections. Replaces server.log.

    If there is no data for this checkout, prints to stderr that it is created. Raises EmbeddedPostgresError if the
    programs are not installed or the data is of another major version, and OperationalError if the supervisor ends
    before the server is ready.
    """
    folder, installation = own_folder(checkout), find_installation()
    data = folder / "data"
    if data.exists() and belongs_to_checkout(folder, checkout):
        check_data_version(data)
    else:
        print(f"Setting up an embedded PostgreSQL in {folder} (once, takes some seconds)", file=sys.stderr)
    # Without site-packages and the environment the supervisor starts within some 30 milliseconds.
    command = [sys.executable, "-E", "-S", "-m", "ordinavo.embedded_postgres.supervisor"]
    log_file = folder / "server.log"
    log_file.unlink(missing_ok=True)
    with log_file.open("ab") as log:
        subprocess.run(
            [*command, checkout.resolve(), installation],
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=_IMPORT_ROOT,
            start_new_session=True,
        )
    while not _is_ready(checkout):
        if not is_locked(folder / "supervisor.lock"):
            raise _failure(folder, "could not be started")
        time.sleep(0.02)


def _failure(folder: Path, problem: str) -> OperationalError:
    """Return an error that states the problem, what to do, and the last ten lines of the server's log."""
    log_file = folder / "server.log"
    last_lines = log_file.read_text(errors="replace").splitlines()[-10:] if log_file.exists() else []
    return OperationalError(
        f"The embedded PostgreSQL {problem}. Try again, delete {folder} to start with an empty database, or set "
        "DATABASE_URL to use another server.\n" + "\n".join([f"Last lines of {log_file}:", *last_lines])
    )
