"""Remove one guard at a time from a copy of the checkout, and fail if no test notices: python -m tests.mutation."""

import argparse
import os
import signal
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import NamedTuple

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from tests.mutation.guard import Guard, all_guards  # noqa: E402
from tests.mutation.workshop import Run, Verdict, Workshop, workshops  # noqa: E402
from tests.servers import CHECKOUT  # noqa: E402


class Tested(NamedTuple):
    """A guard, the run of its tests without it, and how long that took."""

    guard: Guard
    run: Run
    seconds: float


def main() -> int:
    """Test the chosen guards, and return the exit code: 0 if a test noticed each, 1 if not, 2 if tests are broken."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the copies and databases are deleted
    options = _options()
    guards = _chosen(options)
    if options.list:
        print(*(f"{guard.file}: {guard.name}" for guard in guards), sep="\n")
        return 0
    if rotten := _rotten(guards):
        print(*rotten, sep="\n")
        return 2
    if not guards:
        print("No guard has this name.")
        return 2
    with workshops(min(options.jobs, len(guards))) as made:
        if failed := _failures_unchanged(guards, made):
            print(*failed, "The tests must pass before a guard is removed.", sep="\n")
            return 2
        tested = _test_each(guards, made, show_output=options.output)
    return _report(tested)


def _options() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--only", default="", metavar="PART", help="test the guards with this in their name or file")
    parser.add_argument("--shard", default="1/1", metavar="I/N", help="test the I-th of N parts of the list")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="guards at the same time")
    parser.add_argument("--list", action="store_true", help="list the guards and test none")
    parser.add_argument("--output", action="store_true", help="show what pytest prints for each guard")
    return parser.parse_args()


def _chosen(options: argparse.Namespace) -> list[Guard]:
    """Return the guards that --only and --shard choose. Raises SystemExit if --shard cannot be read."""
    try:
        part, parts = map(int, options.shard.split("/"))
    except ValueError:
        sys.exit("--shard must be two numbers, such as 1/4.")
    if not 1 <= part <= parts:
        sys.exit("--shard must be from 1/N to N/N.")
    wanted = options.only.lower()
    return [guard for guard in all_guards() if wanted in f"{guard.name} {guard.file}".lower()][part - 1 :: parts]


def _rotten(guards: list[Guard]) -> list[str]:
    """Return a message for each guard whose text is not in its file any more."""
    messages = []
    for guard in guards:
        try:
            guard.removed_from((CHECKOUT / guard.file).read_text())
        except (OSError, ValueError) as error:
            messages.append(str(error))
    return messages


def _failures_unchanged(guards: list[Guard], made: list[Workshop]) -> list[str]:
    """Run the tests of all guards without removing any, divided over the copies. Return the output of failed runs."""
    tests = sorted({test for guard in guards for test in guard.tests})
    print(f"{len(guards)} guards. Running their {len(tests)} tests unchanged first ...", flush=True)
    parts = [(workshop, tests[n :: len(made)]) for n, workshop in enumerate(made)]
    with ThreadPoolExecutor(len(made)) as pool:
        runs = pool.map(lambda part: part[0].test_unchanged(part[1]) if part[1] else Run(0, ""), parts)
        return [run.output for run in runs if run.code != 0]


def _test_each(guards: list[Guard], made: list[Workshop], *, show_output: bool) -> list[Tested]:
    """Remove one guard after the other, one at a time in each copy, and print a line about each."""
    free: SimpleQueue[Workshop] = SimpleQueue()
    for workshop in made:
        free.put(workshop)

    def test(guard: Guard) -> Tested:
        """Test one guard in a free copy."""
        workshop, started = free.get(), time.monotonic()
        try:
            tested = Tested(guard, workshop.test_without(guard), time.monotonic() - started)
        finally:
            free.put(workshop)
        print(f"{tested.run.verdict:9} {tested.seconds:5.1f} s  {guard.file}: {guard.name}", flush=True)
        if show_output or tested.run.verdict is Verdict.BROKEN:
            print(tested.run.output, flush=True)
        return tested

    with ThreadPoolExecutor(len(made)) as pool:
        return list(pool.map(test, guards))


def _report(tested: list[Tested]) -> int:
    """Print how many guards have which verdict, and those that no test noticed. Return the exit code."""
    counts = Counter(one.run.verdict for one in tested)
    print(", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict) + f" of {len(tested)} guards.")
    for one in tested:
        if one.run.verdict is not Verdict.NOTICED:
            tests = "\n    ".join(one.guard.tests)
            print(f"{one.run.verdict}: {one.guard.file}: {one.guard.name}\n    {tests}")
    if counts[Verdict.BROKEN]:
        return 2
    return 1 if counts[Verdict.UNNOTICED] else 0


if __name__ == "__main__":
    sys.exit(main())
