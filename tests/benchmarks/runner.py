"""Starts what is needed, measures in rounds, and hands all figures to the report."""

import os
import platform
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from . import checks, cluster, contestants, databases, filling, options, processes, report, statements
from .contestants import SMALL
from .databases import Database
from .measuring import Cell, Contestant, measure
from .options import Options

GOAL_CLIENTS = 8


def main() -> None:
    chosen = options.read(sys.argv[1:])
    started = time.monotonic()
    for ending in (signal.SIGTERM, signal.SIGHUP):  # so that all that was started is stopped
        signal.signal(ending, lambda *_: sys.exit("Ended."))
    with ExitStack() as stack:
        figures = _run(chosen, stack)
    report.write(figures | {"minutes": round((time.monotonic() - started) / 60, 1)}, Path(chosen.output))


def _run(chosen: Options, stack: ExitStack) -> dict[str, Any]:
    settings = (statements.SETTINGS if chosen.installation else {}) | chosen.settings
    postgres = stack.enter_context(cluster.running(settings, chosen.folder, chosen.installation))
    print(f"PostgreSQL lies in {postgres.folder}, with its log.", flush=True)
    small, full = databases.make(postgres, "bench", chosen.rate_limit), None
    if chosen.at_size:
        full = databases.make(postgres, "bench_full", chosen.rate_limit)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ordinavo-bench-")))
    entered = contestants.start(chosen, small, full, folder, stack)
    checks.check(entered)
    if full:
        filling.fill(full, chosen.targets, chosen.items)
        for contestant in entered:
            if contestant.server and contestant.database is full:
                checks.check_reads(contestant)
    _warm(entered)
    print(
        f"Seed {chosen.seed}, {chosen.rounds} rounds of {chosen.seconds:g} s; load {os.getloadavg()[0]:.1f}", flush=True
    )
    rounds = [_round(number, chosen, entered) for number in range(1, chosen.rounds + 1)]
    return {
        "machine": _machine(small, postgres.folder),
        "seed": chosen.seed,
        "seconds": chosen.seconds,
        "commands": chosen.ours | chosen.peers,
        "idle_bytes": {one.name: max(one.server.idle.values()) for one in entered if one.server},
        "rounds": rounds,
    }


def _warm(entered: list[Contestant]) -> None:
    """A worker's memory without load is what it has once it has answered: by then it has imported all it needs."""
    cell = Cell("single", "new", 8)
    for contestant in entered:
        if contestant.server and not contestant.name.endswith(SMALL):
            measure(contestant, cell, 1)
    for contestant in entered:
        if contestant.server:
            contestant.server.idle = processes.resident(contestant.server.pid)


def _round(number: int, chosen: Options, entered: list[Contestant]) -> dict[str, Any]:
    order = random.Random(f"{chosen.seed}-{number}")
    before, measured = processes.machine(), []
    for cell in contestants.cells(chosen):
        taking = [contestant for contestant in entered if contestant.takes(cell)]
        figures = {}
        for contestant in order.sample(taking, len(taking)):
            if chosen.installation:
                statements.forget(contestant.database)
            figures[contestant.name] = measure(contestant, cell, _seconds(cell, chosen))
            if chosen.installation:
                statements.show(contestant.database, f"{cell.name}, {contestant.name}")
        measured.append({"cell": cell.name, "figures": figures})
        rates = "  ".join(f"{name} {figures[name]['rate']:,.0f}" for name in figures)
        print(f"  round {number}: {cell.name}: {rates}", flush=True)
    stolen, ticks = (now - then for now, then in zip(processes.machine(), before, strict=True))
    percent = 100 * stolen / max(1, ticks)
    print(f"round {number}: {percent:.2f} % of the CPU stolen, load {os.getloadavg()[0]:.1f}", flush=True)
    return {"round": number, "steal_percent": percent, "cells": measured}


def _seconds(cell: Cell, chosen: Options) -> float:
    """What goals are about is measured longest."""
    beside = {"single": cell.clients != GOAL_CLIENTS, "batch": cell.size in (100, 1_000)}
    return chosen.seconds / 3 if beside.get(cell.group) else chosen.seconds


def _machine(database: Database, folder: Path) -> dict[str, Any]:
    with database.connect() as connection:
        version = connection.execute("SHOW server_version").fetchone()[0]
        settings = {
            name: connection.execute(f"SHOW {name}").fetchone()[0]
            for name in (*cluster.SETTINGS,)
            if name != "timezone"
        }
    return {
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        "kernel": platform.release(),
        "postgres": version,
        "settings": settings,
        "disk": _kind_of_disk(folder),
    }


def _kind_of_disk(folder: Path) -> str:
    """Such as ext2/ext3, or tmpfs, where nothing is durable."""
    shown = subprocess.run(["stat", "--file-system", "--format=%T", folder], capture_output=True, text=True, check=True)
    return shown.stdout.strip()
