"""The load generator: HTTP/1.1 clients with keep-alive, in a process of its own.

It reads its parameters as JSON from standard input and writes the figures as JSON to standard output.
"""

import asyncio
import json
import sys
import time
from array import array
from collections.abc import Iterator
from typing import Any

import uvloop

from tests.benchmarks import payloads


class Run:
    """The state that all connections of a measurement share."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.requests: Iterator[bytes] = payloads.requests(spec)
        self.latencies = array("d")
        self.sent = self.answered = 0
        self.reconnects = 0
        self.failure = ""
        self.measuring = not spec["warmup"]
        self.port = spec["port"]
        self.connecting: set[asyncio.Task[Any]] = set()
        self.stopping = False
        self.open = 0
        self.done = asyncio.Event()

    async def connect(self) -> None:
        """Open a connection, which sends its first request at once."""
        self.open += 1
        await asyncio.get_running_loop().create_connection(lambda: Client(self), "127.0.0.1", self.port)

    def reconnect(self) -> None:
        """Replace a connection that the server closes after its answer, as HTTP allows."""
        self.reconnects += 1
        task = asyncio.get_running_loop().create_task(self.connect())
        self.connecting.add(task)
        task.add_done_callback(self.connecting.discard)

    def fail(self, reason: str) -> None:
        """End the measurement. The first reason is the one that is reported."""
        self.failure = self.failure or reason
        self.stopping = True
        self.done.set()


class Client(asyncio.Protocol):
    """A connection that sends a request, waits for the answer, and sends the next one."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.received = b""
        self.needed = 0
        self.waiting = False
        self.closing = False

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.send()

    def send(self) -> None:
        request = next(self.run.requests)
        self.received, self.needed, self.waiting = b"", 0, True
        self.run.sent += 1
        self.is_measured = self.run.measuring
        self.started = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.received = self.received + data if self.received else data
        if not self.needed:
            self.read_head()
        if self.needed and len(self.received) >= self.needed:
            self.answered()

    def read_head(self) -> None:
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self.received[:end].lower() + b"\r\n"
        position = head.find(b"content-length:")
        if head[9:12] not in (b"200", b"201") or position < 0:
            self.run.fail(f"not a 200 or 201 with a length: {self.received[:600].decode(errors='replace')}")
            return
        self.needed = end + 4 + int(head[position + 15 : head.find(b"\r\n", position)])
        self.closing = b"connection: close" in head

    def answered(self) -> None:
        if self.received.find(b"PartiallyFailed", 0, 2_000) >= 0:
            self.run.fail(f"items of a batch were rejected: {self.received[:600].decode(errors='replace')}")
            return
        self.run.answered += 1
        if self.is_measured:
            self.run.latencies.append(time.perf_counter() - self.started)
        self.waiting = False
        if self.run.stopping:
            self.transport.close()
        elif self.closing:
            self.run.reconnect()
            self.transport.close()
        else:
            self.send()

    def connection_lost(self, error: Exception | None) -> None:
        if self.waiting:
            self.run.fail(f"the connection ended before its answer: {error}")
        self.run.open -= 1
        if self.run.open == 0:
            self.run.done.set()


async def measure(spec: dict[str, Any]) -> dict[str, Any]:
    """Send requests for `spec["seconds"]`, and return the figures, or a `failure`. Latencies are in seconds."""
    run = Run(spec)
    cpu = time.process_time()
    for _ in range(spec["clients"]):
        await run.connect()
    await asyncio.sleep(spec["warmup"])
    run.measuring, started, before = True, time.perf_counter(), run.answered
    await _pause(run, spec["seconds"])
    measured = run.answered - before
    elapsed = time.perf_counter() - started
    run.stopping = True
    await run.done.wait()
    if run.failure:
        return {"failure": run.failure}
    if spec.get("size"):  # one client: the time in which it builds the next request does not count
        measured, elapsed = len(run.latencies), sum(run.latencies)
    return _figures(run, measured, elapsed) | {"cpu": time.process_time() - cpu}


async def _pause(run: Run, seconds: float) -> None:
    try:
        await asyncio.wait_for(run.done.wait(), seconds)
    except TimeoutError:
        return


def _figures(run: Run, measured: int, elapsed: float) -> dict[str, Any]:
    ordered = sorted(run.latencies)
    return {
        "failure": "",
        "requests": run.sent,
        "reconnects": run.reconnects,
        "rate": measured / elapsed,
        "p50": ordered[len(ordered) // 2],
        "p99": ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)],
        "max": ordered[-1],
    }


if __name__ == "__main__":
    print(json.dumps(uvloop.run(measure(json.load(sys.stdin)))))
