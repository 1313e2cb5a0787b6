"""A run: submit jobs, kill workers and restart PostgreSQL until they have ended, and compare with a synchronous import.

Half of the rows are for one source system and half for another, each in three jobs.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg

from tests.benchmarks.servers import CHECKOUT
from tests.faults import cluster, pooling, service
from tests.faults.background import checks, rows
from tests.faults.background.workers import Workers
from tests.faults.client import Connection
from tests.faults.cluster import Cluster
from tests.faults.ledger import Operation
from tests.faults.options import Options
from tests.faults.seeding_names import SYNCHRONOUS
from tests.faults.workload import SYSTEMS

JOBS = 3
KILLS, RESTARTS, STOPS = 20, 2, 2
"""How often a worker is killed, PostgreSQL crashes, and a worker is stopped for STOPPED_SECONDS."""
WORKERS = 3
SYNCHRONOUS_ROWS = 5_000
LONGEST_PAUSE = 4.0
"""Seconds between new progress and the next fault, at most."""
PROGRESS_SECONDS = 60.0
"""How long a fault waits for progress after the one before. Without it, workers would be killed that do nothing yet."""
STOPPED_SECONDS = 22.0
"""How long a worker is stopped by SIGSTOP. Longer than STALLED_SECONDS, so that its task is given to another one."""
END_SECONDS = 900

Documents = dict[str, list[dict[str, Any]]]


def run(options: Options) -> int:
    """Import rows in the background, as the options say, and print the report. Returns 1 if anything is wrong."""
    form, number, seed = options.background, options.rows, options.seed
    folder = Path(tempfile.mkdtemp(prefix="ordinavo-background-", dir="/var/tmp"))
    print(f"{number:,} rows by {form}, seed {seed}, logs in {folder}", flush=True)
    documents = {system: rows.documents(system, number // len(SYSTEMS), seed) for system in SYSTEMS}
    with ExitStack() as stack:
        database = stack.enter_context(cluster.running(None, folder / "postgresql.log"))
        secrets = service.seed(database.url)
        way = stack.enter_context(pooling.way(database, options.pooler))
        served = service.create(way.environment, folder / "service.log")
        served.start()
        stack.callback(served.kill)
        served.wait_until_open()
        workers = Workers(WORKERS, way.environment, folder / "worker.log")
        stack.callback(workers.end)
        started = time.monotonic()
        (_submit_files if form == "file" else _submit_batches)(documents, served.port, secrets, way.environment, folder)
        print(f"submitted after {time.monotonic() - started:.1f} s", flush=True)
        made = _make_faults(database, workers, random.Random(seed))
        is_ended = _wait_for_end(database, workers)
        print(
            f"ended {is_ended} after {time.monotonic() - started:.1f} s; faults while work was left: {made}", flush=True
        )
        print(f"workers that ended by themselves: {workers.ended_by_themselves}", flush=True)
        _import_synchronously(documents, served.port, secrets)
        found = checks.problems(database, dict(zip(SYSTEMS, SYNCHRONOUS, strict=True)), number // len(SYSTEMS))
    found += [] if is_ended else ["the jobs did not end in time"]
    print("\n".join(found) or "0 lost, 0 applied twice, all as the synchronous import", flush=True)
    return int(bool(found))


def _parts(documents: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Return the documents of each job."""
    size = -(-len(documents) // JOBS)
    return [documents[first : first + size] for first in range(0, len(documents), size)]


def _submit_batches(
    documents: Documents, port: int, secrets: dict[str, str], _environment: dict[str, str], _folder: Path
) -> None:
    """Send each job as a batch in the background. Raises SystemExit if one is not accepted."""
    for system in SYSTEMS:
        for number, part in enumerate(_parts(documents[system])):
            body = {"sourceSystem": system, "async": True, "targets": part}
            _send(port, secrets[system], f"{system}-{number}", body, 202)


def _submit_files(
    documents: Documents, _port: int, _secrets: dict[str, str], environment: dict[str, str], folder: Path
) -> None:
    """Write each job as a CSV file and import it."""
    for system in SYSTEMS:
        paths = [folder / f"{system}-{number}.csv" for number in range(JOBS)]
        for path, part in zip(paths, _parts(documents[system]), strict=True):
            rows.write_csv(part, path)
        command = [sys.executable, "-m", "tests.faults.background.submit_files", system, *map(str, paths)]
        subprocess.run(command, env=environment, cwd=CHECKOUT, check=True)


def _import_synchronously(documents: Documents, port: int, secrets: dict[str, str]) -> None:
    """Import the same rows into the other source systems, in the same order."""
    for system, other in zip(SYSTEMS, SYNCHRONOUS, strict=True):
        for first in range(0, len(documents[system]), SYNCHRONOUS_ROWS):
            part = documents[system][first : first + SYNCHRONOUS_ROWS]
            _send(port, secrets[other], f"{other}-{first}", {"sourceSystem": other, "targets": part}, 200)


def _send(port: int, token: str, key: str, body: dict[str, Any], expected: int) -> None:
    """Send a batch. Raises SystemExit if its answer has another status."""
    connection = Connection(port, token, timeout=180)
    connection.send(Operation(key, "batch", "/inbound/targets/batch", body["sourceSystem"], json.dumps(body), key))
    answer = connection.receive()
    connection.close()
    if answer.status != expected:
        raise SystemExit(f"{key}: {answer.status} {str(answer.body)[:500]}")


def _make_faults(database: Cluster, workers: Workers, chosen: random.Random) -> dict[str, int]:
    """Kill workers, stop some for a while, and crash PostgreSQL, until all is done or no work is left."""
    faults = ["kill"] * KILLS + ["restart"] * RESTARTS + ["stop"] * STOPS
    chosen.shuffle(faults)
    made = dict.fromkeys(sorted(set(faults)), 0)
    stopped: list[tuple[float, int]] = []
    before = ""
    while (faults or stopped) and _is_work_left(database):
        before = _wait_for_progress(database, workers, before)
        time.sleep(chosen.uniform(0, LONGEST_PAUSE))
        for entry in [one for one in stopped if one[0] < time.monotonic() or not faults]:
            stopped.remove(entry)
            workers.go_on(entry[1])
        if not faults:
            continue
        kind = faults.pop()
        made[kind] += 1
        if kind == "kill":
            workers.kill(chosen)
            if chosen.random() < 0.2:  # twice in a row
                time.sleep(chosen.uniform(0, 2))
        elif kind == "stop":
            stopped.append((time.monotonic() + STOPPED_SECONDS, workers.pause(chosen)))
        else:
            database.stop_immediately()
            time.sleep(chosen.uniform(0.5, 5))
            database.start()
            database.wait_until_ready()
        print(f"  {kind}: {_progress(database)}", flush=True)
    for _until, pid in stopped:
        workers.go_on(pid)
    return made


def _wait_for_progress(database: Cluster, workers: Workers, before: str) -> str:
    """Wait until the progress is another one than `before` or no work is left, for PROGRESS_SECONDS, and return it."""
    deadline = time.monotonic() + PROGRESS_SECONDS
    while (now := _progress(database)) == before and _is_work_left(database) and time.monotonic() < deadline:
        workers.restart_ended()
        time.sleep(0.2)
    return now


def _wait_for_end(database: Cluster, workers: Workers) -> bool:
    """Return whether all jobs end in time."""
    deadline = time.monotonic() + END_SECONDS
    while _is_work_left(database) and time.monotonic() < deadline:
        workers.restart_ended()
        time.sleep(1)
    return not _is_work_left(database)


def _is_work_left(database: Cluster) -> bool:
    """Return whether a job has not ended, or a file was not read."""
    with database.connect() as connection:
        row = connection.execute(
            "SELECT EXISTS (SELECT FROM importjobs_importjob WHERE finished_at IS NULL) OR EXISTS"
            " (SELECT FROM importjobs_fileimport WHERE job_id IS NULL AND failure = '')"
        ).fetchone()
    return bool(row and row[0])


def _progress(database: Cluster) -> str:
    """Return how many rows were read and how many items are recorded."""
    try:
        with database.connect() as connection:
            row = connection.execute(
                "SELECT (SELECT coalesce(sum(read_rows), 0) FROM importjobs_fileimport),"
                " (SELECT count(*) FROM importjobs_importitem)"
            ).fetchone()
    except psycopg.Error as error:
        return type(error).__name__
    return f"{row[0]:,} rows read, {row[1]:,} items" if row else ""
