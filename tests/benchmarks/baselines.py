"""The baselines: PostgreSQL alone, with the same writes on the same tables. No server can be faster."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.benchmarks import payloads, servers, sql
from tests.benchmarks.databases import Database, literals, target_values

_NUMBER = {
    "new": "\\set n :n + 1\n\\set number :start + :client_id * 1000000 + :n\n",
    "existing": "\\set n :n + 1\n\\set number random(1, :keys)\n",
}


def pgbench(database: Database, kind: str, clients: int, seconds: float, folder: Path, *, statements: int) -> Any:
    """Measure single imports with pgbench, by one or three prepared statements; with 0 seconds, import once.

    Most values are literals of the statement, which makes it faster than one with parameters.
    """
    script = _script(database, kind, statements)
    named = {"start": database.next_start(), "payload": json.dumps(payloads.DOCUMENT), "custom": _custom_fields()}
    return _pgbench(database, script, clients, seconds, folder, named)


def select(database: Database, query: str, clients: int, seconds: float, folder: Path) -> Any:
    """Measure a query with pgbench. It may contain the variable :number, the number of a stored target."""
    return _pgbench(database, f"\\set number random(1, :keys)\n{query};\n", clients, seconds, folder, {})


def _pgbench(
    database: Database, script: str, clients: int, seconds: float, folder: Path, named: dict[str, Any]
) -> dict[str, Any]:
    file = folder / "pgbench.sql"
    file.write_text(script)
    amount = ["-T", str(max(1, round(seconds)))] if seconds else ["-t", "1"]
    return _run(
        [
            str(database.cluster.programs / "pgbench"),
            *("-h", str(database.cluster.folder), "-U", "postgres", "-n", "-M", "prepared", "-f", str(file)),
            *("-c", str(clients), "-j", str(min(clients, 2)), *amount),
            *(
                part
                for name, value in (named | {"n": 0, "keys": database.keys}).items()
                for part in ("-D", f"{name}={value}")
            ),
            database.name,
        ]
    )


def _run(command: list[str]) -> dict[str, Any]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _pid, code, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(code)
    rate, count = re.search(r"tps = ([0-9.]+)", output), re.search(r"actually processed: (\d+)", output)
    if process.returncode or not rate or not count or "aborted" in output:
        raise SystemExit(f"pgbench failed:\n{output[-3000:]}")
    cpu = usage.ru_utime + usage.ru_stime
    return {"rate": float(rate[1]), "requests": int(count[1]), "cpu": cpu, "reconnects": 0}


def _custom_fields() -> str:
    return json.dumps(target_values(payloads.DOCUMENT)["custom_fields"])


def _script(database: Database, kind: str, statements: int) -> str:
    with database.connect() as connection:
        values = literals(connection, "")
    values |= {
        "external_id": "('DEL-2026-' || lpad((:number)::text, 9, '0'))",
        "description": f"'{payloads.DOCUMENT['description']} ' || lpad((:n)::text, 9, '0')",
        "payload": "(:payload)::jsonb",
        "custom_fields": "(:custom)::jsonb",
    }
    existing = kind == "existing"
    if statements == 1:
        return f"{_NUMBER[kind]}{sql.single(values, existing=existing)};\n"
    target = sql.insert_target(values, existing=existing) + " AS target_id, (xmax = 0)::int AS created"
    job = sql.insert_job(values, "(:created)::int") + " RETURNING id AS job_id"
    item = sql.insert_item(values, ":job_id", ":target_id", "(:created)::int")
    return f"{_NUMBER[kind]}BEGIN;\n{target} \\gset\n{job} \\gset\n{item};\nCOMMIT;\n"


def recordset(database: Database, kind: str, size: int, seconds: float) -> dict[str, Any]:
    """Measure batches that one statement with jsonb_to_recordset writes. Raises SystemExit if one fails."""
    with database.connect() as connection:
        known = literals(connection, "")
    spec = {
        "url": database.url,
        "kind": kind,
        "size": size,
        "seconds": seconds,
        "start": database.next_start() // 100_000,
        "system": int(known["source_system_id"]),
        "template": int(known["template_id"]),
        "blocks": max(1, database.keys // 100_000),
    }
    answer = run_in_process("recordset", spec)
    if answer["failure"]:
        raise SystemExit(f"jsonb_to_recordset failed the run: {answer['failure']}")
    return answer


def run_in_process(name: str, spec: dict[str, Any]) -> dict[str, Any]:
    """Run a module of this package in its own process, so that its CPU time is measured separately.

    It reads `spec` as JSON from standard input, and its result is the JSON on standard output. Raises SystemExit if it
    fails.
    """
    done = subprocess.run(
        [sys.executable, "-m", f"tests.benchmarks.{name}"],
        input=json.dumps(spec),
        cwd=servers.CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{name} failed:\n{done.stderr[-3000:]}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
