"""Run the fault harness: python -m tests.faults --seconds 120 --seed 1."""

import signal
import sys

from tests.faults import options, run


def _interrupt(_number: int, _frame: object) -> None:
    """End the run as Ctrl-C does, so that everything is cleaned up."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    try:
        sys.exit(run.run(options.parse(sys.argv[1:], run.KINDS)))
    except KeyboardInterrupt:
        sys.exit("Interrupted; everything was stopped and removed, except the ledger in /var/tmp.")
