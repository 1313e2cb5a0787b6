"""Check before the measurement that the contestants accept the same requests and write the same rows."""

import copy
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.benchmarks import filling, payloads, sql
from tests.benchmarks.databases import Database
from tests.benchmarks.measuring import Contestant, Workload
from tests.benchmarks.servers import Server

CASES = json.loads((Path(__file__).parent / "cases.json").read_text())


def check(contestants: list[Contestant]) -> None:
    """Compare all contestants. Raises SystemExit if two of them behave differently."""
    over_http = [contestant for contestant in contestants if contestant.server]
    faults = [fault for contestant in over_http for fault in _wrong_answers(contestant)]
    if faults:
        raise SystemExit("The contestants do not validate alike:\n" + "\n".join(faults))
    print(f"{len(CASES)} cases: {len(over_http)} servers accept and reject alike.")
    for workload in (Workload("single", "new"), Workload("single", "existing"), Workload("batch", "new", size=3)):
        supporting = [contestant for contestant in contestants if contestant.supports(workload)]
        _compare(supporting, workload)
        if supporting:
            print(f"{workload.name}: {', '.join(one.name for one in supporting)} write the same rows.")


def check_reads(contestant: Contestant) -> None:
    """Check that the large database has the rows that are read. Raises SystemExit if it has not."""
    server, database = contestant.server, contestant.database
    assert server is not None
    key = payloads.external_id(database.keys)
    job = get(server, database.token, "/import-jobs/2")
    [target] = get(server, database.token, f"/targets?externalId={key}")["results"]
    paths = ("/targets?pageSize=100", "/changes?limit=100")
    pages = [len(get(server, database.token, path)["results"]) for path in paths]
    if len(job["items"]) != filling.ITEMS_OF_A_JOB or target["externalId"] != key or pages != [100, 100]:
        raise SystemExit(f"{contestant.name} does not read what was filled: {job}, {target}, {pages}")


def get(server: Server, token: str, path: str) -> Any:
    """Return the decoded JSON of a GET request."""
    url, headers = f"http://127.0.0.1:{server.port}{path}", {"Authorization": f"Bearer {token}"}
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as answer:
        return json.load(answer)


def post(server: Server, token: str | None, path: str, body: Any) -> tuple[int, Any]:
    """Return the status and the decoded JSON of a POST request, or the beginning of the body if it is an error."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    url = f"http://127.0.0.1:{server.port}{path}"
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, error.read()[:300]


def _wrong_answers(contestant: Contestant) -> list[str]:
    server, token = contestant.server, contestant.database.token
    assert server is not None
    faults = []
    for number, case in enumerate(CASES):
        status, answer = post(server, token, "/inbound/targets", _document(case, number))
        if status // 100 != (2 if case["accepted"] else 4):
            faults.append(f"{contestant.name}: {case['name']}: {status} {answer}")
    for wrong in (None, token[:-6] + "AAAAAA"):
        if (status := post(server, wrong, "/inbound/targets", payloads.DOCUMENT)[0]) != 401:
            faults.append(f"{contestant.name}: a forged token, or none: {status}")
    return faults


def _document(case: dict[str, Any], number: int) -> dict[str, Any]:
    document = copy.deepcopy(payloads.DOCUMENT) | {"externalId": f"CASE-{number}"}
    for path, value in case.get("set", {}).items():
        *sections, name = path.split(".")
        section = document[sections[0]] if sections else document
        section[name] = value
    for path in case.get("remove", []):
        *sections, name = path.split(".")
        del (document[sections[0]] if sections else document)[name]
    return document


def _compare(contestants: list[Contestant], workload: Workload) -> None:
    expected: dict[str, Any] = {}
    for contestant in contestants:
        database = contestant.database
        database.prepare()
        if contestant.server:
            _send(contestant.server, database.token, workload)
        elif contestant.baseline:
            contestant.baseline(workload, 0)
        rows = _rows(database, workload, own_payload=bool(contestant.server) and not workload.size)
        expected = expected or rows
        for name, value in rows.items():
            if value != expected[name]:
                raise SystemExit(f"{contestant.name} wrote other rows, {workload.name}:\n{value}\n{expected[name]}")


def _send(server: Server, token: str, workload: Workload) -> None:
    number = 1 if workload.kind == "existing" else payloads.KEYS + 1
    path, body = "/inbound/targets", payloads.document(number, 1)
    if workload.size:
        path += "/batch"
        first = payloads.batch_prefix({"kind": workload.kind, "blocks": 1}, 1).decode()
        text = json.dumps(payloads.batch_items(workload.size, first)).replace("@text@", f"{1:09d}")
        shared = {name: body[name] for name in ("sourceSystem", "operation", "templateKey")}
        body = shared | {"targets": json.loads(text)}
    status, answer = post(server, token, path, body)
    if (
        status not in (200, 201)
        or answer["totalItems"] != (workload.size or 1)
        or len(answer["items"]) != (workload.size or 1)
    ):
        raise SystemExit(f"{server.name}: {workload.name}: {status} {answer}")


def _rows(database: Database, workload: Workload, *, own_payload: bool) -> dict[str, Any]:
    """Return the values that the last job wrote, by table and column, in the order of the items."""
    item = [column for column in sql.COMPARED["item"] if own_payload or column != "payload"]
    columns = [f"target.{name}" for name in sql.COMPARED["target"]]
    columns += [f"job.{name}" for name in sql.COMPARED["job"]] + [f"item.{name}" for name in item]
    with database.connect() as connection:
        found = connection.execute(
            f"SELECT {', '.join(columns)} FROM importjobs_importitem AS item "
            "JOIN importjobs_importjob AS job ON job.id = item.job_id "
            "JOIN targets_target AS target ON target.id = item.target_id "
            "AND target.external_id = item.external_id "
            "WHERE job.id = (SELECT max(id) FROM importjobs_importjob) ORDER BY item.position"
        ).fetchall()
    if len(found) != (workload.size or 1):
        raise SystemExit(f"{workload.name}: {len(found)} items with their target and job, not {workload.size or 1}")
    return {name: [row[n] for row in found] for n, name in enumerate(columns) if name != "item.payload" or own_payload}
