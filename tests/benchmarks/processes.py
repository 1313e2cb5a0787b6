"""Read from /proc what processes cost: their CPU time, their memory, and the CPU time that a hypervisor took away."""

import os
import time
from contextlib import suppress
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """Return the fields of /proc/PID/stat after the process name, which may contain spaces; the first is the state."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def with_descendants(root: int) -> list[int]:
    """Return the ids of a process and of all its descendants."""
    parents: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            with suppress(OSError):
                parents.setdefault(int(_stat(int(entry))[1]), []).append(int(entry))
    found = [root]
    for pid in found:
        found += parents.get(pid, [])
    return found


def cpu_seconds(root: int) -> float:
    """Return the CPU time of a process and its descendants, including those whose end a parent has waited for."""
    ticks = 0
    for pid in with_descendants(root):
        with suppress(OSError):
            ticks += sum(int(value) for value in _stat(pid)[11:15])
    return ticks / _TICK


def wait_for_others_to_end(root: int, expected: set[int], timeout_seconds: float = 5) -> None:
    """Wait until a process has no descendants but the expected ones, or until the timeout.

    The CPU time of a process that is just ending can be missed or counted twice.
    """
    deadline = time.monotonic() + timeout_seconds
    while set(with_descendants(root)) - expected and time.monotonic() < deadline:
        time.sleep(0.01)


def _status(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0


def resident_memory(root: int) -> dict[int, int]:
    """Return the resident bytes of a process and of each descendant, by process id."""
    return _memory(root, "VmRSS:")


def peak_memory(root: int) -> dict[int, int]:
    """Return the most resident bytes since `reset_peak`, by process id."""
    return _memory(root, "VmHWM:")


def _memory(root: int, name: str) -> dict[int, int]:
    sizes = {}
    for pid in with_descendants(root):
        with suppress(OSError):
            sizes[pid] = _status(pid, name)
    return sizes


def reset_peak(root: int) -> None:
    """Start a new measurement of the peak memory of a process and its descendants."""
    for pid in with_descendants(root):
        with suppress(OSError):
            Path(f"/proc/{pid}/clear_refs").write_text("5")


def stolen_and_total_ticks() -> tuple[int, int]:
    """Return the clock ticks since boot that a hypervisor gave to other machines, and all clock ticks."""
    ticks = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return ticks[7], sum(ticks)
