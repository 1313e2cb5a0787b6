"""Measure one contestant under one workload: its rate, its latencies, and the CPU time and memory that it takes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from tests.benchmarks import baselines, processes, slow_clients
from tests.benchmarks.databases import Database
from tests.benchmarks.servers import Server

Baseline = Callable[["Workload", float], dict[str, Any]]


@dataclass
class Contestant:
    """A server, or PostgreSQL alone, that is compared with the others."""

    name: str
    database: Database
    server: Server | None = None
    baseline: Baseline | None = None
    """Measures PostgreSQL alone; None if there is a server."""
    groups: tuple[str, ...] = ("single", "batch")
    """The groups of workloads that it takes part in."""
    max_batch: int = 10_000
    """Batches of a workload are cut to this number of items."""
    singles: bool = True
    """Whether it can do single imports and reads."""
    batches: bool = True
    """Whether it can do batches."""
    slow_clients: int = 0
    """Clients that are connected during the measurement and send nothing more."""

    def supports(self, workload: "Workload") -> bool:
        """Return whether the contestant can be measured under this workload."""
        return workload.group in self.groups and (self.batches if workload.size else self.singles)


@dataclass(frozen=True)
class Workload:
    """The kind of requests that are sent to all contestants in turn, such as 8 clients that import new targets."""

    group: str
    """One of options.GROUPS."""
    kind: str
    """For imports, whether the targets are `new` or `existing`. For reads, a key of contestants.READS."""
    clients: int = 1
    size: int = 0
    """Items of a batch; 0 for single imports and reads."""
    path: str = ""
    """The path to read; empty for imports."""

    @property
    def name(self) -> str:
        """Return the name in the report, such as `single new 8 clients`."""
        amount = f"{self.size} items" if self.size else f"{self.clients} clients"
        return f"{self.group} {self.kind} {amount}"


def measure(
    contestant: Contestant, workload: Workload, seconds: float, on_prepared: Callable[[Database], None] = lambda _: None
) -> dict[str, Any]:
    """Measure a contestant for some seconds, and return its figures. Call `on_prepared` just before the load starts.

    `rate` is in requests a second, or items a second for batches. `p50`, `p99` and `max` are latencies in seconds. The
    CPU times are in seconds for each request or item. Raises SystemExit if a request fails.
    """
    database, server = contestant.database, contestant.server
    workload = replace(workload, size=min(workload.size, contestant.max_batch))
    backends = set(processes.with_descendants(database.cluster.pid))
    database.prepare()
    on_prepared(database)
    processes.wait_for_others_to_end(database.cluster.pid, backends)
    postgres, app = processes.cpu_seconds(database.cluster.pid), 0.0
    if server:
        app = processes.cpu_seconds(server.pid)
        processes.reset_peak(server.pid)
        with slow_clients.connected(contestant.slow_clients, port=server.port, token=database.token):
            done = _over_http(database, server, workload, seconds)
        app = processes.cpu_seconds(server.pid) - app
        done["peak_bytes"] = _peak_above_idle(server)
    else:
        assert contestant.baseline
        done = contestant.baseline(workload, seconds)
        processes.wait_for_others_to_end(database.cluster.pid, backends)
    postgres = processes.cpu_seconds(database.cluster.pid) - postgres
    items = workload.size or 1
    count = done["requests"] * items
    costs = {"cpu_app": app / count, "cpu_postgres": postgres / count, "cpu_load": done["cpu"] / count}
    return done | costs | {"rate": done["rate"] * items, "items": items}


def _over_http(database: Database, server: Server, workload: Workload, seconds: float) -> dict[str, Any]:
    start = 0 if workload.path else database.next_start()
    spec = {
        "port": server.port,
        "token": database.token,
        "kind": "get" if workload.path else workload.kind,
        "path": workload.path,
        "clients": workload.clients,
        "size": workload.size,
        "seconds": seconds,
        "warmup": 0 if workload.size else min(0.5, seconds / 5),
        "keys": database.keys,
        "blocks": max(1, database.keys // 100_000),
        "start": start // 100_000 if workload.size else start,
    }
    answer = baselines.run_in_process("load", spec)
    if answer["failure"]:
        log = server.log.read_text(errors="replace")[-1500:]
        raise SystemExit(f"{workload.name}: {server.name} failed the run: {answer['failure']}\n{log}")
    return answer


def _peak_above_idle(server: Server) -> int:
    """Return by how many bytes the process that grew most exceeded its idle memory."""
    return max(size - server.idle.get(pid, size) for pid, size in processes.peak_memory(server.pid).items())
