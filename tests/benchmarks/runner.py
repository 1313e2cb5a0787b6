"""Start PostgreSQL and all contestants, measure them in rounds, and write the report."""

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

from tests.benchmarks import (
    background,
    background_report,
    checks,
    cluster,
    contestants,
    databases,
    filling,
    options,
    processes,
    report,
    statements,
)
from tests.benchmarks.contestants import SMALL
from tests.benchmarks.databases import Database
from tests.benchmarks.measuring import Contestant, Workload, measure
from tests.benchmarks.options import Options

GOAL_CLIENTS = 8


def main() -> None:
    """Run the benchmark with the options of the command line. SIGTERM and SIGHUP stop all that it has started."""
    chosen = options.parse(sys.argv[1:])
    started = time.monotonic()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit("Stopped by a signal."))
    with ExitStack() as stack:
        figures = _run(chosen, stack)
    write = background_report.write if chosen.background else report.write
    write(figures | {"minutes": round((time.monotonic() - started) / 60, 1)}, Path(chosen.output))


def _run(chosen: Options, stack: ExitStack) -> dict[str, Any]:
    settings = (statements.SETTINGS if chosen.installation else {}) | chosen.settings
    postgres = stack.enter_context(cluster.running(settings, chosen.folder, chosen.installation))
    print(f"The data and the log of PostgreSQL are in {postgres.folder}.", flush=True)
    if chosen.background:
        return background.run(chosen, postgres, postgres.folder, stack)
    small, full = databases.create(postgres, "bench", chosen.rate_limit), None
    if chosen.at_size:
        full = databases.create(postgres, "bench_full", chosen.rate_limit)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ordinavo-bench-")))
    started = contestants.start(chosen, small, full, folder, stack)
    checks.check(started)
    if full:
        filling.fill(full, chosen.targets, chosen.items)
        for contestant in started:
            if contestant.server and contestant.database is full:
                checks.check_reads(contestant)
    _warm_up(started)
    print(
        f"Seed {chosen.seed}, {chosen.rounds} rounds of {chosen.seconds:g} s; load {os.getloadavg()[0]:.1f}", flush=True
    )
    rounds = [_round(number, chosen, started) for number in range(1, chosen.rounds + 1)]
    return {
        "machine": _machine(small, postgres.folder),
        "seed": chosen.seed,
        "seconds": chosen.seconds,
        "commands": chosen.ours | chosen.peers,
        "idle_bytes": {one.name: max(one.server.idle.values()) for one in started if one.server},
        "rounds": rounds,
    }


def _warm_up(started: list[Contestant]) -> None:
    """Send load for a second, then note the memory of each process: only now have all modules been imported."""
    workload = Workload("single", "new", 8)
    for contestant in started:
        if contestant.server and not contestant.name.endswith(SMALL):
            measure(contestant, workload, 1)
    for contestant in started:
        if contestant.server:
            contestant.server.idle = processes.resident_memory(contestant.server.pid)


def _round(number: int, chosen: Options, started: list[Contestant]) -> dict[str, Any]:
    order = random.Random(f"{chosen.seed}-{number}")
    before, measured = processes.stolen_and_total_ticks(), []
    for workload in contestants.workloads(chosen):
        supporting = [contestant for contestant in started if contestant.supports(workload)]
        figures = {}
        for contestant in order.sample(supporting, len(supporting)):
            seconds = _seconds(workload, chosen)
            if not chosen.installation:
                figures[contestant.name] = measure(contestant, workload, seconds)
            else:
                figures[contestant.name] = measure(contestant, workload, seconds, statements.reset)
                statements.show(contestant.database, f"{workload.name}, {contestant.name}")
        measured.append({"workload": workload.name, "figures": figures})
        rates = "  ".join(f"{name} {figures[name]['rate']:,.0f}" for name in figures)
        print(f"  round {number}: {workload.name}: {rates}", flush=True)
    stolen, ticks = (now - then for now, then in zip(processes.stolen_and_total_ticks(), before, strict=True))
    percent = 100 * stolen / max(1, ticks)
    print(f"round {number}: {percent:.2f} % of the CPU stolen, load {os.getloadavg()[0]:.1f}", flush=True)
    return {"round": number, "steal_percent": percent, "workloads": measured}


def _seconds(workload: Workload, chosen: Options) -> float:
    """Return how long to measure a workload: a third of the usual time if no goal depends on it."""
    without_goal = {"single": workload.clients != GOAL_CLIENTS, "batch": workload.size in (100, 1_000)}
    return chosen.seconds / 3 if without_goal.get(workload.group) else chosen.seconds


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
    """Return the name of the file system, such as ext2/ext3, or tmpfs, on which nothing is durable."""
    shown = subprocess.run(["stat", "--file-system", "--format=%T", folder], capture_output=True, text=True, check=True)
    return shown.stdout.strip()
