"""What a process that uses the embedded server does: hold its lock and see that a supervisor runs."""

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
    Refused,
    find_installation,
    is_of_this_checkout,
    make_private,
    own_folder,
    refuse_other_version,
    socket_directory,
    tie_to_checkout,
)
from ordinavo.embedded_postgres.locks import exclusively, is_locked, is_same_file, open_lock

_PATIENCE_SECONDS = 60
_IMPORT_ROOT = Path(__file__).resolve().parents[2]
_users_locks: dict[Path, int] = {}


def ensure_running(checkout: Path) -> None:
    """Makes this process a user of the server and starts it where needed. Costs well under a millisecond if it runs."""
    folder = own_folder(checkout)
    try:
        make_private(folder)
        if _is_user(folder) and is_locked(folder / "supervisor.lock"):
            return
        with exclusively(folder / "start.lock"):
            _become_user(folder)
            afresh = not is_of_this_checkout(checkout, folder)
            if is_locked(folder / "supervisor.lock"):
                if afresh:
                    raise Refused(f"Processes of an earlier checkout at {checkout} still use its database. End them.")
                return
            _start(folder, socket_directory(checkout), afresh)
            if afresh:
                tie_to_checkout(checkout, folder)
    except Refused as error:
        raise ImproperlyConfigured(str(error)) from error
    except OSError as error:
        raise OperationalError(f"The embedded PostgreSQL cannot use {folder}: {error}. Set DATABASE_URL.") from error


def wait_until_ready(checkout: Path) -> None:
    """For after a failed connection: the server may be restarting, recovering or on its way down."""
    server = f"host={socket_directory(checkout)} port={PORT} user=postgres dbname=postgres connect_timeout=5"
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        ensure_running(checkout)
        if PGconn.ping(server.encode()) == Ping.OK:
            return
        if time.monotonic() > deadline:
            raise _failure(own_folder(checkout), f"takes no connections since {_PATIENCE_SECONDS} seconds")
        time.sleep(0.05)


def _is_user(folder: Path) -> bool:
    # A daemon may have closed the lock, and `make clean` may have deleted its file.
    return folder in _users_locks and is_same_file(_users_locks[folder], folder / "users.lock")


def _become_user(folder: Path) -> None:
    if _is_user(folder):
        return
    lock = open_lock(folder / "users.lock")
    # Waits for a supervisor that found no user and is stopping the server. The lock is never given back: it ends
    # with this process and the workers it forked, which share it.
    fcntl.flock(lock, fcntl.LOCK_SH)
    _users_locks[folder] = lock


def _start(folder: Path, sockets: Path, afresh: bool) -> None:
    installation = find_installation()
    if not afresh:
        refuse_other_version(folder)
    # Without site-packages and the environment the supervisor starts in some 30 ms.
    command = [sys.executable, "-E", "-S", "-m", "ordinavo.embedded_postgres.supervisor"]
    log_file = folder / "server.log"
    log_file.unlink(missing_ok=True)
    with (
        log_file.open("ab") as log,
        subprocess.Popen(
            [*command, folder, sockets, installation, *(["afresh"] if afresh else [])],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=_IMPORT_ROOT,
            start_new_session=True,
        ) as supervisor,
    ):
        assert supervisor.stdout is not None
        for line in supervisor.stdout:
            word, _, text = line.decode(errors="replace").strip().partition(" ")
            if word == "ready":
                return
            if word == "failed":
                raise _failure(folder, f"could not be started: {text.rstrip('.')}")
            print(f"Setting up an embedded PostgreSQL in {folder} (once, takes some seconds)", file=sys.stderr)
    raise _failure(folder, "could not be started: its supervisor ended")


def _failure(folder: Path, problem: str) -> OperationalError:
    log_file = folder / "server.log"
    last_lines = log_file.read_text(errors="replace").splitlines()[-10:] if log_file.exists() else []
    return OperationalError(
        f"The embedded PostgreSQL {problem}. Try again, delete {folder} to start with an empty database, or set "
        "DATABASE_URL to use another server.\n" + "\n".join([f"Last lines of {log_file}:", *last_lines])
    )
