"""A small file system for PostgreSQL's data, in a file, so that it can be filled up."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ordinavo.embedded_postgres.binaries import Account

BYTES = 3 * 1024**3
"""The file is sparse: it takes only what is written."""


@dataclass(frozen=True)
class Disk:
    """A mounted file system."""

    mount: Path

    @property
    def _ballast(self) -> Path:
        return self.mount / "ballast"

    def fill(self) -> None:
        """Reserve every free block of the file system."""
        with self._ballast.open("wb") as file:
            size, step = 0, 256 * 1024 * 1024
            while step >= 4096:
                try:
                    os.posix_fallocate(file.fileno(), size, step)
                    size += step
                except OSError as error:
                    if error.errno != errno.ENOSPC:
                        raise
                    step //= 2

    def free(self) -> None:
        """Give the reserved blocks back."""
        self._ballast.unlink(missing_ok=True)


@contextmanager
def mounted(folder: Path, account: Account) -> Iterator[Disk | None]:
    """Mount a new file system below `folder`, for this account. At the end, unmount it.

    Yields None if this user is not root, or if the machine cannot mount a file.
    """
    mount = folder / "disk"
    if not _mount(folder / "disk.img", mount, account):
        yield None
        return
    try:
        yield Disk(mount)
    finally:
        with suppress(OSError):
            Disk(mount).free()
        subprocess.run(["umount", mount], check=False)


def _mount(image: Path, mount: Path, account: Account) -> bool:
    """Create and mount the file system, and return whether that succeeded."""
    if os.geteuid() != 0 or not shutil.which("mkfs.ext4") or not shutil.which("mount"):
        return False
    mount.mkdir()
    with image.open("wb") as file:
        file.truncate(BYTES)
    # -m 0: no blocks that only root may use.
    for command in (["mkfs.ext4", "-q", "-m", "0", str(image)], ["mount", "-o", "loop", str(image), str(mount)]):
        if subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode:
            return False
    os.chown(mount, account.uid, account.gid)
    return True
