"""The faults. Each function makes one, ends it, and returns when it ended (monotonic clock)."""

import os
import random
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from tests.faults.cluster import Cluster
from tests.faults.proxy import Proxy
from tests.faults.service import Service
from tests.poolers import Pooler


@dataclass
class World:
    """What can be broken."""

    cluster: Cluster
    service: Service
    proxy: Proxy
    random: random.Random
    longest_pause: float
    """The longest time in seconds for which something is stopped."""
    pooler: Pooler | None = None
    """The PgBouncer between the service and PostgreSQL, if there is one."""
    kills: int = 0
    """Processes that were ended by a signal, or all of a server at once."""
    stop_seconds: list[float] = field(default_factory=list)
    """How long the service took to end after each SIGTERM."""


def kill_worker(world: World) -> float:
    """Kill one web process. The main process starts another one."""
    workers = world.service.workers()
    if workers:
        _signal([world.random.choice(workers)], signal.SIGKILL)
        world.kills += 1
    return time.monotonic()


def kill_service(world: World) -> float:
    """Kill all processes of the service at once, and start it again."""
    world.service.kill()
    world.kills += 1
    world.service.start()
    return time.monotonic()


def terminate_service(world: World) -> float:
    """Send SIGTERM to the service under load, wait for its end, and start it again."""
    world.stop_seconds.append(world.service.stop())
    world.kills += 1
    world.service.start()
    return time.monotonic()


def kill_backend(world: World) -> float:
    """Kill one process of PostgreSQL, which then ends all others and recovers as after a crash."""
    backends = world.cluster.service_backends()
    if backends:
        _signal([world.random.choice(backends)], signal.SIGKILL)
        world.kills += 1
        time.sleep(0.1)  # until the postmaster has noticed
    return world.cluster.wait_until_ready()


def crash_postgres(world: World) -> float:
    """Stop PostgreSQL as a crash of the machine does, and start it again after a while."""
    world.cluster.stop_immediately()
    world.kills += 1
    time.sleep(world.random.uniform(0, world.longest_pause / 3))
    return world.cluster.start()


def terminate_backends(world: World) -> float:
    """End all connections to the database, as an administrator does."""
    sql = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    )
    with world.cluster.connect() as connection:
        connection.execute(sql)
    world.kills += 1
    return time.monotonic()


def stop_worker(world: World) -> float:
    """Stop one web process for a while, so that its requests hang, and let it go on."""
    workers = world.service.workers()
    _pause(world, [world.random.choice(workers)] if workers else [])
    return time.monotonic()


def stop_postgres(world: World) -> float:
    """Stop all processes of PostgreSQL for a while, and let them go on."""
    _pause(world, world.cluster.processes())
    return time.monotonic()


def drop_answers(world: World) -> float:
    """Drop the answers to half of all requests for a while, after the service has done the work."""
    world.proxy.drop_share = 0.5
    time.sleep(world.random.uniform(0.5, 3))
    world.proxy.drop_share = 0.0
    return time.monotonic()


def kill_pooler(world: World) -> float:
    """Kill PgBouncer with all its connections, and start it again."""
    if world.pooler is None:
        raise RuntimeError("There is no pooler to kill.")
    world.pooler.kill()
    world.kills += 1
    world.pooler.start()
    return time.monotonic()


def fill_disk(world: World) -> float:
    """Fill up the disk of PostgreSQL for a while, and give it back its space."""
    disk = world.cluster.disk
    if disk is None:
        raise RuntimeError("There is no disk to fill.")
    try:
        disk.fill()
        time.sleep(world.random.uniform(2, max(3, world.longest_pause / 2)))
    finally:
        disk.free()
    return world.cluster.wait_until_ready()


ALL: dict[str, Callable[[World], float]] = {
    "kill-worker": kill_worker,
    "kill-service": kill_service,
    "terminate-service": terminate_service,
    "kill-backend": kill_backend,
    "crash-postgres": crash_postgres,
    "terminate-backends": terminate_backends,
    "stop-worker": stop_worker,
    "stop-postgres": stop_postgres,
    "drop-answers": drop_answers,
    "kill-pooler": kill_pooler,
    "full-disk": fill_disk,
}
WEIGHTS = {"kill-worker": 5, "kill-service": 3, "terminate-service": 2, "kill-backend": 4, "crash-postgres": 3,
           "terminate-backends": 4, "drop-answers": 2, "kill-pooler": 3}  # fmt: skip
"""How often a fault is chosen; the others have 1."""


def _pause(world: World, processes: list[int]) -> None:
    """Stop processes for a random time, and let them go on, whatever happens."""
    _signal(processes, signal.SIGSTOP)
    try:
        time.sleep(world.random.uniform(1, world.longest_pause))
    finally:
        _signal(reversed(processes), signal.SIGCONT)


def _signal(processes: Iterable[int], number: signal.Signals) -> None:
    for pid in processes:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
