"""Sends the orders of a night to Ordinavo Connect: python3 nightly_sync.py orders-2026-06-25.jsonl

A line of the file is one order, as JSON. CONNECT_URL and CONNECT_TOKEN say where to and who sends. The file's name
names the night: give each export its own. Ends with 0 if all is in, with 1 if orders were rejected, and with 2 if it
gave up; then run it again with the same file, and nothing is imported twice."""

import hashlib
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

BATCH_SIZE = 1_000
ATTEMPTS = 10
LONGEST_WAIT_SECONDS = 60
Wait = Callable[[float], None]


class GaveUp(Exception):
    pass


def sync(orders: list[Any], night: str, url: str, token: str, wait: Wait = time.sleep) -> Iterator[dict[str, Any]]:
    """Yields the rejected items; their index counts from the first order of the night."""
    for start in range(0, len(orders), BATCH_SIZE):
        batch = {"batchId": night, "operation": "upsert", "targets": orders[start : start + BATCH_SIZE]}
        for item in send(batch, url, token, wait)["items"]:
            if item["status"] == "Rejected":
                yield item | {"index": start + item["index"]}


def send(batch: dict[str, Any], url: str, token: str, wait: Wait) -> dict[str, Any]:
    """The job of a batch. Asks with the same key until it is answered. Raises GaveUp."""
    body = json.dumps(batch).encode()
    # The batchId is in the body: the same orders in another night have another key.
    key = hashlib.sha256(body).hexdigest()
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    request = urllib.request.Request(f"{url}/inbound/targets/batch", data=body, headers=headers)
    for attempt in range(ATTEMPTS):
        status, answer, retry_after = post(request)
        if "items" in answer:  # 200, 207 or 422: the batch is done, whatever became of its items
            return answer
        if not (status in (0, 409, 429) or status >= 500):
            break
        if attempt + 1 < ATTEMPTS:
            wait(retry_after or min(2**attempt, LONGEST_WAIT_SECONDS))
    raise GaveUp(f"Gave up after HTTP {status or '-'}: {json.dumps(answer)}")


def post(request: urllib.request.Request) -> tuple[int, dict[str, Any], int]:
    """Status, answer and Retry-After. Status 0 means: nobody knows whether it arrived."""
    try:
        try:
            response = urllib.request.urlopen(request, timeout=120)
        except urllib.error.HTTPError as error:
            response = error  # it is an answer as well
        with response:
            retry_after = response.headers.get("Retry-After", "")
            return response.status, read(response.read()), int(retry_after) if retry_after.isdigit() else 0
    except (OSError, http.client.HTTPException) as error:
        return 0, {"error": {"message": str(error)}}, 0


def read(body: bytes) -> dict[str, Any]:
    """What a proxy on the way answers need not be JSON."""
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {"error": {"message": body[:200].decode(errors="replace")}}


def main(path: str, wait: Wait = time.sleep) -> int:
    orders = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]
    rejected = 0
    try:
        for item in sync(orders, Path(path).stem, os.environ["CONNECT_URL"], os.environ["CONNECT_TOKEN"], wait):
            rejected += 1
            for error in item["errors"]:
                print(f"order {item['index'] + 1} {item['externalId']}: {error['code']} {error['field']}: ", end="")
                print(error["message"])
    except GaveUp as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(orders)} orders sent, {rejected} rejected.")
    return 1 if rejected else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
