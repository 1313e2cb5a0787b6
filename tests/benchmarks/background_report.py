"""Print the figures of a job in the background, and write them to a file."""

import json
from pathlib import Path
from typing import Any

from tests.benchmarks import goals, report


def write(figures: dict[str, Any], output: Path) -> None:
    """Print the medians of the rounds with the minimum and maximum, and the goals. Write all figures as JSON."""
    rounds = figures["rounds"]
    checked = goals.check_background(rounds)
    print(f"\nA job of {figures['rows']:,} rows. Median of the rounds (minimum-maximum).")
    for kind, by_name in rounds[0]["rate"].items():
        for name in by_name:
            print(f"  {kind}, {name}: {_spread([one['rate'][kind][name] for one in rounds], ',.0f')} rows a second")
    for name in rounds[0]["singles"]:
        singles = [one["singles"][name] for one in rounds]
        latencies = ", ".join(
            f"{key} {_spread([one[key] * 1000 for one in singles], ',.0f')}" for key in ("p50", "p99", "max")
        )
        print(f"  single imports {name}: {_spread([one['rate'] for one in singles], ',.0f')} a second; ms: {latencies}")
    for name in ("worker", "submitter"):
        print(f"  peak MiB, {name}: {_spread([one[f'{name}_bytes'] / 2**20 for one in rounds], ',.0f')}")
    for goal in checked:
        print(goal["line"])
    output.write_text(json.dumps({"goals": checked} | figures, indent=1) + "\n")
    print(f"\nWritten to {output}; {figures['minutes']} minutes.")


def _spread(values: list[float], form: str) -> str:
    found = report.spread(values)
    return f"{found['median']:{form}} ({found['min']:{form}}-{found['max']:{form}})"
