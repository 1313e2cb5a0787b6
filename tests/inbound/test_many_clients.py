"""Many clients at once get the answers that they would get one after the other.

The requests of each client are always the same; how they interleave with those of the others is not.
"""

import http.client
import json
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from random import Random
from threading import Barrier
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from tests import reference_import
from tests.servers import Server

CLIENTS, DAYS, ROUNDS = 8, 12, 4
IDS = {day: [f"DEL-{day}-{n}" for n in range(3)] for day in range(DAYS)}
FIELDS = ["name", "contactName", "phone"]


class Request(NamedTuple):
    documents: list[dict[str, Any]]
    alone: bool
    key: str | None = None

    @property
    def path(self) -> str:
        return "/inbound/targets" if self.alone else "/inbound/targets/batch"

    @property
    def body(self) -> bytes:
        return json.dumps(self.documents[0] if self.alone else {"targets": self.documents}).encode()


class Sent(NamedTuple):
    request: Request
    status: int
    content: bytes

    @property
    def answer(self) -> dict[str, Any]:
        return json.loads(self.content)


def document(client: int, number: int, ids: list[str], chance: Random) -> dict[str, Any]:
    """Return a random document. Each client has its own custom field; all other fields are shared."""
    made = {"externalId": chance.choice(ids), "operation": chance.choice(["create", "update", "upsert", "cancel"])}
    if chance.random() < 0.5:
        made["sourceSystem"] = "logistics_erp"
    if chance.random() < 0.7:
        made["title"] = f"{client}/{number}"
    if chance.random() < 0.5:
        made["sourceVersion"] = number + chance.randrange(3)
    if chance.random() < 0.5:
        made["sourceUpdatedAtUtc"] = f"2026-06-25T08:00:{number + chance.randrange(3):02}Z"
    made["customer"] = {chance.choice(FIELDS): chance.choice([None, f"{client}/{number}"])}
    return made | {"customFields": {f"client_{client}": str(number)}}


def requests_of(client: int, day: int) -> list[Request]:
    """Return the requests of one client: a third has an idempotency key, and a third is sent twice."""
    chance, made = Random(f"{client}/{day}"), []
    for number in range(ROUNDS):
        alone = chance.random() < 0.6
        count = 1 if alone else chance.randrange(2, 6)
        documents = [document(client, number, IDS[day], chance) for _ in range(count)]
        key = f"{client}/{day}/{number}" if chance.random() < 0.35 else None
        made += [Request(documents, alone, key)] * chance.choice([1, 1, 2])
    return made


def with_keyed_requests_of_a_colleague(client: int, day: int) -> list[Request]:
    """Return the requests of a client and those of the next client that have a key, so that two send each of them."""
    mine = requests_of(client, day)
    return mine[:1] + [request for request in requests_of((client + 1) % CLIENTS, day) if request.key] + mine[1:]


def send(connection: http.client.HTTPConnection, request: Request, headers: dict[str, str]) -> Sent:
    connection.request("POST", request.path, request.body, headers)
    response = connection.getresponse()
    sent = Sent(request, response.status, response.read())
    in_progress = sent.answer.get("error", {}).get("code") == "idempotency_in_progress"  # on a busy machine
    return send(connection, request, headers) if in_progress else sent


def send_all(server: Server, client: int, together: Barrier) -> list[Sent]:
    connection = http.client.HTTPConnection(urlsplit(server.base_url).netloc, timeout=60)
    usual = {"Authorization": f"Bearer {server.token}", "Content-Type": "application/json"}
    sent = []
    for day in range(DAYS):
        together.wait(60)  # so that all clients start with new targets
        for request in with_keyed_requests_of_a_colleague(client, day):
            headers = usual | ({"Idempotency-Key": request.key} if request.key else {})
            sent.append(send(connection, request, headers))
    connection.close()
    return sent


def get(server: Server, path: str) -> Any:
    connection = http.client.HTTPConnection(urlsplit(server.base_url).netloc, timeout=60)
    connection.request("GET", path, headers={"Authorization": f"Bearer {server.token}"})
    answer = json.load(connection.getresponse())
    connection.close()
    return answer


@pytest.fixture(scope="module")
def server(start_server):
    with start_server(DATABASE_POOL_SIZE=str(CLIENTS)) as server:
        yield server


