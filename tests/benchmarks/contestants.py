"""Starts who is compared: variants of our server, two peers, and PostgreSQL alone."""

from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from . import limits, servers, sql
from .databases import Database
from .measuring import Cell, Contestant
from .options import Options

PLAIN_ITEMS = 300
"""As many as the plain peer gets in a batch: its loop takes the same time for each, and minutes for 10,000."""
SMALL, FULL = "@small", "@full"


def start(options: Options, small: Database, full: Database | None, folder: Path, stack: ExitStack) -> list[Contestant]:
    serve = partial(_serve, folder=folder, stack=stack)
    made = []
    groups = tuple(group for group in ("single", "batch") if group in options.groups)
    for name, command in (options.ours | options.peers).items():
        if not groups and name in options.peers:
            continue
        contestant = serve(name, command, small)
        contestant.groups = groups
        contestant.largest = PLAIN_ITEMS if name == "plain" else 10_000
        made.append(contestant)
    if options.limits and groups:
        made += [_pgbench(f"pgbench-{n}", small, folder, n, ("single",)) for n in (1, 3)]
        made.append(_recordset("recordset", small, ("batch",)))
    if full:
        made += _at_size(options, small, full, folder, serve, made)
    return made


def _at_size(
    options: Options, small: Database, full: Database, folder: Path, serve: Any, ours: Any
) -> list[Contestant]:
    made = []
    running = {contestant.name: contestant for contestant in ours}
    for name, command in options.ours.items():
        contestant = serve(f"{name}{FULL}", command, full)
        contestant.groups = ("reads", "at-size")
        made.append(contestant)
        made.append(Contestant(f"{name}{SMALL}", small, running[name].server, groups=("at-size",)))
    if options.limits:
        for suffix, database in ((SMALL, small), (FULL, full)):
            made.append(_pgbench(f"pgbench-1{suffix}", database, folder, 1, ("at-size",), batches=False))
            made.append(_recordset(f"recordset{suffix}", database, ("at-size",), singles=False))
        made.append(Contestant("pgbench", full, limit=partial(_select, full, folder), groups=("reads",)))
    return made


def _serve(name: str, command: str, database: Database, folder: Path, stack: ExitStack) -> Contestant:
    server = stack.enter_context(servers.running(name, command, database.url, folder))
    return Contestant(name, database, server)


def _pgbench(
    name: str, database: Database, folder: Path, statements: int, groups: tuple[str, ...], *, batches: bool = True
) -> Contestant:
    def limit(cell: Cell, seconds: float) -> dict[str, Any]:
        return limits.pgbench(database, cell.kind, cell.clients, seconds, folder, statements=statements)

    return Contestant(name, database, limit=limit, groups=groups, batches=batches)


def _recordset(name: str, database: Database, groups: tuple[str, ...], *, singles: bool = True) -> Contestant:
    def limit(cell: Cell, seconds: float) -> dict[str, Any]:
        return limits.recordset(database, cell.kind, cell.size, seconds)

    return Contestant(name, database, limit=limit, groups=groups, singles=singles)


def _select(database: Database, folder: Path, cell: Cell, seconds: float) -> dict[str, Any]:
    return limits.select(database, sql.READS[cell.kind], cell.clients, seconds, folder)


def cells(options: Options) -> list[Cell]:
    kinds, made = ("new", "existing"), []
    if "single" in options.groups:
        made += [Cell("single", kind, clients) for clients in options.clients for kind in kinds]
    if "batch" in options.groups:
        made += [Cell("batch", kind, size=size) for size in options.sizes for kind in kinds]
    if "reads" in options.groups:
        made += [Cell("reads", kind, 8, path=path) for kind, path in READS.items()]
    if "at-size" in options.groups:
        made += [Cell("at-size", kind, 8) for kind in kinds]
        made += [Cell("at-size", kind, size=1_000) for kind in kinds]
    return made


READS = {
    "job": "/import-jobs/@id@",
    "target": "/targets?externalId=@key@",
    "page": "/targets?pageSize=100",
}
