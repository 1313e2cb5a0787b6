"""Read the list of guards: the lines of code whose removal some test must notice."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "guards"


@dataclass(frozen=True)
class Guard:
    """One guard: a text in a file of the project, and what the file has without it."""

    name: str
    """What the guard protects, as a sentence."""
    file: str
    """The path of the file, from the root of the checkout."""
    old: str
    """The text of the guard. It occurs exactly once in the file."""
    new: str
    """The text that replaces it, so that the guard is removed."""
    tests: tuple[str, ...]
    """The files or single tests, as pytest names them, of which at least one must fail without the guard."""

    def removed_from(self, text: str) -> str:
        """Return the text of the file without the guard. Raises ValueError unless it has the guard exactly once."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.file} must contain the text of this guard once: {self.name}")
        return text.replace(self.old, self.new)


def all_guards() -> list[Guard]:
    """Return every guard of the files in FOLDER, in the order of the files' names.

    Raises ValueError or TypeError if a file is not as README.md describes it.
    """
    return [
        Guard(**entry | {"tests": tuple(entry["tests"])})
        for path in sorted(FOLDER.glob("*.toml"))
        for entry in tomllib.loads(path.read_text())["guard"]
    ]
