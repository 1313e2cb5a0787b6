"""The ledger: a file for each client, in which every attempt is written before it is sent, and its answer after.

Each line is a JSON object with "operation" (an id), "event" and "at" (seconds of the machine's monotonic clock).
"""

import json
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Operation:
    """Something that a client wants done, in one request that it may send several times."""

    id: str
    """Unique in the run. It is sent as X-Correlation-Id, so that its import job names it."""
    kind: str
    path: str
    system: str
    """The key of the source system that it is about, or empty."""
    body: Any
    """The JSON document to send, or text that is sent as it is."""
    key: str | None = None
    """Its Idempotency-Key. An operation without a key is sent only once."""

    @property
    def is_import(self) -> bool:
        """Return whether it may record a job: a request to the API, or a replay by staff."""
        return self.path.startswith("/inbound/") or self.kind == "replay"

    @property
    def documents(self) -> list[Any]:
        """Return the documents of an import, with the defaults of its batch; empty if it is no import."""
        if not isinstance(self.body, dict) or not self.is_import:
            return []
        return list(self.body["targets"]) if "targets" in self.body else [self.body]


@dataclass
class Answer:
    """The answer to an attempt."""

    status: int
    body: Any
    replayed: bool = False
    """Whether it has the header Idempotent-Replayed."""
    at: float = 0.0


@dataclass
class Entry:
    """What the ledger says about one operation."""

    operation: Operation
    sent_at: float
    """When its first attempt was sent."""
    answers: list[Answer] = field(default_factory=list)
    """The final answers: more than one if it was sent again after its first answer."""
    attempts: int = 0
    lines: list[str] = field(default_factory=list)
    """Its lines of the ledger."""

    @property
    def answered_at(self) -> float:
        """Return when its first final answer came; infinity if none did."""
        return self.answers[0].at if self.answers else float("inf")


class Ledger:
    """Appends the lines of one client. A line is in the file when the method returns."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8", buffering=1)
        self._lock = threading.Lock()

    def sent(self, operation: Operation) -> None:
        """Write that an attempt begins. Call it before sending."""
        details = {"kind": operation.kind, "path": operation.path, "system": operation.system}
        self._append(operation, "sent", key=operation.key, body=operation.body, **details)

    def answered(self, operation: Operation, answer: Answer) -> None:
        """Write a final answer."""
        self._append(operation, "answer", status=answer.status, body=answer.body, replayed=answer.replayed)

    def failed(self, operation: Operation, reason: str) -> None:
        """Write that an attempt had no final answer, so that nobody knows what it did."""
        self._append(operation, "no answer", reason=reason)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _append(self, operation: Operation, event: str, **values: Any) -> None:
        line = {"operation": operation.id, "event": event, "at": round(time.monotonic(), 6)} | values
        with self._lock:
            self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
            self._file.flush()


def read(folder: Path) -> dict[str, Entry]:
    """Return the entries of all files of a folder, by the id of the operation."""
    return parse(line for path in sorted(folder.glob("*.jsonl")) for line in _lines(path))


def parse(lines: Iterable[str]) -> dict[str, Entry]:
    """Return the entries that these lines of a ledger give, by the id of the operation."""
    entries: dict[str, Entry] = {}
    for text in lines:
        line = json.loads(text)
        entry = entries.get(line["operation"])
        if entry is None:
            names = ("kind", "path", "system", "body", "key")
            operation = Operation(line["operation"], **{name: line[name] for name in names})
            entry = entries[operation.id] = Entry(operation, line["at"])
        entry.lines.append(text)
        if line["event"] == "sent":
            entry.attempts += 1
        elif line["event"] == "answer":
            entry.answers.append(Answer(line["status"], line["body"], line["replayed"], line["at"]))
    return entries


def _lines(path: Path) -> Iterator[str]:
    """Yield the complete lines of a file. The last one may be cut if the client was killed; it was not sent then."""
    with path.open(encoding="utf-8") as file:
        yield from (line.rstrip("\n") for line in file if line.endswith("\n"))
