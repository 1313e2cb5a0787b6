"""Choose the operations of a client: imports of all kinds, of targets that the clients share and of new ones.

Each document carries a marker, which no other document of the run has. It tells which operation wrote a state.
"""

import random
import time
from datetime import UTC, datetime, timedelta
from typing import Any
from zlib import crc32

from tests.faults.ledger import Operation

SYSTEMS = ("first_erp", "second_erp")
SINGLE, BATCH = "/inbound/targets", "/inbound/targets/batch"
HOT_IDS, SHARED_IDS = 4, 40
"""All clients of a source system import these, the first few very often."""
PRIORITIES = ("Low", "Medium", "High", "Urgent")
_KINDS = {
    "single": 50, "single without key": 12, "twice at once": 6, "batch": 14, "batch without key": 3, "large batch": 1,
    "rehearsal": 4, "faulty": 5, "repeat": 6, "conflict": 2, "malformed": 2,
}  # fmt: skip


class Workload:
    """An endless list of operations, which the seed and the number of the client determine, except for times."""

    def __init__(self, seed: int, client: int) -> None:
        self.random = random.Random(f"{seed} {client}")
        self.client = client
        self.system = SYSTEMS[1] if client % 4 == 3 else SYSTEMS[0]
        self._count = 0
        self._own_ids = 0
        self._finished: list[Operation] = []

    def next(self) -> Operation:
        """Return the next operation. It may be an earlier one, to be sent again."""
        [kind] = self.random.choices(list(_KINDS), list(_KINDS.values()))
        if kind in ("repeat", "conflict") and not self._finished:
            kind = "single"
        if kind == "repeat":
            return self.random.choice(self._finished)
        self._count += 1
        operation_id = f"c{self.client:02}-{self._count:06}"
        return self._operation(operation_id, kind)

    def finished(self, operation: Operation) -> None:
        """Take note that an operation has a final answer, so that it can be repeated."""
        if operation.key and operation.kind not in ("conflict", "malformed", "rehearsal"):
            self._finished = [*self._finished[-20:], operation]

    def _operation(self, name: str, kind: str) -> Operation:
        key = None if "without key" in kind else f"key-{name}"
        if kind == "malformed":
            return Operation(name, kind, SINGLE, self.system, '{"externalId": "x", ', key)
        if kind == "conflict":
            earlier = self.random.choice(self._finished)
            return Operation(name, kind, SINGLE, self.system, self._document(name, 0), earlier.key)
        if "batch" in kind:
            return Operation(name, kind, BATCH, self.system, self._batch(name, kind), key)
        document = self._document(name, 0)
        if kind == "faulty":
            self._spoil(document)
        path = f"{SINGLE}?validateOnly=true" if kind == "rehearsal" else SINGLE
        return Operation(name, kind, path, self.system, document, key)

    def _batch(self, name: str, kind: str) -> dict[str, Any]:
        size = self.random.randint(150, 400) if kind == "large batch" else self.random.randint(2, 15)
        documents = [self._document(name, number) for number in range(size)]
        for document in documents:
            if self.random.random() < 0.05:
                self._spoil(document)
        if self.random.random() < 0.3:  # the same target twice
            documents[-1]["externalId"] = documents[0]["externalId"]
        return {"sourceSystem": self.system, "batchId": name, "targets": documents}

    def _document(self, name: str, number: int) -> dict[str, Any]:
        marker = f"{name}/{number}"
        document: dict[str, Any] = {"externalId": self._external_id(), "sourceSystem": self.system}
        [operation] = self.random.choices(["upsert", "create", "update", "cancel", ""], [40, 15, 25, 8, 12])
        if operation:
            document["operation"] = operation
        document |= self._version(document["externalId"])
        if operation == "cancel":
            return document | {"title": f"Note {marker}"}
        document["description"] = marker
        if operation != "update" or self.random.random() < 0.5:
            document["title"] = f"Title {marker}"
        if self.random.random() < 0.4:
            document["customer"] = {"name": self.random.choice([f"Customer {marker}", f"Customer {marker}", None])}
        if self.random.random() < 0.4:
            document["planning"] = {
                "priority": self.random.choice(PRIORITIES),
                "estimatedWorkMinutes": self.random.choice([None, 5, 10]),
            }
        if self.random.random() < 0.3:
            document["customFields"] = {f"of_{self.client:02}": marker}
        return document

    def _external_id(self) -> str:
        chance = self.random.random()
        if chance < 0.25:
            return f"HOT-{self.random.randrange(HOT_IDS)}"
        if chance < 0.55:
            return f"SHARED-{self.random.randrange(SHARED_IDS):03}"
        if chance < 0.8 or not self._own_ids:
            self._own_ids += 1
            return f"OWN-{self.client:02}-{self._own_ids:06}"
        return f"OWN-{self.client:02}-{self.random.randint(1, self._own_ids):06}"

    def _version(self, external_id: str) -> dict[str, Any]:
        """Return a version, which is often older than the stored one. The id says which kind of version it has."""
        style = crc32(external_id.encode()) % 4
        if style == 0:
            return {"sourceVersion": int(time.monotonic() * 5) - self.random.randint(0, 10)}
        if style == 1:
            moment = datetime.now(UTC) - timedelta(seconds=self.random.randint(0, 4))
            return {"sourceUpdatedAtUtc": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
        return {}

    def _spoil(self, document: dict[str, Any]) -> None:
        """Put one fault into a document, so that it must be rejected unless it is stale or a cancel ignores it."""
        fault = self.random.choice(["priority", "id", "operation"])
        if fault == "priority":
            document["planning"] = {"priority": "Sometimes"}
        elif fault == "id":
            document["externalId"] = self.random.choice(["", "zero\u200bwidth"])
        else:
            document["operation"] = "remove"
