"""Print the table and the goals, and write bench.json.

A ratio is computed within each round. The report shows the median of the rounds, with the minimum and the maximum.
"""

import json
import statistics
from pathlib import Path
from typing import Any

from tests.benchmarks import goals

Figures = dict[str, Any]


def write(figures: Figures, output: Path) -> None:
    """Print the report of a run, and write it with all figures to the file `output` as JSON."""
    workloads = by_workload(figures)
    checked_goals = goals.check(workloads, figures)
    ratios = {name: _ratios(rounds, list(figures["commands"])) for name, rounds in workloads.items()}
    summary = {name: {who: _summary(rounds, who) for who in rounds[0]} for name, rounds in workloads.items()}
    _print(summary, ratios, figures)
    for goal in checked_goals:
        print(goal["line"])
    whole = {"goals": checked_goals, "ratios": ratios, "medians": summary} | figures
    output.write_text(json.dumps(whole, indent=1) + "\n")
    print(f"\nWritten to {output}; {figures['minutes']} minutes, seed {figures['seed']}.")


def by_workload(figures: Figures) -> dict[str, list[Figures]]:
    """Return for the name of each workload the figures of each round, by contestant."""
    workloads: dict[str, list[Figures]] = {}
    for round_ in figures["rounds"]:
        for measured in round_["workloads"]:
            workloads.setdefault(measured["workload"], []).append(measured["figures"])
    return workloads


def spread(values: list[float]) -> dict[str, float]:
    """Return the median, the minimum and the maximum."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def ratio(rounds: list[Figures], one: str, other: str, of: str = "rate") -> dict[str, float]:
    """Return the spread over the rounds of the figure `of` of one contestant, divided by that of the other."""
    return spread([figures[one][of] / figures[other][of] for figures in rounds])


def _ratios(rounds: list[Figures], ours: list[str]) -> dict[str, dict[str, float]]:
    """Return the ratios of our servers to each contestant, or of the full to the small database if there are two."""
    names = list(rounds[0])
    pairs = [(name.replace("@small", "@full"), name) for name in names if name.endswith("@small")]
    if not pairs:
        mine = [name for name in names if name.partition("@")[0] in ours and name not in ("plain", "fast")]
        pairs = [(one, other) for one in mine for other in names if other != one]
    return {f"{one} / {other}": ratio(rounds, one, other) for one, other in pairs}


def _summary(rounds: list[Figures], who: str) -> dict[str, Any]:
    keys = [key for key in rounds[0][who] if isinstance(rounds[0][who][key], int | float)]
    summary: dict[str, Any] = {key: spread([figures[who][key] for figures in rounds]) for key in keys}
    if "p99" in keys:
        summary["p99/p50"] = spread([figures[who]["p99"] / figures[who]["p50"] for figures in rounds])
    return summary


def _print(summary: Figures, ratios: Figures, figures: Figures) -> None:
    machine = figures["machine"]
    print(
        f"\n{machine['cpus']} CPUs, Python {machine['python']}, PostgreSQL {machine['postgres']}, fsync on "
        f"({machine['disk']})."
    )
    print("Median of the rounds (minimum–maximum). Ratios are computed within each round.")
    for workload, by_contestant in summary.items():
        print(f"\n{workload}")
        for pair, values in ratios[workload].items():
            print(f"  {pair:34} {_spread(values, '.2f')}")
        print(f"  {'':14}{'a second':>24} {'p50 ms':>9}{'p99 ms':>9}{'p99/p50':>9}  CPU us: app   pg  load  peak MiB")
        for who, values in sorted(by_contestant.items(), key=lambda pair: -pair[1]["rate"]["median"]):
            print("  " + _line(who, values))


def _line(who: str, values: Figures) -> str:
    def milliseconds(key: str) -> str:
        return f"{values[key]['median'] * 1000:.2f}" if key in values else ""

    cpu = [f"{values[key]['median'] * 1e6:.0f}" for key in ("cpu_app", "cpu_postgres", "cpu_load")]
    peak = f"{values['peak_bytes']['max'] / 2**20:.0f}" if "peak_bytes" in values else ""
    over = f"{values['p99/p50']['median']:.1f}" if "p99/p50" in values else ""
    name = who if values["items"]["max"] == 1 else f"{who} ({values['items']['max']:.0f})"
    return (
        f"{name:19} {_spread(values['rate'], ',.0f'):>22} {milliseconds('p50'):>8} {milliseconds('p99'):>8}{over:>9}"
        f"{cpu[0]:>13}{cpu[1]:>6}{cpu[2]:>6}{peak:>8}"
    )


def _spread(values: Figures, form: str) -> str:
    return f"{values['median']:{form}} ({values['min']:{form}}–{values['max']:{form}})"
