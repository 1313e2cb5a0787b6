"""Start what is compared: variants of our server, two peer servers, and PostgreSQL alone. List the workloads."""

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks import baselines, servers, sql
from tests.benchmarks.databases import Database
from tests.benchmarks.measuring import Contestant, Workload
from tests.benchmarks.options import Options

PLAIN_ITEMS = 300
"""The largest batch of the plain peer. It takes the same time for each item, and minutes for 10,000."""
SMALL, FULL = "@small", "@full"
BESIEGED = "+slow"
SLOW_CLIENTS = 500


def start(options: Options, small: Database, full: Database | None, folder: Path, stack: ExitStack) -> list[Contestant]:
    """Start all servers, and return all contestants. `stack` stops the servers at its end."""
    serve = partial(_serve, folder=folder, stack=stack)
    made = []
    groups = tuple(group for group in ("single", "batch", "slow") if group in options.groups)
    for name, command in (options.ours | options.peers).items():
        if not groups and name in options.peers:
            continue
        contestant = serve(name, command, small)
        contestant.groups = groups
        contestant.max_batch = PLAIN_ITEMS if name == "plain" else 10_000
        made.append(contestant)
    if options.baselines and groups:
        made += [_pgbench(f"pgbench-{n}", small, folder, n, ("single",)) for n in (1, 3)]
        made.append(_recordset("recordset", small, ("batch",)))
    if "slow" in options.groups:
        made += [_besieged(name, command, small, serve) for name, command in options.ours.items()]
    if full:
        made += _at_size(options, small, full, folder, serve, made)
    return made


def _at_size(
    options: Options, small: Database, full: Database, folder: Path, serve: Any, started: list[Contestant]
) -> list[Contestant]:
    made = []
    running = {contestant.name: contestant for contestant in started}
    for name, command in options.ours.items():
        contestant = serve(f"{name}{FULL}", command, full)
        contestant.groups = ("reads", "at-size")
        made.append(contestant)
        made.append(Contestant(f"{name}{SMALL}", small, running[name].server, groups=("at-size",)))
    if options.baselines:
        for suffix, database in ((SMALL, small), (FULL, full)):
            made.append(_pgbench(f"pgbench-1{suffix}", database, folder, 1, ("at-size",), batches=False))
            made.append(_recordset(f"recordset{suffix}", database, ("at-size",), singles=False))
        made.append(Contestant("pgbench", full, baseline=partial(_select, full, folder), groups=("reads",)))
    return made


def _serve(name: str, command: str, database: Database, folder: Path, stack: ExitStack) -> Contestant:
    server = stack.enter_context(servers.running(name, command, database.url, folder))
    return Contestant(name, database, server)


def _besieged(name: str, command: str, database: Database, serve: Any) -> Contestant:
    contestant = serve(f"{name}{BESIEGED}", command, database)
    contestant.groups, contestant.slow_clients = ("slow",), SLOW_CLIENTS
    return contestant


def _pgbench(
    name: str, database: Database, folder: Path, statements: int, groups: tuple[str, ...], *, batches: bool = True
) -> Contestant:
    def measure(workload: Workload, seconds: float) -> dict[str, Any]:
        return baselines.pgbench(database, workload.kind, workload.clients, seconds, folder, statements=statements)

    return Contestant(name, database, baseline=measure, groups=groups, batches=batches)


def _recordset(name: str, database: Database, groups: tuple[str, ...], *, singles: bool = True) -> Contestant:
    def measure(workload: Workload, seconds: float) -> dict[str, Any]:
        return baselines.recordset(database, workload.kind, workload.size, seconds)

    return Contestant(name, database, baseline=measure, groups=groups, singles=singles)


def _select(database: Database, folder: Path, workload: Workload, seconds: float) -> dict[str, Any]:
    return baselines.select(database, sql.READS[workload.kind], workload.clients, seconds, folder)


def workloads(options: Options) -> list[Workload]:
    """Return the workloads of a run."""
    kinds, made = ("new", "existing"), []
    if "single" in options.groups:
        made += [Workload("single", kind, clients) for clients in options.clients for kind in kinds]
    if "batch" in options.groups:
        made += [Workload("batch", kind, size=size) for size in options.sizes for kind in kinds]
    if "slow" in options.groups:
        made += [Workload("slow", "new", 8)]
    if "reads" in options.groups:
        made += [Workload("reads", kind, 8, path=path) for kind, path in READS.items()]
    if "at-size" in options.groups:
        made += [Workload("at-size", kind, 8) for kind in kinds]
        made += [Workload("at-size", kind, size=1_000) for kind in kinds]
    return made


READS = {
    "job": "/import-jobs/@id@",
    "target": "/targets?externalId=@key@",
    "page": "/targets?pageSize=100",
    "changes": "/changes?limit=100",
}
