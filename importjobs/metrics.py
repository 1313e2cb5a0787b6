"""Count imported items, rejections and warnings for Prometheus."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache, partial

import prometheus_client
from django.db import transaction
from prometheus_client import Gauge

from importjobs.models import ImportItem
from ordinavo.common.metrics import REGISTRY

IMPORTS_IN_PROGRESS = Gauge(
    "ordinavo_imports_in_progress",
    "Imports that are running now, single ones and batches.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
_ITEMS = prometheus_client.Counter(
    "ordinavo_import_items_total",
    "Items of committed imports, by outcome: Created, Updated, Cancelled, Skipped or Rejected.",
    ["source_system", "outcome"],
    registry=REGISTRY,
)
_REJECTIONS = prometheus_client.Counter(
    "ordinavo_import_rejections_total",
    "Rejected items of committed imports, by the code of their first error.",
    ["source_system", "code"],
    registry=REGISTRY,
)
_WARNINGS = prometheus_client.Counter(
    "ordinavo_import_warnings_total",
    "Warnings about the items of committed imports, by their code.",
    ["source_system", "code"],
    registry=REGISTRY,
)


def count_after_commit(source_system_key: str, items: Sequence[ImportItem]) -> None:
    """Count the items of an import once its transaction is committed, or at once if there is none.

    Items of a transaction that is rolled back are not counted. If counting fails, that is logged and the import is
    unharmed.
    """
    transaction.on_commit(partial(_count, source_system_key, items), robust=True)


def _count(source_system_key: str, items: Sequence[ImportItem]) -> None:
    """Count items by their outcome, the rejected ones by their first error, and their warnings by code."""
    for outcome, number in _numbers([item.status for item in items]):
        _child(_ITEMS, source_system_key, outcome).inc(number)
    for code, number in _numbers([item.error_code for item in items if item.error_code]):
        _child(_REJECTIONS, source_system_key, code).inc(number)
    for code, number in _numbers([warning["code"] for item in items for warning in item.warnings]):
        _child(_WARNINGS, source_system_key, code).inc(number)


def _numbers(values: list[str]) -> Iterable[tuple[str, int]]:
    """Return each value with the number of its occurrences. Up to one value, as of a single import, costs nothing."""
    return Counter(values).items() if len(values) > 1 else [(value, 1) for value in values]


@cache  # the labels are few: source systems, outcomes and codes
def _child(metric: prometheus_client.Counter, *labels: str) -> prometheus_client.Counter:
    """Return the counter of a metric with these values of its labels. Looking it up in the metric takes longer."""
    return metric.labels(*labels)
