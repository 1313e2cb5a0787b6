"""The options of the command line."""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import servers

GROUPS = ("single", "batch", "reads", "at-size", "slow")


@dataclass(frozen=True)
class Options:
    """The options of a run, with the defaults filled in."""

    rounds: int
    seconds: float
    groups: list[str]
    clients: list[int]
    sizes: list[int]
    seed: int
    ours: dict[str, str]
    peers: dict[str, str]
    baselines: bool
    settings: dict[str, str]
    rate_limit: int
    """The rate limit of the product's token in requests a minute; 0 for no limit."""
    targets: int
    """Rows in the table of targets of the large database."""
    items: int
    """Rows in the table of import items of the large database."""
    folder: str | None
    """Where to create the folder of PostgreSQL; None for /var/tmp."""
    installation: Path | None
    """A PostgreSQL with contrib modules. If given, the cost of the statements is printed after each measurement."""
    output: str
    background: bool
    """Whether to measure a job in the background instead of the groups."""
    rows: int
    """Rows of the job in the background."""

    @property
    def at_size(self) -> bool:
        """Return whether the run needs the large database."""
        return bool({"reads", "at-size"} & set(self.groups))


def parse(words: list[str]) -> Options:
    """Return the options that the words of a command line give. Raises SystemExit if they are invalid."""
    given = _parser().parse_args(words)
    groups = given.only.split(",") if given.only else ["single", "batch"]
    extra = [name for name, wanted in (("reads", given.reads), ("at-size", given.at_size)) if wanted]
    if extra and not given.only:
        groups = []
    if unknown := set(groups) - set(GROUPS):
        raise SystemExit(f"--only takes {', '.join(GROUPS)}; not {', '.join(sorted(unknown))}")
    quick = {"rounds": 1, "seconds": 1.0, "clients": "8", "sizes": "1000"} if given.quick else {}
    chosen = {"rounds": 5, "seconds": 5.0, "clients": "1,8,32", "sizes": "100,1000,10000"} | quick
    chosen |= {name: value for name in chosen if (value := getattr(given, name)) is not None}
    return Options(
        rounds=int(chosen["rounds"]),
        seconds=float(chosen["seconds"]),
        groups=list(dict.fromkeys([*groups, *extra])),
        clients=_numbers(chosen["clients"]),
        sizes=_numbers(chosen["sizes"]),
        seed=given.seed,
        ours=_ours(given),
        peers={name: command for name, command in servers.PEERS.items() if name in given.peers.split(",")},
        baselines=not given.no_baselines,
        settings=dict(pair.split("=", 1) for pair in given.postgres),
        rate_limit=given.rate_limit,
        targets=given.targets,
        items=given.items,
        folder=given.folder,
        installation=Path(given.statements) if given.statements else None,
        output=given.output,
        background=given.background,
        rows=given.rows or (20_000 if given.quick else 100_000),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="make bench ARGS=...", description="Measure the import side by side; see tests/benchmarks/README.md."
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="a smoke test; its figures mean little")
    add("--only", help=f"groups of workloads, of {', '.join(GROUPS)}, separated by commas; default single,batch")
    add("--reads", action="store_true", help="measure reads with --targets targets")
    add(
        "--at-size",
        action="store_true",
        help="measure imports with --targets targets and --items items, and with 10,000",
    )
    add("--background", action="store_true", help="measure a job in the background of --rows rows, and nothing else")
    add("--rows", type=int, help="of the job in the background, default 100,000; a multiple of 10,000")
    add("--rounds", type=int, help="default 5")
    add("--seconds", type=float, help="of each measurement, default 5; a third of it if no goal depends on it")
    add("--clients", help="numbers of simultaneous clients, default 1,8,32")
    add("--sizes", help="items of a batch, default 100,1000,10000")
    add("--seed", type=int, default=int(time.time()) % 100_000, help="of the random order of the contestants")
    add("--ours", help=f"variants of our server, of {', '.join(servers.OURS)}, separated by commas")
    add(
        "--ours-command",
        action="append",
        default=[],
        metavar="NAME=COMMAND",
        help="another variant of our server; {port} is replaced",
    )
    add("--peers", default=",".join(servers.PEERS), help="default plain,fast; empty for none")
    add("--no-baselines", action="store_true", help="do not measure PostgreSQL alone")
    add("--postgres", action="append", default=[], metavar="SETTING=VALUE", help="another setting of PostgreSQL")
    add("--rate-limit", type=int, default=0, help="of the product's token in requests a minute; default 0, no limit")
    add(
        "--statements",
        metavar="INSTALLATION",
        help="print the cost of each; needs a PostgreSQL with contrib modules: /usr/lib/postgresql/15",
    )
    add("--targets", type=int, default=1_000_000)
    add("--items", type=int, default=5_000_000)
    add("--folder", help="where PostgreSQL stores its data: a disk, not memory; default /var/tmp")
    add("--output", default="bench.json")
    return parser


def _numbers(text: object) -> list[int]:
    return [int(number) for number in str(text).split(",")]


def _ours(given: argparse.Namespace) -> dict[str, str]:
    more = dict(pair.split("=", 1) for pair in given.ours_command)
    if given.ours:
        return {name: servers.OURS[name] for name in given.ours.split(",")} | more
    return more or dict([next(iter(servers.OURS.items()))])
