"""Write the rejected rows of a file beside it on disk."""

import os
from itertools import count
from pathlib import Path
from uuid import uuid4

from importjobs.files import imports
from importjobs.models import FileImport
from ordinavo.common.files.names import with_addition


def rejected_path(path: Path) -> Path:
    """Return the path of the rejected rows of a file: orders.csv gives orders.rejected.csv in the same folder.

    A name that would be too long for the disk is shortened.
    """
    return path.with_name(with_addition(path.name, ".rejected"))


def free_rejected_path(path: Path) -> Path:
    """Return a path for the rejected rows of a file that no file has: else orders.rejected (2).csv."""
    first = rejected_path(path)
    numbered = (first.with_name(with_addition(first.name, f" ({number})")) for number in count(2))
    return first if not os.path.lexists(first) else next(one for one in numbered if not os.path.lexists(one))


def write_rejected_rows(file_import: FileImport, path: Path) -> None:
    """Write the rejected rows to `path`, complete or not at all. An existing file is replaced.

    Raises UnreadableFile if the stored file cannot be read, and OSError if the file cannot be written.
    """
    unfinished = path.with_name(f".rejected.{uuid4()}.tmp")
    try:
        with unfinished.open("wb") as out:
            imports.rejected_file(file_import, out)
            out.flush()
            os.fsync(out.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
