"""The requests that are sent: the documented target, with new or stored external ids."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "examples" / "upsert.json").read_text())
KEYS = 10_000
"""The number of stored targets, which have the numbers from 1."""
_ID, _TEXT = "@id@", "@text@"


def external_id(number: int) -> str:
    """Return the external id of the target with this number."""
    return f"DEL-2026-{number:09d}"


def description(number: int) -> str:
    """Return a description that differs for each number, so that an update changes the target."""
    return f"{DOCUMENT['description']} {number:09d}"


def document(number: int, text: int = 0) -> dict[str, Any]:
    """Return the documented target with the external id of `number` and the description of `text`."""
    return DOCUMENT | {"externalId": external_id(number), "description": description(text)}


def requests(spec: dict[str, Any]) -> Iterator[bytes]:
    """Yield complete HTTP requests without end.

    All numbers have the same width, so that a request is made by joining a few constant parts.
    """
    if spec["kind"] == "get":
        return _gets(spec)
    if spec.get("size"):
        return _batches(spec)
    return _singles(spec)


def _head(spec: dict[str, Any], method: str, path: str, length: int | None = None) -> bytes:
    body = "" if length is None else f"Content-Type: application/json\r\nContent-Length: {length}\r\n"
    return (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{spec['port']}\r\nAuthorization: Bearer {spec['token']}\r\n"
        f"Accept: application/json\r\nUser-Agent: bench\r\n{body}\r\n"
    ).encode()


def _gets(spec: dict[str, Any]) -> Iterator[bytes]:
    """Yield requests for stored rows, spread over the whole table."""
    numbers = [n * 7919 % spec["keys"] + 1 for n in range(5_000)]
    paths = [spec["path"].replace("@key@", external_id(n)).replace(_ID, str(n)) for n in numbers]
    built = [_head(spec, "GET", path) for path in paths]
    while True:
        yield from built


def _singles(spec: dict[str, Any]) -> Iterator[bytes]:
    marked = DOCUMENT | {"externalId": f"DEL-2026-{_ID}", "description": f"{DOCUMENT['description']} {_TEXT}"}
    body = json.dumps(marked).encode()
    length = len(body) - len(_ID) - len(_TEXT) + 18
    before, rest = body.split(_ID.encode())
    between, after = rest.split(_TEXT.encode())
    before = _head(spec, "POST", "/inbound/targets", length) + before
    number, keys = spec["start"], spec["keys"]
    while True:
        number += 1
        # Spread over the whole table, so that two clients seldom update the same target at the same time.
        target = spec.get("first", 0) + number * 7919 % keys + 1 if spec["kind"] == "existing" else number
        yield b"%s%09d%s%09d%s" % (before, target, between, number, after)


def batch_items(size: int, prefix: str) -> list[dict[str, Any]]:
    """Return the items of a batch. Their external ids are the prefix and a number from 1."""
    own = {name: value for name, value in DOCUMENT.items() if name not in ("sourceSystem", "operation", "templateKey")}
    return [
        own | {"externalId": f"{prefix}{n:05d}", "description": f"{DOCUMENT['description']} {_TEXT}"}
        for n in range(1, size + 1)
    ]


def numbered(start: int, count: int, text: int) -> Iterator[tuple[str, bytes]]:
    """Yield the external id and the JSON of documents whose numbers follow `start`, with the description of `text`."""
    marked = json.dumps(batch_items(1, _ID)[0]).encode()
    before, rest = marked.split(b"@id@00001")
    between, after = rest.split(_TEXT.encode())
    for number in range(start + 1, start + count + 1):
        yield external_id(number), b"%s%s%s%09d%s" % (before, external_id(number).encode(), between, text, after)


def batch_prefix(spec: dict[str, Any], number: int) -> bytes:
    """Return the prefix of the external ids of a batch. It contains the number of the batch in four digits."""
    return b"DEL-2026-%04d" % (number % spec["blocks"] if spec["kind"] == "existing" else number % 10_000)


def _batches(spec: dict[str, Any]) -> Iterator[bytes]:
    shared = {name: DOCUMENT[name] for name in ("sourceSystem", "operation", "templateKey")}
    body = json.dumps(shared | {"batchId": "BENCH", "targets": batch_items(spec["size"], _ID)}).encode()
    # The markers are replaced by 13 and by 9 characters.
    length = len(body) + spec["size"] * (13 - len(_ID) + 9 - len(_TEXT))
    head = _head(spec, "POST", "/inbound/targets/batch", length)
    number = spec["start"]
    while True:
        number += 1
        text = b"%09d" % number
        yield head + body.replace(_ID.encode(), batch_prefix(spec, number)).replace(_TEXT.encode(), text)
