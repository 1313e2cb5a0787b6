"""A watched folder on disk: which of its files are complete, and where they are moved."""

import errno
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

from importjobs.files.rejected_beside import rejected_path
from ordinavo.common.files.names import with_addition

DONE, FAILED = "done", "failed"
_ID_FILE = ".ordinavo-folder"
_UNFINISHED = (".tmp", ".temp", ".part", ".partial", ".filepart", ".crdownload", ".swp", ".lock")
_HIDDEN = (".", "~$", "~")
_SPARE_BYTES = 32
"""Of the name of a moved file, for what the names of the files beside it have in addition."""


class Found(NamedTuple):
    """A file in a watched folder."""

    path: Path
    version: str
    modified: int
    """In nanoseconds since 1970."""


class Folder:
    """A folder whose files are imported. Each one is moved to one of its subfolders afterwards."""

    def __init__(self, path: Path) -> None:
        """Make the subfolders and the file with the folder's id that are missing.

        Raises OSError if that fails or a subfolder lies on another file system, and ValueError if the id is damaged.
        """
        self.path = path
        for name in (DONE, FAILED):
            (path / name).mkdir(exist_ok=True)
            if (path / name).stat().st_dev != path.stat().st_dev:
                raise OSError(f"{name}/ lies on another file system, so files cannot be moved there at once.")
        self.id = _folder_id(path / _ID_FILE)
        self._seen: dict[str, str] = {}

    def complete_files(self) -> list[Found]:
        """Return the files that have not changed since the last call, oldest first. So the first call returns none.

        Hidden and temporary files, folders and symbolic links are left out. Raises OSError if the folder cannot be
        read.
        """
        found = list(self._files())
        complete = [one for one in found if self._seen.get(one.path.name) == one.version]
        self._seen = {one.path.name: one.version for one in found}
        return sorted(complete, key=lambda one: (one.modified, one.path.name))

    def require_same(self) -> None:
        """Raise OSError if another folder is at the path now, or none: a network drive may be gone for a while."""
        if (self.path / _ID_FILE).read_text().strip() != str(self.id):
            raise OSError(errno.ESTALE, "Another folder is at this path now", str(self.path))

    def free_destination(self, subfolder: str, name: str, *, planned: Collection[str]) -> str:
        """Return a path in a subfolder, such as "done/orders.csv", that no file has: else "done/orders (2).csv".

        No file has the path of its rejected rows or of its reason either, and no `planned` destination has one of the
        three. A name that is too long is shortened.
        """
        taken = {path for destination in planned for path in _paths_of_moved(self.path / destination)}
        number, candidate = 1, with_addition(name, "", spare=_SPARE_BYTES)
        while any(
            path in taken or os.path.lexists(path) for path in _paths_of_moved(self.path / subfolder / candidate)
        ):
            number += 1
            candidate = with_addition(name, f" ({number})", spare=_SPARE_BYTES)
        return f"{subfolder}/{candidate}"

    def holds_moved(self, version: str) -> bool:
        """Return whether the file of a version was moved to one of the subfolders. Moving it keeps its version."""
        return any(version_at(path) == version for name in (DONE, FAILED) for path in (self.path / name).iterdir())

    def sync(self) -> None:
        """Write the names in the folder and its subfolders to the disk, so that a power failure undoes no move."""
        for path in (self.path, self.path / DONE, self.path / FAILED):
            descriptor = os.open(path, os.O_RDONLY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)

    def _files(self) -> Iterator[Found]:
        """Yield the files that may be imported once they are complete."""
        with os.scandir(self.path) as entries:
            for entry in entries:
                if entry.name.startswith(_HIDDEN) or entry.name.lower().endswith(_UNFINISHED):
                    continue
                try:
                    status = entry.stat(follow_symlinks=False)
                except FileNotFoundError:
                    continue
                if stat.S_ISREG(status.st_mode):
                    yield Found(Path(entry.path), version_of(status), status.st_mtime_ns)


def reason_path(path: Path) -> Path:
    """Return the path of the text that says why a file was not imported: orders.csv gives orders.csv.reason.txt."""
    return path.with_name(with_addition(f"{path.name}.txt", ".reason"))


def _paths_of_moved(path: Path) -> list[Path]:
    """Return the path to which a file may be moved, and those of its rejected rows and of its reason beside it.

    None of them needs to exist.
    """
    return [path, rejected_path(path), reason_path(path)]


def version_of(status: os.stat_result) -> str:
    """Return what tells a file from others of its name: its inode, its size and the time of its last change."""
    return f"{status.st_ino}-{status.st_size}-{status.st_mtime_ns}"


def version_at(path: Path) -> str | None:
    """Return the version of the file that is at a path now, or None if there is none."""
    try:
        return version_of(path.lstat())
    except FileNotFoundError:
        return None


def _folder_id(path: Path) -> UUID:
    """Return the id in a file. A missing file is made, by one of several processes. Raises OSError or ValueError."""
    if not path.exists():
        unfinished = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        unfinished.write_text(str(uuid4()))
        try:
            os.link(unfinished, path)
        except FileExistsError:
            pass
        finally:
            unfinished.unlink()
    return UUID(path.read_text().strip())
