"""What may be asked of a run."""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

from . import servers

GROUPS = ("single", "batch", "reads", "at-size")


@dataclass(frozen=True)
class Options:
    rounds: int
    seconds: float
    groups: list[str]
    clients: list[int]
    sizes: list[int]
    seed: int
    ours: dict[str, str]
    peers: dict[str, str]
    limits: bool
    settings: dict[str, str]
    rate_limit: int
    """Requests a minute of the product's token; 0 for none."""
    targets: int
    items: int
    folder: str | None
    installation: Path | None
    """Of a PostgreSQL with contrib modules: then each measurement is followed by what its statements cost."""
    output: str

    @property
    def at_size(self) -> bool:
        return bool({"reads", "at-size"} & set(self.groups))


def read(words: list[str]) -> Options:
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
        limits=not given.no_limits,
        settings=dict(pair.split("=", 1) for pair in given.postgres),
        rate_limit=given.rate_limit,
        targets=given.targets,
        items=given.items,
        folder=given.folder,
        installation=Path(given.statements) if given.statements else None,
        output=given.output,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make bench ARGS=...", description="Measures side by side; see its README.")
    add = parser.add_argument
    add("--quick", action="store_true", help="a minute's smoke, whose figures mean little")
    add("--only", help=f"of {', '.join(GROUPS)}, with commas; single,batch unless told")
    add("--reads", action="store_true", help="reads at --targets targets")
    add("--at-size", action="store_true", help="imports at --targets targets and --items items and beside 10,000")
    add("--rounds", type=int, help="5 unless told")
    add("--seconds", type=float, help="of a cell, 5 unless told; a third of it where no goal is measured")
    add("--clients", help="1,8,32 unless told")
    add("--sizes", help="of batches, 100,1000,10000 unless told")
    add("--seed", type=int, default=int(time.time()) % 100_000, help="of the order of contestants")
    add("--ours", help=f"variants of our server, with commas, of {', '.join(servers.OURS)}")
    add("--ours-command", action="append", default=[], metavar="NAME=COMMAND", help="one more variant; knows {port}")
    add("--peers", default=",".join(servers.PEERS), help="plain,fast unless told; empty for none")
    add("--no-limits", action="store_true", help="without PostgreSQL alone")
    add("--postgres", action="append", default=[], metavar="SETTING=VALUE", help="one more setting of PostgreSQL")
    add("--rate-limit", type=int, default=0, help="of the product's token, requests a minute; 0, the default, is none")
    add(
        "--statements",
        metavar="INSTALLATION",
        help="what each costs; a PostgreSQL with contrib: /usr/lib/postgresql/15",
    )
    add("--targets", type=int, default=1_000_000)
    add("--items", type=int, default=5_000_000)
    add("--folder", help="where the cluster's folder is made: a disk, not memory; /var/tmp unless told")
    add("--output", default="bench.json")
    return parser


def _numbers(text: object) -> list[int]:
    return [int(number) for number in str(text).split(",")]


def _ours(given: argparse.Namespace) -> dict[str, str]:
    more = dict(pair.split("=", 1) for pair in given.ours_command)
    if given.ours:
        return {name: servers.OURS[name] for name in given.ours.split(",")} | more
    return more or dict([next(iter(servers.OURS.items()))])
