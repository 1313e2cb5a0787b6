"""Run the fault harness: python -m tests.faults --seconds 120 --seed 1."""

import signal
import sys

from tests.faults import options, run
from tests.faults.background import run as background_run
from tests.faults.options import Options


def _interrupt(_number: int, _frame: object) -> None:
    """End the run as Ctrl-C does, so that everything is cleaned up."""
    raise KeyboardInterrupt


def _run(chosen: Options) -> int:
    """Make the run that the options choose, and return the exit code."""
    return background_run.run(chosen) if chosen.background else run.run(chosen)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    try:
        sys.exit(_run(options.parse(sys.argv[1:], run.KINDS)))
    except KeyboardInterrupt:
        sys.exit("Interrupted; everything was stopped and removed, except the ledger in /var/tmp.")
