"""Measures one contestant once: prepares its database, loads it, and says what that cost."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import processes, servers
from .databases import Database
from .servers import Server


@dataclass
class Contestant:
    name: str
    database: Database
    server: Server | None = None
    """None for PostgreSQL alone."""
    limit: Callable[..., dict[str, Any]] | None = None


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
        if self.group == "reads":
            return f"reads {self.kind} {self.clients} clients"
        return f"{self.group} {self.kind} " + (f"{self.size} items" if self.size else f"{self.clients} clients")


def measure(contestant: Contestant, cell: Cell, seconds: float) -> dict[str, Any]:
    """Rates are requests a second, of batches items a second; CPU is seconds for a request or an item."""
    database, server = contestant.database, contestant.server
    database.prepare(cell.kind)
    postgres = processes.cpu_seconds(database.cluster.pid)
    if server is None:
        assert contestant.limit is not None
        done, app = contestant.limit(cell, seconds), 0.0
    else:
        before = processes.cpu_seconds(server.pid)
        processes.forget_peak(server.pid)
        done = _over_http(database, server, cell, seconds)
        app = processes.cpu_seconds(server.pid) - before
        done["peak_bytes"] = _peak_above_idle(server)
    postgres = processes.cpu_seconds(database.cluster.pid) - postgres
    items = cell.size or 1
    count = done["requests"] * items
    costs = {"cpu_app": app / count, "cpu_postgres": postgres / count, "cpu_load": done["cpu"] / count}
    return done | costs | {"rate": done["rate"] * items}


def _over_http(database: Database, server: Server, cell: Cell, seconds: float) -> dict[str, Any]:
    spec = {
        "port": server.port,
        "token": database.token,
        "kind": "get" if cell.group == "reads" else cell.kind,
        "path": cell.path,
        "range": database.known_range() if cell.group == "reads" else [0, 0],
        "clients": cell.clients,
        "size": cell.size,
        "seconds": seconds,
        "warmup": 0 if cell.size else min(0.5, seconds / 5),
        "keys": 10_000,
        "start": database.next_start() // (100_000 if cell.size else 1),
    }
    answer = load(spec)
    if answer["failure"]:
        log = server.log.read_text(errors="replace")[-1500:]
        raise SystemExit(f"{cell.name}: {server.name} failed the run: {answer['failure']}\n{log}")
    return answer


def load(spec: dict[str, Any]) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.load"],
        input=json.dumps(spec),
        cwd=servers.CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"The load generator failed:\n{done.stderr[-3000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def _peak_above_idle(server: Server) -> int:
    """Of the process that grew most, over what it had before any load."""
    return max(size - server.idle.get(pid, size) for pid, size in processes.peak(server.pid).items())
