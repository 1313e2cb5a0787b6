"""Count imported items, rejections and warnings for Prometheus."""

from collections import Counter as Numbers
from collections.abc import Sequence
from functools import cache, partial

import prometheus_client
from django.db import transaction
from prometheus_client import Counter, Gauge

from importjobs.models import ImportItem
from ordinavo.common.metrics import REGISTRY

IMPORTS_IN_PROGRESS = Gauge(
    "ordinavo_imports_in_progress",
    "Imports that are running now, single ones and batches.",
    registry=REGISTRY,
    multiprocess_mode="livesum",
)
_ITEMS = Counter(
    "ordinavo_import_items_total",
    "Items of committed imports, by outcome: Created, Updated, Cancelled, Skipped or Rejected.",
    ["source_system", "outcome"],
    registry=REGISTRY,
)
_REJECTIONS = Counter(
    "ordinavo_import_rejections_total",
    "Rejected items of committed imports, by the code of their first error.",
    ["source_system", "code"],
    registry=REGISTRY,
)
_WARNINGS = Counter(
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
    for outcome, number in Numbers([item.status for item in items]).items():
        _child(_ITEMS, source_system_key, outcome).inc(number)
    for code, number in Numbers([item.error_code for item in items if item.error_code]).items():
        _child(_REJECTIONS, source_system_key, code).inc(number)
    for code, number in Numbers([warning["code"] for item in items for warning in item.warnings]).items():
        _child(_WARNINGS, source_system_key, code).inc(number)


@cache  # the labels are few: source systems, outcomes and codes
def _child(metric: Counter, *labels: str) -> prometheus_client.Counter:
    """Return the counter of a metric with these values of its labels. Looking it up in the metric takes longer."""
    return metric.labels(*labels)
