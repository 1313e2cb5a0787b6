"""The way from the service to PostgreSQL: directly, or through a PgBouncer."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests import poolers
from tests.benchmarks.servers import CHECKOUT, environment
from tests.faults.cluster import DATABASE, Cluster

CONNECTIONS = {"session": 40, "transaction": 4}
"""How many connections PgBouncer opens. In transaction mode fewer than it has clients."""


@dataclass(frozen=True)
class Way:
    """How the service reaches PostgreSQL."""

    environment: dict[str, str]
    """The environment variables of the service."""
    pooler: poolers.Pooler | None = None


@contextmanager
def way(cluster: Cluster, mode: str) -> Iterator[Way]:
    """Yield the direct way, or start PgBouncer in this mode, store the settings of sessions and yield the way through.

    Raises SystemExit if PgBouncer is not installed.
    """
    if not mode:
        yield Way(environment(cluster.url))
        return
    if not poolers.PROGRAM:
        raise SystemExit(poolers.MISSING)
    own = poolers.environment(mode)
    command = [sys.executable, "manage.py", "configure_database"]
    subprocess.run(command, env=environment(cluster.url) | own, cwd=CHECKOUT, stdout=subprocess.DEVNULL, check=True)
    server = poolers.PostgreSQL(str(cluster.folder), 5432, "postgres")
    with poolers.running_pooler(server, pool_mode=mode, default_pool_size=CONNECTIONS[mode]) as pooler:
        yield Way(environment(pooler.url(DATABASE)) | own, pooler)
