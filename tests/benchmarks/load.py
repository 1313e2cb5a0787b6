"""The load generator: HTTP/1.1 with keep-alive, as its own process. Reads a spec on stdin, answers on stdout."""

import asyncio
import json
import sys
import time
from array import array
from collections.abc import Iterator
from typing import Any

import uvloop

from . import payloads


class Run:
    """What all connections of a run share."""

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
        self.open += 1
        await asyncio.get_running_loop().create_connection(lambda: Client(self), "127.0.0.1", self.port)

    def reconnect(self) -> None:
        """Where a server ends a connection with its answer, as HTTP lets it."""
        self.reconnects += 1
        task = asyncio.get_running_loop().create_task(self.connect())
        self.connecting.add(task)
        task.add_done_callback(self.connecting.discard)

    def fail(self, why: str) -> None:
        self.failure = self.failure or why
        self.stopping = True
        self.done.set()


class Client(asyncio.Protocol):
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
        self.counts = self.run.measuring
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
        place = head.find(b"content-length:")
        if head[9:12] not in (b"200", b"201") or place < 0:  # a batch's 207 would not be all that was sent
            self.run.fail(f"not a 200 or 201 with a length: {self.received[:600].decode(errors='replace')}")
            return
        self.needed = end + 4 + int(head[place + 15 : head.find(b"\r\n", place)])
        self.closing = b"connection: close" in head

    def answered(self) -> None:
        self.run.answered += 1
        if self.counts:
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
    if spec.get("size"):  # one client: between its requests it makes the next, off the clock
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
