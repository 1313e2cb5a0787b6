"""Measure a job in the background: its rate, the single imports beside it, and the memory of the worker.

The same rows are imported in three ways, first as new targets and then as existing ones: as one job by a worker, as
batches of 10,000 over HTTP, and by `jsonb_to_recordset` alone.
"""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.benchmarks import baselines, databases, payloads, processes, servers, workers
from tests.benchmarks.cluster import Cluster
from tests.benchmarks.databases import Database
from tests.benchmarks.options import Options
from tests.benchmarks.servers import Server

BATCH = 10_000
CLIENTS = 8
FIRST = 1_000_000
"""The number before those of the imported rows. The others are not in the job."""
KINDS = {"new": 1, "existing": 2}
"""The text of the descriptions by kind: another one, so that existing targets are really changed."""
SINGLES_SECONDS = 10


def run(chosen: Options, cluster: Cluster, folder: Path, stack: ExitStack) -> dict[str, Any]:
    """Measure everything in `chosen.rounds` rounds, and return the figures. `stack` stops the servers at its end."""
    database = databases.create(cluster, "bench", 0)
    [(name, command)] = list(chosen.ours.items())[:1]
    server = stack.enter_context(servers.running(name, command, database.url, folder))
    rounds = [_round(number, chosen.rows, database, server, folder) for number in range(1, chosen.rounds + 1)]
    return {"rows": chosen.rows, "rounds": rounds}


def _round(number: int, rows: int, database: Database, server: Server, folder: Path) -> dict[str, Any]:
    figures: dict[str, Any] = {"rate": {kind: {} for kind in KINDS}}
    for name, measure in _contestants(rows, database, server, folder, figures).items():
        database.prepare()
        for kind, text in KINDS.items():
            figures["rate"][kind][name] = rows / measure(text)
    figures["singles"] = _singles(rows, database, server, folder)
    figures["load"] = os.getloadavg()[0]
    rates = "; ".join(f"{kind} {_text(by_name)}" for kind, by_name in figures["rate"].items())
    print(f"round {number}: rows a second: {rates}; load {figures['load']:.1f}", flush=True)
    return figures


def _contestants(
    rows: int, database: Database, server: Server, folder: Path, figures: dict[str, Any]
) -> dict[str, Callable[[int], float]]:
    """Return for each contestant the function that imports all rows and returns how many seconds it took."""

    def background(text: int) -> float:
        """Import by a worker. Also notes its peak memory, and that of the process that submits the job."""
        with workers.running(database.url, folder, niceness=0) as worker:
            submitted = submit(database, rows, text)
            seconds = _wait_for_end(database, submitted["job"]) - submitted["committed"]
            peak = processes.peak_memory(worker)[worker]
        figures["worker_bytes"] = max(peak, figures.get("worker_bytes", 0))
        figures["submitter_bytes"] = submitted["peak_bytes"]
        return float(seconds)

    return {
        "background": background,
        "synchronous": lambda text: _import_synchronously(database, server, rows, text),
        "recordset": lambda _text: _write_recordsets(database, rows),
    }


def submit(database: Database, rows: int, text: int) -> dict[str, Any]:
    """Submit a job in a process of its own, and return what `submitting.submit` returns. Raises SystemExit."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.submitting"],
        input=json.dumps({"start": FIRST, "rows": rows, "text": text}),
        env=servers.environment(database.url),
        cwd=servers.CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"submitting failed:\n{done.stderr[-3000:]}")
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _wait_for_end(database: Database, job: int) -> float:
    """Return when a job ended, in seconds since 1970. Raises SystemExit if items were rejected."""
    ended = None
    with database.connect() as connection:
        while ended is None:
            time.sleep(0.2)
            status, ended = connection.execute(
                "SELECT status, extract(epoch FROM finished_at) FROM importjobs_importjob WHERE id = %s", [job]
            ).fetchone()
    if status != "Completed":
        raise SystemExit(f"The job in the background is {status}.")
    return float(ended)


def _import_synchronously(database: Database, server: Server, rows: int, text: int) -> float:
    seconds = 0.0
    shared = {name: payloads.DOCUMENT[name] for name in ("sourceSystem", "operation", "templateKey")}
    for first in range(FIRST, FIRST + rows, BATCH):
        texts = [body for _id, body in payloads.numbered(first, min(BATCH, FIRST + rows - first), text)]
        body = json.dumps(shared)[:-1].encode() + b', "targets": [' + b",".join(texts) + b"]}"
        headers = {"Authorization": f"Bearer {database.token}", "Content-Type": "application/json"}
        url = f"http://127.0.0.1:{server.port}/inbound/targets/batch"
        started = time.perf_counter()
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=600) as answer:
            answer.read()
        seconds += time.perf_counter() - started
    return seconds


def _write_recordsets(database: Database, rows: int) -> float:
    with database.connect() as connection:
        known = databases.literals(connection, "")
    spec = {
        "url": database.url,
        "kind": "new",  # the second time, the same ids are stored already
        "size": BATCH,
        "seconds": 0,
        "requests": rows // BATCH,
        "start": FIRST // 100_000,
        "system": int(known["source_system_id"]),
        "template": int(known["template_id"]),
    }
    return rows / (float(baselines.run_in_process("recordset", spec)["rate"]) * BATCH)


def _singles(rows: int, database: Database, server: Server, folder: Path) -> dict[str, Any]:
    """Return the latencies of single imports without a job and beside one, of ids in the job and of others."""
    with workers.running(database.url, folder, niceness=None):
        figures = {"without a job": _load(database, server, rows, own_ids=True)}
        submitted = submit(database, rows, 3)
        figures["beside a job, its ids"] = _load(database, server, rows, own_ids=True)
        figures["beside a job, other ids"] = _load(database, server, rows, own_ids=False)
        if not _is_running(database, submitted["job"]):
            print("The job ended before the single imports. Choose more --rows.", flush=True)
        _wait_for_end(database, submitted["job"])
    return figures


def _is_running(database: Database, job: int) -> bool:
    with database.connect() as connection:
        found = connection.execute("SELECT finished_at FROM importjobs_importjob WHERE id = %s", [job]).fetchone()
    return found[0] is None


def _load(database: Database, server: Server, rows: int, *, own_ids: bool) -> dict[str, Any]:
    spec = {
        "port": server.port,
        "token": database.token,
        "kind": "existing",
        "path": "",
        "clients": CLIENTS,
        "seconds": SINGLES_SECONDS if rows >= 50_000 else 1,
        "warmup": 0.5,
        "start": time.monotonic_ns() // 1_000_000 % 100_000_000,
        "first": FIRST if own_ids else 0,
        "keys": rows if own_ids else database.keys,
    }
    answer = baselines.run_in_process("load", spec)
    if answer["failure"]:
        raise SystemExit(f"Single imports failed: {answer['failure']}\n{server.log.read_text()[-1500:]}")
    return answer


def _text(rates: dict[str, float]) -> str:
    return ", ".join(f"{name} {rate:,.0f}" for name, rate in rates.items())
