"""Report the database pool and the resources of each web process to Prometheus."""

import os
import threading
import time
from collections.abc import Mapping
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from prometheus_client import Counter, Gauge, ProcessCollector

from ordinavo.common.metrics import REGISTRY

INTERVAL_SECONDS = 2
_POOL_GAUGES = {
    key: Gauge(name, text, registry=REGISTRY, multiprocess_mode="livesum")
    for key, name, text in (
        ("pool_size", "ordinavo_db_pool_size", "Database connections in the pools of all processes."),
        ("pool_max", "ordinavo_db_pool_max_size", "Database connections that the pools may have at most."),
        ("pool_available", "ordinavo_db_pool_available", "Database connections that are idle in their pools."),
        ("requests_waiting", "ordinavo_db_pool_waiting", "Requests that wait for a database connection."),
    )
}
_POOL_COUNTERS = {
    key: Counter(name, text, registry=REGISTRY)
    for key, name, text in (
        ("requests_num", "ordinavo_db_pool_requests_total", "Requests for a database connection."),
        ("requests_errors", "ordinavo_db_pool_errors_total", "Requests that got no database connection in time."),
        (
            "connections_errors",
            "ordinavo_db_pool_connection_errors_total",
            "Attempts to connect to the database that failed.",
        ),
    )
}
_RESOURCES = {
    key: Gauge(name, text, registry=REGISTRY, multiprocess_mode="liveall")
    for key, name, text in (
        ("process_resident_memory_bytes", "ordinavo_process_resident_memory_bytes", "Resident memory in bytes."),
        ("process_open_fds", "ordinavo_process_open_fds", "Open file descriptors."),
        ("process_start_time_seconds", "ordinavo_process_start_time_seconds", "Start of the process, in Unix time."),
    )
}
_CPU_SECONDS = Counter("ordinavo_process_cpu_seconds_total", "CPU seconds used by all processes.", registry=REGISTRY)
_lock = threading.Lock()


def report() -> None:
    """Set the metrics of this process to what they are now. Opens no database connection."""
    resources = {sample.name: sample.value for found in _process().collect() for sample in found.samples}
    with _lock:  # two threads must not add the same difference to a counter
        for key, gauge in _RESOURCES.items():
            gauge.set(resources.get(key, 0))
        _raise_to(_CPU_SECONDS, "cpu", resources.get("process_cpu_seconds_total", 0))
        stats = _pool_stats()
        for key, gauge in _POOL_GAUGES.items():
            gauge.set(stats.get(key, 0))
        for key, counter in _POOL_COUNTERS.items():
            _raise_to(counter, key, stats.get(key, 0))


def report_regularly() -> None:
    """Start a thread that calls `report` every INTERVAL_SECONDS, if several processes share their metrics.

    Call it once in a process. Without PROMETHEUS_MULTIPROC_DIR it does nothing: the only process reports when it is
    scraped.
    """
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        threading.Thread(target=_report_forever, name="metrics", daemon=True).start()


def _report_forever() -> None:
    """Call `report` every INTERVAL_SECONDS. Returns if the folder of the metrics is gone: the server has ended."""
    while os.path.isdir(os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")):
        report()
        time.sleep(INTERVAL_SECONDS)


@cache
def _process() -> ProcessCollector:
    """Return the collector of this process's CPU, memory and files. It finds nothing on systems other than Linux."""
    return ProcessCollector(registry=None)


def _pool_stats() -> Mapping[str, Any]:
    """Return the statistics of this process's pool (psycopg_pool's `get_stats`), or an empty dict if it has none."""
    if not settings.DATABASES[DEFAULT_DB_ALIAS]["OPTIONS"].get("pool"):
        return {}
    pool: Any = connections[DEFAULT_DB_ALIAS].pool  # type: ignore[attr-defined]  # shared by all threads
    stats: dict[str, Any] = pool.get_stats()
    return stats


_reported: dict[str, float] = {}


def _raise_to(counter: Counter, key: str, value: float) -> None:
    """Raise a counter by as much as `value` has grown since the last call with this key. It never decreases."""
    counter.inc(max(0, value - _reported.get(key, 0)))
    _reported[key] = value
