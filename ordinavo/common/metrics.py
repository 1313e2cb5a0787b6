"""The registry of this service's metrics for Prometheus, and the folder in which web processes share them.

If the environment variable PROMETHEUS_MULTIPROC_DIR names a folder, each process keeps its numbers in files there, and
any process can answer the sum of all. The variable counts from the first import of prometheus_client on.
"""

import os

from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector

REGISTRY = CollectorRegistry()
"""Every metric of this service is registered here, and nothing else."""


def shared_registry() -> CollectorRegistry:
    """Return the registry whose metrics are the sums of all web processes, or this process's own if it is the only one.

    Create it anew for each scrape.
    """
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)
    return registry
