"""A follower of GET /changes that keeps a copy of all targets."""

import threading
from typing import Any

from tests.faults.client import Connection, Unanswered
from tests.faults.ledger import Answer

PAGE = 200
PAUSE_SECONDS = 0.2


class Follower(threading.Thread):
    """A thread that asks for changes after its cursor, and stores each page together with the new cursor."""

    def __init__(self, connection: Connection) -> None:
        super().__init__(name="follower", daemon=True)
        self.connection = connection
        self._cursor = ""
        self.stopping = threading.Event()
        self.copy: dict[int, dict[str, Any]] = {}
        """The documents by target id."""
        self.complaints: list[str] = []
        """Answers that a follower should not get."""

    def run(self) -> None:
        """Follow the changes until `stopping` is set."""
        while not self.stopping.is_set():
            if not self.read_page():
                self.stopping.wait(PAUSE_SECONDS)

    def read_page(self) -> bool:
        """Read one page, and return whether there are more."""
        after = f"&after={self._cursor}" if self._cursor else ""
        answer = get(self.connection, f"/changes?limit={PAGE}{after}")
        if answer is None:
            return False
        if answer.status != 200:
            if answer.status != 503:
                self.complaints.append(f"{answer.status} to the follower of /changes: {answer.body}")
            return False
        self.copy |= {document["id"]: document for document in answer.body["results"]}
        self._cursor = answer.body["cursor"]
        return bool(answer.body["hasMore"])


def get(connection: Connection, path: str) -> Answer | None:
    """Return the answer to a GET request, or None if there is none."""
    try:
        connection.request("GET", path)
        return connection.receive()
    except Unanswered:
        return None


def all_targets(connection: Connection) -> dict[int, dict[str, Any]]:
    """Return what GET /targets answers on all its pages, by target id. Raises RuntimeError if a page fails."""
    found: dict[int, dict[str, Any]] = {}
    path = "/targets?pageSize=500"
    while path:
        answer = get(connection, path)
        if answer is None or answer.status != 200:
            raise RuntimeError(f"GET {path} failed after the run: {answer}")
        found |= {document["id"]: document for document in answer.body["results"]}
        following = answer.body["next"]
        path = "/" + following.split("/", 3)[-1] if following and "://" in following else following
    return found
