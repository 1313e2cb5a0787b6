"""make bench: starts what it needs, measures side by side and interleaved, prints a table, writes bench.json."""

import argparse
import random
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from . import cluster, databases, limits, processes, servers
from .databases import Database
from .measuring import Cell, Contestant, measure

GOAL_CLIENTS = 8


@dataclass
class Options:
    rounds: int
    seconds: float
    only: list[str]
    clients: list[int]
    sizes: list[int]
    seed: int
    ours: dict[str, str]
    settings: dict[str, str] = field(default_factory=dict)


def main() -> None:
    options = arguments(sys.argv[1:])
    with ExitStack() as stack:
        run(options, stack)


def arguments(words: list[str]) -> Options:
    parser = argparse.ArgumentParser(prog="make bench ARGS=", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--only", default="single,batch")
    parser.add_argument("--clients", default="1,8,32")
    parser.add_argument("--sizes", default="100,1000,10000")
    parser.add_argument("--seed", type=int, default=int(time.time()) % 100_000)
    given = parser.parse_args(words)
    return Options(
        given.rounds,
        given.seconds,
        given.only.split(","),
        [int(n) for n in given.clients.split(",")],
        [int(n) for n in given.sizes.split(",")],
        given.seed,
        servers.OURS,
    )


def run(options: Options, stack: ExitStack) -> None:
    postgres = stack.enter_context(cluster.running(options.settings))
    database = databases.make(postgres, "bench")
    contestants = start(options, database, stack)
    results: list[dict[str, Any]] = []
    order = random.Random(options.seed)
    print(f"seed {options.seed}")
    for number in range(1, options.rounds + 1):
        stolen, ticks = processes.machine()
        for cell in cells(options):
            shuffled = order.sample(contestants, len(contestants))
            for contestant in shuffled:
                done = measure(contestant, cell, options.seconds)
                results.append({"round": number, "cell": cell.name, "contestant": contestant.name} | done)
                print(number, cell.name, contestant.name, done, flush=True)
        more, later = processes.machine()
        print(f"round {number}: {100 * (more - stolen) / (later - ticks):.1f} % of the CPU stolen")


def start(options: Options, database: Database, stack: ExitStack) -> list[Contestant]:
    folder = Path(stack.enter_context(__import__("tempfile").TemporaryDirectory()))
    contestants = []
    for name, command in (options.ours | servers.PEERS).items():
        server = stack.enter_context(servers.running(name, command, database.url, folder))
        server.idle = processes.resident(server.pid)
        contestants.append(Contestant(name, database, server))
    for statements in (1, 3):
        limit = partial(_pgbench, database, folder, statements)
        contestants.append(Contestant(f"pgbench-{statements}", database, None, limit))
    return contestants


def _pgbench(database: Database, folder: Path, statements: int, cell: Cell, seconds: float) -> dict[str, Any]:
    return limits.pgbench(database, cell.kind, cell.clients, seconds, folder, statements=statements)


def cells(options: Options) -> list[Cell]:
    return [Cell("single", kind, clients) for clients in options.clients for kind in ("new", "existing")]
