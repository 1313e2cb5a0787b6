"""Print what a run did and what the checker found."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from tests.faults.checker import DOUBLED, LOST, UNEXPLAINED, Problem
from tests.faults.faults import World
from tests.faults.ledger import Entry
from tests.faults.pulse import Pulse
from tests.faults.recorded import Recorded
from tests.faults.scheduler import Fault

SHOWN = 10
"""The most problems of a kind that are printed with their lines."""
LINES = 6


def write_faults(made: list[Fault], pulse: Pulse) -> None:
    """Print for each kind of fault how often it was made, and how soon imports succeeded after it."""
    print("\nfault               count   first success after its end        refusals after that")
    print("                            median    longest    never        count    latest")
    for kind in sorted({fault.kind for fault in made}):
        of_kind = [fault for fault in made if fault.kind == kind]
        seconds = [fault.recovery for fault in of_kind if fault.recovery is not None]
        late = [
            moment - fault.ended
            for fault in of_kind
            if fault.first_success is not None
            for moment in pulse.refusals_between(fault.first_success, fault.until)
        ]
        times = f"{median(seconds):6.2f} s  {max(seconds):7.2f} s" if seconds else " " * 19
        latest = f"{max(late):7.2f} s" if late else ""
        print(f"{kind:<20}{len(of_kind):5}  {times}  {len(of_kind) - len(seconds):7}  {len(late):11}  {latest}")


def write_counts(ledger: dict[str, Entry], recorded: Recorded, pulse: Pulse, world: World) -> None:
    """Print how much was done."""
    imports = [entry for entry in ledger.values() if entry.operation.is_import]
    unknown = [entry for entry in imports if not entry.answers]
    jobs = {job.operation_id for job in recorded.jobs}
    done_anyway = sum(entry.operation.id in jobs for entry in unknown)
    items = Counter(item.outcome.status for job in recorded.jobs for item in job.items)
    print(f"\n{len(imports)} operations: {', '.join(_counted(entry.operation.kind for entry in imports))}")
    print(f"{world.kills} kills; {world.proxy.dropped} answers dropped by the proxy")
    print(f"requests: {', '.join(f'{count} {name}' for name, count in sorted(pulse.counts.items()))}")
    print(f"unknown to their client: {len(unknown)}, of which {done_anyway} were done")
    print(
        f"recorded: {len(recorded.jobs)} jobs, {len(recorded.targets)} targets, {len(recorded.edits)} edits; ", end=""
    )
    print(f"items: {', '.join(f'{count} {status}' for status, count in items.most_common())}")
    if world.stop_seconds:
        print(f"SIGTERM to the end of the service: {max(world.stop_seconds):.2f} s at most")


def _counted(names: Iterable[str]) -> list[str]:
    return [f"{count} {name}" for name, count in Counter(names).most_common()]


def write_problems(problems: list[Problem], complaints: list[str], ledger: Path) -> None:
    """Print what the checker found, each with the lines of the ledger that show it."""
    for text in complaints[:SHOWN]:
        print(f"unexpected: {text}")
    if len(complaints) > SHOWN:
        print(f"... and {len(complaints) - SHOWN} more unexpected")
    for kind in (LOST, DOUBLED, UNEXPLAINED):
        of_kind = [problem for problem in problems if problem.kind == kind]
        for problem in of_kind[:SHOWN]:
            print(f"\n{kind}: {problem.text}")
            for line in problem.lines[:LINES]:
                print(f"    {line[:400]}")
            if len(problem.lines) > LINES:
                print(f"    ... and {len(problem.lines) - LINES} more lines in {ledger}")
        if len(of_kind) > SHOWN:
            print(f"... and {len(of_kind) - SHOWN} more {kind}")
    found = Counter(problem.kind for problem in problems)
    print(f"\n{found[LOST]} lost, {found[DOUBLED]} doubled, {found[UNEXPLAINED]} unexplained; ", end="")
    print(f"{len(complaints)} unexpected")
