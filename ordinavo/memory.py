"""Tune the memory of processes that import: web processes and workers."""

import ctypes
import gc
from contextlib import suppress


def return_freed_memory() -> None:
    """Let malloc return the memory of a large batch to the operating system. Call it before threads are started."""
    with suppress(AttributeError):  # another C library than glibc has no mallopt(3), which explains the numbers
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(-8, 2)  # M_ARENA_MAX
        mallopt(-3, 256 * 1024)  # M_MMAP_THRESHOLD, in bytes


def collect_garbage_seldom() -> None:
    """Let Python search for garbage less often. Call it when all modules are imported."""
    gc.freeze()  # what is loaded now is never garbage
    gc.set_threshold(50_000)  # a batch makes hardly any garbage: searching for it took a tenth of its time
