"""What is to be reached, as ratios; each with the spread over the rounds."""

from typing import Any

from . import report

NEW, EXISTING = "single new 8 clients", "single existing 8 clients"
BATCHES = ("batch new 10000 items", "batch existing 10000 items")
# Cell, what of, least median.
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
MAX_P99 = 5
MAX_MIB = 200


def check(cells: dict[str, list[Any]], figures: dict[str, Any]) -> list[dict[str, Any]]:
    """Of each variant of our own server; what was not measured is left out."""
    ours = [name for name in figures["commands"] if name not in ("plain", "fast")]
    return [goal for name in ours for goal in _of(name, cells)]


def _of(ours: str, cells: dict[str, list[Any]]) -> list[dict[str, Any]]:
    made = []
    for cell, other, least in _AT_LEAST:
        if _has(cells, cell, ours, other):
            values = report.ratio(cells[cell], ours, other)
            made.append(_goal(f"{ours} / {other}, {cell}", values, least, at_least=True))
    for cell in (NEW, EXISTING):
        if _has(cells, cell, ours):
            values = report.spread([figures[ours]["p99"] / figures[ours]["p50"] for figures in cells[cell]])
            made.append(_goal(f"{ours} p99 / median, {cell}", values, MAX_P99, at_least=False))
    for cell in BATCHES:
        if _has(cells, cell, ours):
            values = report.spread([figures[ours]["peak_bytes"] / 2**20 for figures in cells[cell]])
            made.append(_goal(f"{ours} peak MiB over idle, {cell}", values, MAX_MIB, at_least=False, judged="max"))
    return made


def _has(cells: dict[str, list[Any]], cell: str, *names: str) -> bool:
    return cell in cells and all(name in cells[cell][0] for name in names)


def _goal(
    name: str, values: dict[str, float], limit: float, *, at_least: bool, judged: str = "median"
) -> dict[str, Any]:
    """Speeds are judged by their median; memory must do at its worst."""
    value = values[judged]
    reached = value >= limit if at_least else value < limit
    line = (
        f"{'PASS' if reached else 'MISS'}  {name}: {values['median']:.2f} "
        f"({values['min']:.2f}–{values['max']:.2f}), goal {'≥' if at_least else '<'} {limit:g}"
    )
    return {"name": name, "reached": reached, "goal": limit, "line": line} | values
