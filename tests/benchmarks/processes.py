"""What processes cost, read from /proc: CPU of a whole tree, peak memory, and what a hypervisor took."""

import os
import time
from contextlib import suppress
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK")


def _stat(pid: int) -> list[str]:
    """The fields after the name, which may have spaces; the first is the state."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def tree(root: int) -> list[int]:
    """A process and all below it."""
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
    """Of the tree, those that have ended included: their parents have waited for them."""
    ticks = 0
    for pid in tree(root):
        with suppress(OSError):
            ticks += sum(int(value) for value in _stat(pid)[11:15])
    return ticks / _TICK


def settle(root: int, kept: set[int], patience: float = 5) -> None:
    """Waits until what came beside those kept has ended: one that is just ending can be missed, or counted twice."""
    deadline = time.monotonic() + patience
    while set(tree(root)) - kept and time.monotonic() < deadline:
        time.sleep(0.01)


def _status(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0


def resident(root: int) -> dict[int, int]:
    return _of_tree(root, "VmRSS:")


def peak(root: int) -> dict[int, int]:
    """The most since `forget_peak`."""
    return _of_tree(root, "VmHWM:")


def _of_tree(root: int, name: str) -> dict[int, int]:
    sizes = {}
    for pid in tree(root):
        with suppress(OSError):
            sizes[pid] = _status(pid, name)
    return sizes


def forget_peak(root: int) -> None:
    for pid in tree(root):
        with suppress(OSError):
            Path(f"/proc/{pid}/clear_refs").write_text("5")


def machine() -> tuple[int, int]:
    """Ticks that a hypervisor gave to others, and all ticks."""
    ticks = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return ticks[7], sum(ticks)
