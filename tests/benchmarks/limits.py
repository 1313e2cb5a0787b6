"""The limit: PostgreSQL alone, with the same writes on the same tables."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

from . import payloads, sql
from .databases import Database, dumps, literals

_NUMBER = {
    "new": "\\set n :n + 1\n\\set number :start + :client_id * 10000000 + :n\n",
    "existing": f"\\set n :n + 1\n\\set number random(1, {payloads.KEYS})\n",
}


def pgbench(database: Database, kind: str, clients: int, seconds: float, folder: Path, *, statements: int) -> Any:
    """Transactions a second. What an application would send as a parameter is sent as one."""
    script = folder / "pgbench.sql"
    script.write_text(_script(database, kind, statements))
    start = database.next_start()
    named = {"n": 0, "start": start, "payload": dumps(payloads.DOCUMENT), "custom": _custom_fields()}
    command = [
        str(database.cluster.programs / "pgbench"),
        *("-h", str(database.cluster.folder), "-U", "postgres", "-n", "-M", "prepared", "-f", str(script)),
        *("-c", str(clients), "-j", str(min(clients, 2)), "-T", str(max(1, round(seconds)))),
        *(part for name, value in named.items() for part in ("-D", f"{name}={value}")),
        database.name,
    ]
    return _run(command)


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
    from .databases import target_values

    return dumps(target_values(payloads.DOCUMENT)["custom_fields"])


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
