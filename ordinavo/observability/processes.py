"""The folder in which the web processes of one server share their metrics.

`python -m ordinavo.server` prepares it before it starts its workers. This module imports prometheus_client only when a
worker has ended, because that package reads its environment variable when it is imported.
"""

import os
import shutil
import tempfile
from pathlib import Path

_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def prepare_folder() -> Path:
    """Create an empty private folder for the metrics, and make the processes that start from now on use it.

    Call it before prometheus_client is imported and before a worker starts. Raises OSError if no folder can be created.
    """
    folder = Path(tempfile.mkdtemp(prefix="ordinavo-metrics-"))
    os.environ[_VARIABLE] = str(folder)
    return folder


def forget_process(pid: int) -> None:
    """Remove the gauges of a worker that has ended, such as its memory. Its counters stay: a counter never decreases.

    Does nothing if `prepare_folder` was not called.
    """
    if _VARIABLE in os.environ:
        from prometheus_client.multiprocess import mark_process_dead  # noqa: PLC0415  reads the variable

        mark_process_dead(pid)


def remove_folder(folder: Path) -> None:
    """Remove the folder of `prepare_folder` with all metrics. Call it when all workers have ended. Raises nothing."""
    os.environ.pop(_VARIABLE, None)
    shutil.rmtree(folder, ignore_errors=True)
