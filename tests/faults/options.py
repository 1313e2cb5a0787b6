"""The options of the command line."""

import argparse
import secrets
from dataclasses import dataclass
from pathlib import Path

MINUTES = 10


@dataclass(frozen=True)
class Options:
    """The options of a run, with the defaults filled in."""

    seconds: float
    seed: int
    kinds: list[str]
    """Names of the faults to choose from."""
    clients: int
    pause: float
    """Mean pause between two faults, in seconds."""
    folder: Path | None
    """Where to create the folder of PostgreSQL; None for /var/tmp."""
    ledger: Path | None
    """Where to keep the ledger; None for a folder in /var/tmp that stays only if the checker finds something."""
    pooler: str
    """The mode of the PgBouncer between the service and PostgreSQL, or empty for none."""
    background: str
    """Import by this form in the background instead, "api" or "file", or empty."""
    rows: int
    """How many rows to import in the background."""


def parse(words: list[str], kinds: list[str]) -> Options:
    """Return the options that the words of a command line give. `kinds` are the names of all faults.

    Raises SystemExit if they are invalid.
    """
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--seconds", type=float, default=MINUTES * 60, help="how long faults are made")
    parser.add_argument("--seed", type=int, help="chooses operations and faults (default: a new one, which is printed)")
    parser.add_argument("--only", metavar="KIND,...", help=f"these faults only, of: {', '.join(kinds)}, or none")
    parser.add_argument("--clients", type=int, default=8, help="threads that send imports")
    parser.add_argument("--pause", type=float, default=1.5, help="mean seconds between two faults")
    parser.add_argument("--folder", type=Path, help="where PostgreSQL stores its data (default: /var/tmp)")
    parser.add_argument("--ledger", type=Path, help="a new folder for the ledger, which is kept")
    parser.add_argument("--pooler", choices=("session", "transaction"), default="", help="put PgBouncer in between")
    parser.add_argument("--background", choices=("api", "file"), default="", help="kill workers of background jobs")
    parser.add_argument("--rows", type=int, default=100_000, help="rows to import with --background")
    given = parser.parse_args(words)
    chosen = kinds if given.only is None else [kind for kind in given.only.split(",") if kind not in ("", "none")]
    if unknown := set(chosen) - set(kinds):
        parser.error(f"unknown faults: {', '.join(sorted(unknown))}. Known: {', '.join(kinds)}.")
    seed = secrets.randbelow(10**6) if given.seed is None else given.seed
    return Options(
        given.seconds, seed, chosen, given.clients, given.pause, given.folder, given.ledger, given.pooler,
        given.background, given.rows,
    )  # fmt: skip
