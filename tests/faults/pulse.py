"""What the clients see, second by second: successes, refusals and lost connections."""

import threading
import time
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Pulse:
    """Counts the answers of all clients, and remembers when successes and refusals came. Safe for threads."""

    counts: "Counter[str]" = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)
    """Each answer 500, and each other answer that no client should get, in words."""
    _successes: list[float] = field(default_factory=list)
    _refusals: list[float] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def success(self) -> None:
        """Count an import that was recorded."""
        with self._changed:
            self.counts["successes"] += 1
            self._successes.append(time.monotonic())
            self._changed.notify_all()

    def refusal(self, status: int) -> None:
        """Count an answer 5xx or 409 after which the client tries again."""
        with self._changed:
            self.counts[f"answers {status}"] += 1
            self._refusals.append(time.monotonic())

    def count(self, name: str) -> None:
        """Count something else by its name."""
        with self._changed:
            self.counts[name] += 1

    def error(self, text: str) -> None:
        """Remember an answer that no client should get."""
        with self._changed:
            self.errors.append(text)

    def first_success_after(self, moment: float, timeout: float) -> float | None:
        """Wait for a success after a moment, and return when the first one came, or None after the timeout."""
        deadline = time.monotonic() + timeout
        with self._changed:
            while True:
                place = bisect_left(self._successes, moment)
                if place < len(self._successes):
                    return self._successes[place]
                if not self._changed.wait(max(0, deadline - time.monotonic())):
                    return None

    def refusals_between(self, begin: float, end: float) -> list[float]:
        """Return when the refusals between two moments came."""
        with self._changed:
            return self._refusals[bisect_left(self._refusals, begin) : bisect_left(self._refusals, end)]
