"""Measure the baseline of a batch: one statement writes rows that were made beforehand, sent by psycopg.

Read the parameters as JSON from standard input and write the figures as JSON, like `load`.
"""

import json
import sys
import time
from typing import Any

import psycopg

from tests.benchmarks import payloads, sql
from tests.benchmarks.databases import target_values

_STATEMENT = sql.batch("%(rows)s::text", "%(system)s::bigint", "'Benchmark'", "gen_random_uuid()::text")


def _rows(spec: dict[str, Any]) -> str:
    now = "2026-06-25T06:00:00Z"
    own = {"source_system_id": spec["system"], "template_id": spec["template"], "created_at": now, "updated_at": now}
    rows = []
    for position, item in enumerate(payloads.batch_items(spec["size"], "@id@")):
        values = target_values(payloads.DOCUMENT | item) | own | {"warnings": []}
        rows.append(values | {"external_id": item["externalId"], "payload": item, "position": position})
    return json.dumps(rows)


def measure(spec: dict[str, Any]) -> dict[str, Any]:
    """Write one batch after the other for `spec["seconds"]`, and return the figures, or a `failure`."""
    text = _rows(spec)
    number, times = spec["start"], []
    with psycopg.connect(spec["url"], autocommit=True) as connection:
        cpu = time.process_time()
        deadline = time.perf_counter() + spec["seconds"]
        while len(times) < spec.get("requests", 1) or time.perf_counter() < deadline:
            number += 1
            rows = text.replace("@id@", payloads.batch_prefix(spec, number).decode()).replace("@text@", f"{number:09d}")
            started = time.perf_counter()
            answer = connection.execute(_STATEMENT, {"rows": rows, "system": spec["system"]}, prepare=True).fetchall()
            times.append(time.perf_counter() - started)
            if len(answer) != spec["size"]:
                return {"failure": f"{len(answer)} items were written"}
        cpu = time.process_time() - cpu
    middle = sorted(times)[len(times) // 2]
    return {"failure": "", "requests": len(times), "rate": len(times) / sum(times), "p50": middle, "cpu": cpu}


if __name__ == "__main__":
    print(json.dumps(measure(json.load(sys.stdin))))
