"""Workers of background jobs that are killed and stopped, and started again at once, as a supervisor does."""

import os
import random
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from tests.benchmarks.servers import CHECKOUT, end_with_parent


class Workers:
    """Worker processes of one run."""

    def __init__(self, number: int, environment: dict[str, str], log: Path) -> None:
        self._environment, self._log = environment, log
        self._processes = [self._start() for _ in range(number)]
        self.ended_by_themselves = 0

    def kill(self, chosen: random.Random) -> None:
        """Kill a worker, wait for its end, and start another one in its place."""
        place = chosen.randrange(len(self._processes))
        self._processes[place].kill()
        self._processes[place].wait()
        self._processes[place] = self._start()

    def pause(self, chosen: random.Random) -> int:
        """Stop a worker in the middle of its work by SIGSTOP, and return its process id for `go_on`."""
        pid = chosen.choice(self._processes).pid
        os.kill(pid, signal.SIGSTOP)
        return pid

    def go_on(self, pid: int) -> None:
        """Let a paused worker go on. Does nothing if it was killed meanwhile."""
        if any(process.pid == pid for process in self._processes):
            os.kill(pid, signal.SIGCONT)

    def restart_ended(self) -> None:
        """Start workers again that have ended by themselves, and count them."""
        for place, process in enumerate(self._processes):
            if process.poll() is not None:
                self.ended_by_themselves += 1
                self._processes[place] = self._start()

    def end(self) -> None:
        """Kill all workers and wait for their end."""
        for process in self._processes:
            with suppress(ProcessLookupError):
                process.kill()
            process.wait()

    def _start(self) -> "subprocess.Popen[bytes]":
        """Start a worker. It ends with this process."""
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "ordinavo.worker"],
                cwd=CHECKOUT,
                env=self._environment | {"LOG_LEVEL": "INFO"},
                stdout=log,
                stderr=log,
                preexec_fn=end_with_parent(signal.SIGKILL),
            )
