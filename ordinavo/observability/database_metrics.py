"""Read metrics from the database when Prometheus asks: silent source systems, open rejected items, background jobs."""

from collections.abc import Iterable, Iterator

import structlog
from django.db import Error, transaction
from django.utils import timezone
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from importjobs import silence
from importjobs.background import overview
from ordinavo.common import workers
from ordinavo.common.sql import Rows, execute

LIMIT_MS = 2_000
"""Each statement is cancelled after this time, in milliseconds."""
MAX_OPEN_ITEMS = 100_000
"""Open items are counted up to here, because counting millions is slow."""

log = structlog.get_logger(__name__)

_SOURCE_SYSTEMS = f"""
SELECT id, key, paused_at IS NOT NULL, EXTRACT(epoch FROM now() - (
    {silence.last_own_import("system.id")}
))::float8 FROM targets_sourcesystem AS system WHERE active
"""  # noqa: S608  constants
_OPEN_ITEMS = """
SELECT count(*) FROM (
    SELECT id FROM importjobs_importitem WHERE status = 'Rejected' AND handled_at IS NULL LIMIT %(limit)s
) AS open
"""


class DatabaseMetrics(Collector):
    """Collects the metrics that need a query. If one fails, `ordinavo_database_metrics_up` is 0 and the rest is absent.

    The queries use the connection of the request, which the look-up of its token has taken from the pool already.
    """

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the metrics, or log an error of the database. Yields `ordinavo_database_metrics_up` in both cases."""
        try:
            yield from _metrics()
            is_up = 1
        except Error as error:  # an InterfaceError is no DatabaseError
            log.error("database_metrics_failed", exc_info=error)
            is_up = 0
        yield GaugeMetricFamily(
            "ordinavo_database_metrics_up", "Whether the metrics that need a query could be read (1) or not (0).", is_up
        )


def _metrics() -> Iterable[GaugeMetricFamily]:
    """Query the metrics of all active source systems, of open items and of the work in the background. Return them.

    Raises django.db.Error, also if a statement takes longer than LIMIT_MS.
    """
    with transaction.atomic():
        execute("SELECT set_config('statement_timeout', %(limit)s, true)", {"limit": str(LIMIT_MS)})
        systems = execute(_SOURCE_SYSTEMS, {})
        silent = {found.source_system_id for found in silence.silent_source_systems(timezone.now())}
        [(open_items,)] = execute(_OPEN_ITEMS, {"limit": MAX_OPEN_ITEMS})
        background = _of_background()
    return [
        *_of_source_systems(systems, silent),
        *background,
        GaugeMetricFamily(
            "ordinavo_open_rejected_items",
            f"Rejected items that nobody has replayed or dismissed. Counted up to {MAX_OPEN_ITEMS}.",
            open_items,
        ),
    ]


def _of_source_systems(systems: Rows, silent: set[int]) -> list[GaugeMetricFamily]:
    """Return the metrics that have one value for each source system.

    `systems` are the rows of _SOURCE_SYSTEMS, `silent` the ids of the silent ones. A source system that has never sent
    anything has no `ordinavo_seconds_since_last_import`.
    """
    labels = ["source_system"]
    seconds = GaugeMetricFamily(
        "ordinavo_seconds_since_last_import",
        "Seconds since the last import of an active source system, without replays and uploads by staff.",
        labels=labels,
    )
    is_silent = GaugeMetricFamily(
        "ordinavo_source_system_silent",
        "Whether an active source system has sent nothing for longer than it usually does (1) or not (0).",
        labels=labels,
    )
    is_paused = GaugeMetricFamily(
        "ordinavo_source_system_paused",
        "Whether an administrator paused a source system (1) or not (0).",
        labels=labels,
    )
    for system_id, key, paused, age in systems:
        if age is not None:
            seconds.add_metric([key], age)
        is_silent.add_metric([key], system_id in silent)
        is_paused.add_metric([key], paused)
    return [seconds, is_silent, is_paused]


def _of_background() -> list[GaugeMetricFamily]:
    """Query the metrics of the jobs in the background, of their queue and of the workers, and return them."""
    jobs = GaugeMetricFamily(
        "ordinavo_background_jobs",
        "Import jobs and rehearsals in the background, by state: waiting, running or given_up.",
        labels=["state"],
    )
    for state, number in overview.jobs_by_state().items():
        jobs.add_metric([state], number)
    waiting = overview.waiting_tasks()
    return [
        jobs,
        GaugeMetricFamily(
            "ordinavo_background_tasks_waiting", "Tasks in the queue that a worker could run now.", waiting.number
        ),
        GaugeMetricFamily(
            "ordinavo_background_oldest_task_seconds", "Seconds that the oldest of them has waited.", waiting.seconds
        ),
        GaugeMetricFamily("ordinavo_background_workers", "Workers with a fresh heartbeat.", workers.count_alive()),
    ]
