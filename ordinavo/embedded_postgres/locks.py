"""Locks on files, which the kernel frees when their last holder ends, however it ends.

- users.lock: shared by every process that uses the server
- start.lock: held while a process starts the server
- supervisor.lock: held by the supervisor for its lifetime
- server.lock: inherited by every process of the server, so it is free when none of them is left

fasteners, which the wheel depends on, locks with lockf: such a lock is not inherited by a forked process.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def open_lock(path: Path) -> int:
    """Return a descriptor of the lock file, which is created if it is missing. It is not locked yet.

    Raises OSError if it cannot be opened, or is a symbolic link.
    """
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def try_lock(lock: int, operation: int) -> bool:
    """Lock a descriptor with fcntl.LOCK_SH or LOCK_EX and return True, without waiting.

    Returns False if another holder prevents that.
    """
    try:
        fcntl.flock(lock, operation | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def exclusively(path: Path) -> Iterator[None]:
    """Hold the lock of a file exclusively during the block, after waiting without limit for other holders.

    Creates the file if it is missing. Raises OSError if it cannot be opened.
    """
    lock = open_lock(path)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        _release(lock)


def is_locked(path: Path) -> bool:
    """Return whether a process holds the lock of a file exclusively. Creates the file if it is missing."""
    lock = open_lock(path)
    try:
        return not try_lock(lock, fcntl.LOCK_SH)
    finally:
        _release(lock)


def _release(lock: int) -> None:
    """Release a lock and close its descriptor.

    Closing alone would leave the lock to a child that was forked meanwhile.
    """
    fcntl.flock(lock, fcntl.LOCK_UN)
    os.close(lock)


def is_same_file(lock: int, path: Path) -> bool:
    """Return whether a descriptor is open and its file is still the one at this path, not deleted or replaced."""
    try:
        return os.path.samestat(os.fstat(lock), path.stat())
    except OSError:
        return False
