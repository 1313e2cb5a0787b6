"""Locks on files. The kernel frees them when their last holder ends, however it ends.

- users.lock: shared by every process that uses the server
- start.lock: held while a process starts the server
- supervisor.lock: held by the supervisor for its lifetime
- server.lock: inherited by every process of the server: while it is held, one of them is alive
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def open_lock(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def try_lock(lock: int, operation: int) -> bool:
    try:
        fcntl.flock(lock, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def exclusively(path: Path) -> Iterator[None]:
    lock = open_lock(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        _release(lock)


def is_locked(path: Path) -> bool:
    """Whether somebody holds the lock exclusively."""
    lock = open_lock(path)
    try:
        return not try_lock(lock, fcntl.LOCK_SH)
    finally:
        _release(lock)


def _release(lock: int) -> None:
    # Closing alone would leave the lock to a process that was forked meanwhile.
    fcntl.flock(lock, fcntl.LOCK_UN)
    os.close(lock)


def is_same_file(lock: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock), path.stat())
    except OSError:
        return False
