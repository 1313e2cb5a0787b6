"""A client: an ERP that writes each operation to its ledger, and sends it until it knows what became of it."""

import json
import threading
import time
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from typing import Any

from tests.faults.ledger import Answer, Ledger, Operation
from tests.faults.pulse import Pulse
from tests.faults.service import HOST
from tests.faults.workload import Workload

TIMEOUT_SECONDS = 12
RETRY_SECONDS = 180
"""How long a client repeats an operation before it gives up."""
PAUSE_SECONDS = 0.1


class Unanswered(Exception):
    """The connection ended, or nothing came in time. Nobody knows what the request did."""


class Connection:
    """A connection to the service that is opened again after each failure."""

    def __init__(self, port: int, token: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._port, self._token, self._timeout = port, token, timeout
        self._http: HTTPConnection | None = None

    def send(self, operation: Operation) -> None:
        """Send an operation. Raises Unanswered if the connection fails."""
        body = operation.body if isinstance(operation.body, str) else json.dumps(operation.body)
        headers = {"Content-Type": "application/json", "X-Correlation-Id": operation.id}
        if operation.key:
            headers["Idempotency-Key"] = operation.key
        self.request("POST", operation.path, body.encode(), headers)

    def request(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> None:
        """Send a request with the token. Raises Unanswered if the connection fails."""
        try:
            if self._http is None:
                self._http = HTTPConnection(HOST, self._port, timeout=self._timeout)
            self._http.request(method, path, body, {"Authorization": f"Bearer {self._token}"} | (headers or {}))
        except (OSError, HTTPException) as error:
            self.close()
            raise Unanswered(repr(error)) from error

    def receive(self) -> Answer:
        """Return the answer to the request that was sent. Raises Unanswered if none comes, or one that is no JSON."""
        try:
            response = self._http.getresponse() if self._http else None
            if response is None:
                raise Unanswered("not connected")
            content = response.read()
            replayed = response.headers.get("Idempotent-Replayed") == "true"
            if response.will_close:
                self.close()
            return Answer(response.status, json.loads(content), replayed, time.monotonic())
        except (OSError, HTTPException, ValueError) as error:
            self.close()
            raise Unanswered(repr(error)) from error

    def close(self) -> None:
        """Close the connection. The next request opens a new one."""
        if self._http:
            with suppress(OSError):
                self._http.close()
        self._http = None


class Client(threading.Thread):
    """A thread that performs operations until it is told to stop. Then it finishes the one it has begun."""

    def __init__(
        self, workload: Workload, ledger: Ledger, pulse: Pulse, connections: tuple[Connection, Connection]
    ) -> None:
        super().__init__(name=f"client {workload.client}", daemon=True)
        self._workload, self._ledger, self._pulse = workload, ledger, pulse
        self._connection, self._second = connections
        self.stopping = threading.Event()
        self.targets: list[int] = []
        """Ids of targets that were answered lately, for staff to edit."""

    def run(self) -> None:
        """Perform operations until `stopping` is set."""
        while not self.stopping.is_set():
            operation = self._workload.next()
            if operation.kind == "twice at once":
                self._send_twice(operation)
            answer = self._perform(operation)
            if answer:
                self._workload.finished(operation)
                self._note_targets(answer)
        for connection in (self._connection, self._second):
            connection.close()
        self._ledger.close()

    def _perform(self, operation: Operation) -> Answer | None:
        """Send an operation until it has a final answer, and return that. None if nobody knows what it did.

        An operation without a key is sent once.
        """
        deadline = time.monotonic() + RETRY_SECONDS
        while True:
            answer = self._attempt(operation)
            if answer or operation.key is None or time.monotonic() > deadline:
                return answer
            self._pulse.count("retries")
            time.sleep(PAUSE_SECONDS)

    def _attempt(self, operation: Operation) -> Answer | None:
        """Send an operation once, and return its final answer, or None if there is none yet."""
        self._ledger.sent(operation)
        self._pulse.count("requests")
        try:
            self._connection.send(operation)
            answer = self._connection.receive()
        except Unanswered as error:
            self._note_failure(operation, str(error))
            return None
        return self._note_answer(operation, answer)

    def _send_twice(self, operation: Operation) -> None:
        """Send an operation on two connections at the same time. Both must have the same outcome."""
        for _connection in range(2):
            self._ledger.sent(operation)
            self._pulse.count("requests")
        sent = []
        for connection in (self._connection, self._second):
            try:
                connection.send(operation)
                sent.append(connection)
            except Unanswered as error:
                self._note_failure(operation, str(error))
        for connection in sent:
            try:
                self._note_answer(operation, connection.receive())
            except Unanswered as error:
                self._note_failure(operation, str(error))

    def _note_failure(self, operation: Operation, reason: str) -> None:
        self._ledger.failed(operation, reason)
        self._pulse.count("timeouts" if "timed out" in reason else "lost connections")

    def _note_answer(self, operation: Operation, answer: Answer) -> Answer | None:
        """Write an answer to the ledger, and return it if it is final."""
        if answer.status >= 500 or error_code(answer) in ("idempotency_in_progress", "rate_limited"):
            self._ledger.failed(operation, f"{answer.status} {json.dumps(answer.body)}")
            self._pulse.refusal(answer.status)
            if answer.status not in (409, 503):
                self._pulse.error(f"{answer.status} to {operation.id} ({operation.kind}): {json.dumps(answer.body)}")
            return None
        self._ledger.answered(operation, answer)
        if answer.body.get("importJobId"):
            self._pulse.success()
        return answer

    def _note_targets(self, answer: Answer) -> None:
        found = [item["targetId"] for item in answer.body.get("items", []) if item.get("targetId")]
        self.targets = [*self.targets[-20:], *found[:5]]


def error_code(answer: Answer) -> str:
    """Return the code of an error of the request itself, or an empty text."""
    error: Any = answer.body.get("error") if isinstance(answer.body, dict) else None
    return str(error.get("code", "")) if isinstance(error, dict) else ""
