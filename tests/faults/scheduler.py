"""Make faults one after another, and note how soon imports succeed again."""

import time
from dataclasses import dataclass

from tests.faults import faults
from tests.faults.faults import World
from tests.faults.pulse import Pulse

RECOVERY_SECONDS = 120
SUPERVISOR_SECONDS = 0.5
"""How often it is looked whether the service still runs."""


@dataclass
class Fault:
    """A fault that was made."""

    kind: str
    begun: float
    ended: float
    first_success: float | None
    """None if no import succeeded within RECOVERY_SECONDS."""
    until: float = 0.0
    """When the next fault began."""

    @property
    def recovery(self) -> float | None:
        """Return the seconds from the end of the fault to the first success, or None if there was none."""
        return None if self.first_success is None else self.first_success - self.ended


def make_faults(world: World, pulse: Pulse, kinds: list[str], seconds: float, pause: float) -> list[Fault]:
    """Make faults of these kinds for some seconds, each after a success and a pause, and return them."""
    made: list[Fault] = []
    deadline = time.monotonic() + seconds
    while True:
        _rest(world.random.uniform(0, 2 * pause), deadline)
        now = time.monotonic()
        if made:
            made[-1].until = now
        if now >= deadline:
            _first_success(world, pulse, made[-1].kind if made else "no fault", now)
            return made
        if not kinds:
            _rest(1, deadline)
            continue
        [kind] = world.random.choices(kinds, [faults.WEIGHTS.get(kind, 1) for kind in kinds])
        begun = time.monotonic()
        ended = faults.ALL[kind](world)
        made.append(Fault(kind, begun, ended, _first_success(world, pulse, kind, ended)))


def _first_success(world: World, pulse: Pulse, kind: str, ended: float) -> float | None:
    """Wait for the first success after a fault, and return when it came, or None after RECOVERY_SECONDS.

    Meanwhile start the service again if it has ended by itself, as a supervisor does.
    """
    while time.monotonic() < ended + RECOVERY_SECONDS:
        if not world.service.is_running:
            code = world.service.process.returncode if world.service.process else None
            pulse.error(f"the service ended by itself after {kind}, with exit code {code}")
            world.service.start()
        if first := pulse.first_success_after(ended, SUPERVISOR_SECONDS):
            return first
    return None


def _rest(seconds: float, deadline: float) -> None:
    time.sleep(max(0.0, min(seconds, deadline - time.monotonic())))
