"""What is sent: the documented target, with externalIds that are new or known."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DOCUMENT = json.loads((Path(__file__).parents[2] / "docs" / "examples" / "upsert.json").read_text())
KEYS = 10_000
"""How many targets are there to be updated, numbered from 1."""
_ID, _TEXT = "@id@", "@text@"


def external_id(number: int) -> str:
    return f"DEL-2026-{number:09d}"


def description(number: int) -> str:
    """Another one with each import, so that an update changes something."""
    return f"{DOCUMENT['description']} {number:09d}"


def document(number: int, text: int = 0) -> dict[str, Any]:
    return DOCUMENT | {"externalId": external_id(number), "description": description(text)}


def requests(spec: dict[str, Any]) -> Iterator[bytes]:
    """Endless. Numbers have one width, so that a request is a join of three parts or so."""
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
    """Of what is known, in strides through all of it."""
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
        # Known keys are taken in strides, so that two clients seldom have one at the same time.
        target = number * 7919 % keys + 1 if spec["kind"] == "existing" else number
        yield b"%s%09d%s%09d%s" % (before, target, between, number, after)


def batch_items(size: int, first: str) -> list[dict[str, Any]]:
    """Items of a batch whose ids start with what `first` says, and then count from 1."""
    own = {name: value for name, value in DOCUMENT.items() if name not in ("sourceSystem", "operation", "templateKey")}
    return [
        own | {"externalId": f"{first}{n:05d}", "description": f"{DOCUMENT['description']} {_TEXT}"}
        for n in range(1, size + 1)
    ]


def first_of(spec: dict[str, Any], number: int) -> bytes:
    """The beginning of a batch's externalIds; four digits tell the batches apart."""
    return b"DEL-2026-%04d" % (number % spec["blocks"] if spec["kind"] == "existing" else number % 10_000)


def _batches(spec: dict[str, Any]) -> Iterator[bytes]:
    sent = {name: DOCUMENT[name] for name in ("sourceSystem", "operation", "templateKey")}
    body = json.dumps(sent | {"batchId": "BENCH", "targets": batch_items(spec["size"], _ID)}).encode()
    # Both markers are replaced by what has 13 and 9 characters.
    length = len(body) + spec["size"] * (13 - len(_ID) + 9 - len(_TEXT))
    head = _head(spec, "POST", "/inbound/targets/batch", length)
    number = spec["start"]
    while True:
        number += 1
        text = b"%09d" % number
        yield head + body.replace(_ID.encode(), first_of(spec, number)).replace(_TEXT.encode(), text)
