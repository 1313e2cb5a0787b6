"""The rows that a run imports. Later ones name the targets of earlier ones, so the result depends on their order."""

import csv
import random
from pathlib import Path
from typing import Any

FAULTY_MINUTES = -5
"""A value that is rejected."""


def documents(system: str, rows: int, seed: int) -> list[dict[str, Any]]:
    """Return documents for a source system, the same ones for the same arguments."""
    chosen = random.Random(f"{system} {seed}")
    return [_document(number, rows, chosen) for number in range(rows)]


def _document(number: int, rows: int, chosen: random.Random) -> dict[str, Any]:
    """Return one document. Of a hundred, about one is faulty, two are late versions, and some name known targets."""
    return {
        "externalId": f"T-{chosen.randrange(rows * 2 // 3)}",
        "title": f"Row {number}",
        "description": f"Sent as number {number}. " + "Ring twice. " * 5,
        "operation": "cancel" if chosen.random() < 0.03 else "upsert",
        "sourceVersion": number + 1 if chosen.random() < 0.98 else number // 2,
        "planning": {"estimatedWorkMinutes": FAULTY_MINUTES if chosen.random() < 0.01 else number % 480},
    }


def write_csv(documents: list[dict[str, Any]], path: Path) -> None:
    """Write documents as a CSV file whose headings are the paths of the fields."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        plain = [name for name in documents[0] if name != "planning"]
        writer.writerow([*plain, "planning.estimatedWorkMinutes"])
        for one in documents:
            writer.writerow([*(one[name] for name in plain), one["planning"]["estimatedWorkMinutes"]])
