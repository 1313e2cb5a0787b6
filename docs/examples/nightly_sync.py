"""Send the orders of a file to Ordinavo Connect in batches, and print the rejected orders.

Usage: python3 nightly_sync.py orders-2026-06-25.jsonl
Each line of the file is one order as JSON. The environment variables CONNECT_URL and CONNECT_TOKEN are the base URL and
the API token. The file's name becomes the batchId, so give each export a new name.

Exit status: 0 if all orders were imported, 1 if some were rejected, 2 if the program gave up. After a 2, run it again
with the same file: nothing is imported twice.
"""

import gzip
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
PACK_FROM_BYTES = 10_000
ATTEMPTS = 10
LONGEST_WAIT_SECONDS = 60
Wait = Callable[[float], None]


class GaveUp(Exception):
    """No usable response after ATTEMPTS attempts, or an error that a retry does not help against."""


def sync(orders: list[Any], batch_id: str, url: str, token: str, wait: Wait = time.sleep) -> Iterator[dict[str, Any]]:
    """Send the orders and yield the rejected items. Their `index` is the order's position in the file, from 0.

    Raises GaveUp if a batch cannot be sent.
    """
    for start in range(0, len(orders), BATCH_SIZE):
        batch = {"batchId": batch_id, "operation": "upsert", "targets": orders[start : start + BATCH_SIZE]}
        for item in send(batch, url, token, wait)["items"]:
            if item["status"] == "Rejected":
                yield item | {"index": start + item["index"]}


def send(batch: dict[str, Any], url: str, token: str, wait: Wait) -> dict[str, Any]:
    """Send a batch and return its import job. Retries with the same Idempotency-Key. Raises GaveUp if that fails."""
    body = json.dumps(batch).encode()
    # The body contains the batchId, so the same orders in another file get another key.
    key = hashlib.sha256(body).hexdigest()
    headers = {
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
        "Idempotency-Key": key,
    }
    if len(body) >= PACK_FROM_BYTES:
        body = gzip.compress(body)
        headers["Content-Encoding"] = "gzip"
    request = urllib.request.Request(f"{url}/inbound/targets/batch", data=body, headers=headers)
    for attempt in range(ATTEMPTS):
        status, answer, retry_after = post(request)
        if "items" in answer:  # 200 or 422: the batch was processed; the items have the details
            return answer
        if not (status in (0, 408, 409, 429) or status >= 500):
            break
        if attempt + 1 < ATTEMPTS:
            wait(retry_after or min(2**attempt, LONGEST_WAIT_SECONDS))
    raise GaveUp(f"Gave up after HTTP {status or '-'}: {json.dumps(answer)}")


def post(request: urllib.request.Request) -> tuple[int, dict[str, Any], int]:
    """Return the HTTP status, the answer, and Retry-After in seconds (0 if absent).

    The status is 0 if the connection failed: the request may have arrived or not.
    """
    try:
        try:
            response = urllib.request.urlopen(request, timeout=120)
        except urllib.error.HTTPError as error:
            response = error  # urllib raises an error for each status of 400 and above
        with response:
            retry_after = response.headers.get("Retry-After", "")
            return response.status, read(response.read()), int(retry_after) if retry_after.isdigit() else 0
    except (OSError, http.client.HTTPException) as error:
        return 0, {"error": {"message": str(error)}}, 0


def read(body: bytes) -> dict[str, Any]:
    """Return the JSON object of a response. A proxy may answer with something else: then return that as an error."""
    try:
        answer = json.loads(body)
    except ValueError:
        answer = None
    return answer if isinstance(answer, dict) else {"error": {"message": body[:200].decode(errors="replace")}}


def main(path: str, wait: Wait = time.sleep) -> int:
    """Send the orders of a file, print the rejected ones, and return the exit status."""
    orders = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]
    rejected = 0
    try:
        for item in sync(orders, Path(path).stem, os.environ["CONNECT_URL"], os.environ["CONNECT_TOKEN"], wait):
            rejected += 1
            # A very long answer names only the first error of some items.
            first = {"code": item["errorCode"], "field": "", "message": item["errorMessage"]}
            for error in item["errors"] or [first]:
                print(f"order {item['index'] + 1} {item['externalId']}: {error['code']} {error['field']}: ", end="")
                print(error["message"])
    except GaveUp as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{len(orders)} orders sent, {rejected} rejected.")
    return 1 if rejected else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
