"""The performance goals, most of them as a ratio to another contestant."""

from typing import Any

from tests.benchmarks import report

NEW, EXISTING = "single new 8 clients", "single existing 8 clients"
BATCHES = ("batch new 10000 items", "batch existing 10000 items")
# The workload, the other contestant, and the least ratio.
_AT_LEAST = [
    (NEW, "pgbench-1", 0.25),
    (EXISTING, "pgbench-1", 0.33),
    (NEW, "plain", 10),
    (EXISTING, "plain", 10),
    (NEW, "fast", 0.85),
    (EXISTING, "fast", 0.85),
    *((batch, "recordset", 0.30) for batch in BATCHES),
    *((batch, "plain", 30) for batch in BATCHES),
]
SLOW = "slow new 8 clients"
MIN_BESIEGED = 0.9  # of the rate without slow clients
MAX_P99 = 5  # times the median latency
MAX_MIB = 200  # memory of a worker above its idle state

MAX_BESIDE_A_JOB = 0.3  # seconds, the p99 of single imports
MAX_WORKER_MIB = 250


def check_background(rounds: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the result of each goal of a job in the background."""
    made = []
    for kind in ("new", "existing"):
        for other, least in (("synchronous", 1), ("recordset", 0.5)):
            values = [one["rate"][kind]["background"] / one["rate"][kind][other] for one in rounds]
            made.append(_goal(f"background / {other}, {kind}", report.spread(values), least, at_least=True))
    for name in ("its ids", "other ids"):
        values = [one["singles"][f"beside a job, {name}"]["p99"] for one in rounds]
        made.append(
            _goal(f"p99 of singles beside a job, {name}, in s", report.spread(values), MAX_BESIDE_A_JOB, at_least=False)
        )
    values = [one["worker_bytes"] / 2**20 for one in rounds]
    made.append(_goal("peak MiB of the worker", report.spread(values), MAX_WORKER_MIB, at_least=False, judged="max"))
    return made


def check(workloads: dict[str, list[Any]], figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the result of each goal for each variant of our server, without the goals that were not measured."""
    ours = [name for name in figures["commands"] if name not in ("plain", "fast")]
    return [goal for name in ours for goal in _of(name, workloads)]


def _of(ours: str, workloads: dict[str, list[Any]]) -> list[dict[str, Any]]:
    made = []
    for workload, other, least in _AT_LEAST:
        if _has(workloads, workload, ours, other):
            values = report.ratio(workloads[workload], ours, other)
            made.append(_goal(f"{ours} / {other}, {workload}", values, least, at_least=True))
    for workload in (NEW, EXISTING):
        if _has(workloads, workload, ours):
            values = report.spread([figures[ours]["p99"] / figures[ours]["p50"] for figures in workloads[workload]])
            made.append(_goal(f"{ours} p99 / median, {workload}", values, MAX_P99, at_least=False))
    if _has(workloads, SLOW, ours, f"{ours}+slow"):
        values = report.ratio(workloads[SLOW], f"{ours}+slow", ours)
        made.append(_goal(f"{ours} beside slow clients / without", values, MIN_BESIEGED, at_least=True))
    for workload in BATCHES:
        if _has(workloads, workload, ours):
            values = report.spread([figures[ours]["peak_bytes"] / 2**20 for figures in workloads[workload]])
            made.append(_goal(f"{ours} peak MiB over idle, {workload}", values, MAX_MIB, at_least=False, judged="max"))
    return made


def _has(workloads: dict[str, list[Any]], workload: str, *names: str) -> bool:
    return workload in workloads and all(name in workloads[workload][0] for name in names)


def _goal(
    name: str, values: dict[str, float], limit: float, *, at_least: bool, judged: str = "median"
) -> dict[str, Any]:
    """Return whether a goal is reached. Speed is judged by the median of the rounds, memory by the maximum."""
    value = values[judged]
    reached = value >= limit if at_least else value < limit
    line = (
        f"{'PASS' if reached else 'MISS'}  {name}: {values['median']:.2f} "
        f"({values['min']:.2f}–{values['max']:.2f}), goal {'≥' if at_least else '<'} {limit:g}"
    )
    return {"name": name, "reached": reached, "goal": limit, "line": line} | values