@pytest.fixture(scope="module")
def sent(server):
    together = Barrier(CLIENTS)
    with ThreadPoolExecutor(CLIENTS) as pool:
        clients = pool.map(lambda client: send_all(server, client, together), range(CLIENTS))
        return [one for client in clients for one in client]


@pytest.fixture(scope="module")
def jobs(sent):
    """Return the answer of each job, in the order of job ids: for each target, that is the order of its changes."""
    return {one.answer["importJobId"]: one for one in sorted(sent, key=lambda one: one.answer["importJobId"])}


def test_every_request_is_answered_with_a_job(sent):
    assert {one.status for one in sent} <= {200, 201, 404, 409, 422}
    assert all("importJobId" in one.answer for one in sent)


def test_each_key_has_one_job_and_one_answer(sent):
    answers = defaultdict(list)
    for one in sent:
        answers[one.request.key].append((one.status, one.content))
    del answers[None]
    assert sum(len(answer) > 1 for answer in answers.values()) > CLIENTS
    assert all(len(set(answer)) == 1 for answer in answers.values())


def test_every_job_can_be_read_back_and_there_are_no_others(server, sent, jobs):
    without_key = [one for one in sent if one.request.key is None]
    assert len(jobs) == len(without_key) + len({one.request.key for one in sent} - {None})
    with server.connect() as database:
        stored = database.execute("SELECT id FROM importjobs_importjob WHERE submitted_by = 'Tests'").fetchall()
    assert {job_id for (job_id,) in stored} == jobs.keys()
    for job_id in list(jobs)[::20]:
        assert get(server, f"/import-jobs/{job_id}").items() >= jobs[job_id].answer.items()


def test_the_counters_match_the_items(jobs):
    for one in jobs.values():
        statuses = [item["status"] for item in one.answer["items"]]
        names = ("created", "updated", "cancelled", "skipped", "rejected")
        assert {name: one.answer.get(f"{name}Items", 0) for name in names} == {
            name: statuses.count(name.title()) for name in names
        }
        assert len(statuses) == one.answer["totalItems"] == len(one.request.documents)


def test_the_answers_are_those_of_some_serial_order(server, jobs):
    states = defaultdict(lambda: [None])
    for one in jobs.values():
        for document, item in zip(one.request.documents, one.answer["items"], strict=True):
            history = states[document["externalId"]]
            result = reference_import.reported_result(item)
            expected, after = reference_import.import_document(document, history[-1])
            if result == expected:
                history.append(after)
            else:  # it read an earlier state and changed nothing
                assert reference_import.changes_nothing(result), (document, result, expected)
                possible = [reference_import.import_document(document, state)[0] for state in history]
                assert result in possible, (document, result)
    for external_id, history in states.items():
        assert stored(server, external_id) == history[-1]


def stored(server: Server, external_id: str) -> dict[str, Any]:
    (target,) = get(server, f"/targets?externalId={external_id}")["results"]
    custom = {f"customFields.{name}": value for name, value in target["customFields"].items()}
    own = {"title": target["title"]} | {f"customer.{name}": target["customer"][name] for name in FIELDS} | custom
    values = {path: value for path, value in own.items() if value not in (None, "")}
    with server.connect() as database:
        query = "SELECT cancellation_note FROM targets_target WHERE id = %s"
        [(note,)] = database.execute(query, [target["id"]]).fetchall()
    versions = {"version": target.get("sourceVersion"), "moment": target.get("sourceUpdatedAtUtc")}
    return {"values": values, "status": target["status"], "note": note or None} | versions


def test_each_target_is_created_once_and_has_the_highest_version(server, jobs):
    by_id = defaultdict(list)
    for one in jobs.values():
        for document, item in zip(one.request.documents, one.answer["items"], strict=True):
            by_id[item["externalId"]].append((document, item))
    for external_id, items in by_id.items():
        made = [item for _document, item in items if item["status"] == "Created" or is_remembered(item)]
        taken = [document for document, item in items if item["status"] not in ("Rejected", "Skipped")]
        (target,) = get(server, f"/targets?externalId={external_id}")["results"]
        assert len(made) == 1
        assert {item["targetId"] for _document, item in items if "targetId" in item} == {target["id"]}
        assert target.get("sourceVersion") == max(
            (d["sourceVersion"] for d in taken if "sourceVersion" in d), default=None
        )


def is_remembered(item: dict[str, Any]) -> bool:
    return any(warning["code"] == "cancelled_before_import" for warning in item["warnings"])
