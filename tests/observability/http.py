"""Talk HTTP with a running server, and collect what it sends elsewhere."""

import gzip
import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any, NamedTuple

from prometheus_client.parser import text_string_to_metric_families


class Answer(NamedTuple):
    status: int
    headers: Any
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


def send(url: str, token: str = "", body: Any = None, **headers: str) -> Answer:
    """Send a GET request, or a POST request if there is a body, on a new connection."""
    given = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {}) | headers
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data, given), timeout=30) as response:
            return Answer(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read())


def samples(text: str) -> dict[str, float]:
    """Return the samples of Prometheus's text format by name and labels, such as `up{job="a"}`, in the order of names.

    Samples that differ only in `pid` are added up.
    """
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()) if name != "pid")
            name = f"{sample.name}{{{labels}}}" if labels else sample.name
            found[name] = found.get(name, 0) + sample.value
    return found


class Received(NamedTuple):
    path: str
    headers: Any
    body: bytes


@contextmanager
def collector() -> "Iterator[tuple[str, Queue[Received]]]":
    """Run an HTTP server that accepts every POST. Return its URL and a queue of the requests, unpacked."""
    queue: Queue[Received] = Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            queue.put(Received(self.path, self.headers, body))
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, *arguments: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", queue
        server.shutdown()
        thread.join()
