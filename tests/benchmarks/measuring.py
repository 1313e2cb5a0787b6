"""Measures one contestant once: prepares its database, loads it, and says what that cost."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from . import limits, processes
from .databases import Database
from .servers import Server

Limit = Callable[["Cell", float], dict[str, Any]]


@dataclass
class Contestant:
    name: str
    database: Database
    server: Server | None = None
    limit: Limit | None = None
    """What measures PostgreSQL alone, where there is no server."""
    groups: tuple[str, ...] = ("single", "batch")
    largest: int = 10_000
    """The largest batch that it is asked for; of a larger one it gets as many items as this."""
    singles: bool = True
    batches: bool = True

    def takes(self, cell: "Cell") -> bool:
        return cell.group in self.groups and (self.batches if cell.size else self.singles)


@dataclass(frozen=True)
class Cell:
    """What is measured of all contestants side by side."""

    group: str
    kind: str
    clients: int = 1
    size: int = 0
    """Items of a batch."""
    path: str = ""

    @property
    def name(self) -> str:
        amount = f"{self.size} items" if self.size else f"{self.clients} clients"
        return f"{self.group} {self.kind} {amount}"


def measure(contestant: Contestant, cell: Cell, seconds: float) -> dict[str, Any]:
    """Rates are requests a second, of batches items a second; CPU is seconds for a request or an item."""
    database, server = contestant.database, contestant.server
    cell = replace(cell, size=min(cell.size, contestant.largest))
    backends = set(processes.tree(database.cluster.pid))
    database.prepare()
    processes.settle(database.cluster.pid, backends)
    postgres, app = processes.cpu_seconds(database.cluster.pid), 0.0
    if server:
        app = processes.cpu_seconds(server.pid)
        processes.forget_peak(server.pid)
        done = _over_http(database, server, cell, seconds)
        app = processes.cpu_seconds(server.pid) - app
        done["peak_bytes"] = _peak_above_idle(server)
    else:
        assert contestant.limit
        done = contestant.limit(cell, seconds)
        processes.settle(database.cluster.pid, backends)
    postgres = processes.cpu_seconds(database.cluster.pid) - postgres
    items = cell.size or 1
    count = done["requests"] * items
    costs = {"cpu_app": app / count, "cpu_postgres": postgres / count, "cpu_load": done["cpu"] / count}
    return done | costs | {"rate": done["rate"] * items, "items": items}


def _over_http(database: Database, server: Server, cell: Cell, seconds: float) -> dict[str, Any]:
    start = 0 if cell.path else database.next_start()
    spec = {
        "port": server.port,
        "token": database.token,
        "kind": "get" if cell.path else cell.kind,
        "path": cell.path,
        "clients": cell.clients,
        "size": cell.size,
        "seconds": seconds,
        "warmup": 0 if cell.size else min(0.5, seconds / 5),
        "keys": database.keys,
        "blocks": max(1, database.keys // 100_000),
        "start": start // 100_000 if cell.size else start,
    }
    answer = limits.run_module("load", spec)
    if answer["failure"]:
        log = server.log.read_text(errors="replace")[-1500:]
        raise SystemExit(f"{cell.name}: {server.name} failed the run: {answer['failure']}\n{log}")
    return answer


def _peak_above_idle(server: Server) -> int:
    """Of the process that grew most, over what it had when it was idle."""
    return max(size - server.idle.get(pid, size) for pid, size in processes.peak(server.pid).items())
