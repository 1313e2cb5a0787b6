"""The folder in which the web processes of one server share their metrics.

`python -m ordinavo.server` creates it before it starts its workers. This module imports prometheus_client only when a
worker has ended, because that package reads its environment variable when it is imported.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_MEMORY = "/dev/shm"  # noqa: S108  a folder with a random name is made in it
_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


@contextmanager
def shared_folder() -> Iterator[Path]:
    """Make the processes that start during the block share their metrics in a new private folder.

    Begin the block before prometheus_client is imported and before a worker starts, and end it after all workers. Then
    the folder is removed. It is in memory if the system has /dev/shm: a process that writes to a mapped file on a full
    disk is killed. Raises OSError if no folder can be created.
    """
    folder = tempfile.mkdtemp(prefix="ordinavo-metrics-", dir=_MEMORY if os.access(_MEMORY, os.W_OK) else None)
    os.environ[_VARIABLE] = folder
    try:
        yield Path(folder)
    finally:
        del os.environ[_VARIABLE]
        shutil.rmtree(folder, ignore_errors=True)


def restore_shared_folder() -> None:
    """Create the folder again if something has removed it, such as a job that cleans temporary folders."""
    if folder := os.environ.get(_VARIABLE):
        Path(folder).mkdir(mode=0o700, exist_ok=True)


def forget_process(pid: int) -> None:
    """Remove the gauges of a worker that has ended, such as its memory. Its counters stay: a counter never decreases.

    Does nothing if there is no shared folder.
    """
    if _VARIABLE in os.environ:
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415  reads the variable

        mark_process_dead(pid)
