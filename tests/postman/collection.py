"""Generate the Postman collection from the documented examples."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.api import example

FILE = Path(__file__).parent.parent.parent / "docs" / "ordinavo-connect.postman_collection.json"
SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
SINGLE, BATCH = "/inbound/targets", "/inbound/targets/batch"
ABOUT = """The life of one order, and the answers to common mistakes. Set the variables baseUrl and apiKey (a token \
with all scopes), then run the collection. You can run it many times: its first request makes new ids. It needs the \
source system and the template of the demo data, and it imports targets: do not run it in production."""

ORDER = {"sourceSystem": "{{sourceSystem}}", "externalId": "{{orderId}}"}
UPSERT = example("upsert") | ORDER | {"sourceVersion": 2}
UPDATE = ORDER | {"operation": "update", "sourceVersion": 3, "planning": {"routeDate": "2026-06-26"}}
CANCEL = example("cancel") | ORDER | {"sourceVersion": 4}
FAULTY = UPSERT | {"title": "", "planning": {"priority": "Now"}, "customFields": {"package_count": "eight"}}


@dataclass(frozen=True)
class Step:
    """One request of the collection, and what its answer must be."""

    name: str
    path: str
    status: int
    answer: dict[str, Any] = field(default_factory=dict)
    """Expected values by path in the answer."""
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    before: tuple[str, ...] = ()
    variables: dict[str, str] = field(default_factory=dict)
    """Variables to set, and the path of each value in the answer."""
    anonymous: bool = False


def _batch() -> dict[str, Any]:
    batch = example("batch") | {"sourceSystem": "{{sourceSystem}}", "batchId": "{{orderId}}"}
    targets = [target | {"externalId": f"{{{{orderId}}}}-{n}"} for n, target in enumerate(batch["targets"][:-1])]
    return batch | {"targets": [*targets, batch["targets"][-1]]}


STORY = [
    Step("Is the service up, and what may my token do?", "/integration/health", 200, {"status": "ok"}, before=(
        'pm.collectionVariables.set("orderId", pm.variables.replaceIn("ORDER-{{$guid}}"));',
        'pm.collectionVariables.set("key", pm.variables.replaceIn("{{$guid}}"));',
    )),
    Step("What templates are there?", "/templates", 200, {"results.0.jsonSchema.type": "object"}),
    Step("What does a template accept?", "/templates/{{templateKey}}", 200, {"key": "{{templateKey}}"}),
    Step("Rehearse an order", f"{SINGLE}?validateOnly=true", 201,
         {"validateOnly": True, "importJobId": None, "items.0.status": "Created"}, UPSERT),
    Step("Send it", SINGLE, 201,
         {"status": "Completed", "createdItems": 1, "items.0.externalId": "{{orderId}}", "items.0.warnings": []},
         UPSERT, {"Idempotency-Key": "{{key}}"}, variables={"jobId": "importJobId", "targetId": "items.0.targetId"}),
    Step("Send it again with the same key: it is not imported twice", SINGLE, 201,
         {"importJobId": "{{jobId}}", "items.0.targetId": "{{targetId}}"}, UPSERT, {"Idempotency-Key": "{{key}}"}),
    Step("Move it to another day", SINGLE, 200,
         {"items.0.changes": [{"field": "planning.routeDate", "from": "2026-06-25", "to": "2026-06-26"}]}, UPDATE),
    Step("Send an older version: nothing changes", SINGLE, 200,
         {"skippedItems": 1, "items.0.status": "Skipped", "items.0.warnings.0.code": "stale_version"},
         UPSERT | {"sourceVersion": 1}),
    Step("Send a batch with a mistake in it", BATCH, 200,
         {"status": "PartiallyFailed", "createdItems": 2, "rejectedItems": 1, "items.2.index": 2,
          "items.2.errorCode": "missing_external_id"}, _batch()),
    Step("Cancel the order", SINGLE, 200, {"cancelledItems": 1, "items.0.targetId": "{{targetId}}"}, CANCEL),
    Step("Cancel it again", SINGLE, 200, {"items.0.warnings.0.code": "already_cancelled"}, CANCEL),
    Step("Read the import job", "/import-jobs/{{jobId}}", 200,
         {"importJobId": "{{jobId}}", "sourceSystem": "{{sourceSystem}}", "items.0.status": "Created"}),
    Step("Find the jobs of the order", "/import-jobs?externalId={{orderId}}", 200, {"results.length": 5}),
    Step("Read the target", "/targets/{{targetId}}", 200,
         {"externalId": "{{orderId}}", "status": "Cancelled", "planning.routeDate": "2026-06-26",
          "customFields.package_count": 8}),
    Step("List what changed", "/targets?sourceSystem={{sourceSystem}}&externalId={{orderId}}", 200,
         {"results.length": 1, "results.0.id": "{{targetId}}", "next": None}),
]  # fmt: skip
MISTAKES = [
    Step("No token", SINGLE, 401, {"error.code": "unauthorized"}, UPSERT, anonymous=True),
    Step("Not JSON", SINGLE, 400, {"error.code": "malformed_json"}, '{"externalId": '),
    Step("A source system that the token may not use", SINGLE, 403, {"error.code": "source_system_not_allowed"},
         UPSERT | {"sourceSystem": "another"}),
    Step("The same key with another body", SINGLE, 422, {"error.code": "idempotency_conflict"}, UPDATE,
         {"Idempotency-Key": "{{key}}"}),
    Step("An unknown parameter", "/targets?colour=red", 400, {"error.code": "invalid_parameter"}),
    Step("An unknown path", "/inbound/target", 404, {"error.code": "not_found"}),
    Step("Update an order that was never imported", SINGLE, 404,
         {"status": "Failed", "items.0.status": "Rejected", "items.0.errorCode": "external_id_unknown"},
         UPDATE | {"externalId": "{{orderId}}-unknown"}),
    Step("Create an order that exists", SINGLE, 409, {"items.0.errorCode": "external_id_exists"},
         UPSERT | {"operation": "create", "sourceVersion": 5}),
    Step("Several errors, all in one answer", SINGLE, 422,
         {"items.0.errorCode": "missing_title", "items.0.errors.length": 3,
          "items.0.errors.1.field": "planning.priority", "items.0.errors.2.field": "customFields.package_count"},
         FAULTY | {"externalId": "{{orderId}}-faulty"}),
    Step("An empty batch", BATCH, 422, {"error.code": "empty_batch"}, {"targets": []}),
]  # fmt: skip


def text() -> str:
    """Return the collection as JSON."""
    return json.dumps(_collection(), indent=2) + "\n"


def _collection() -> dict[str, Any]:
    variables = {
        "baseUrl": "http://127.0.0.1:8000", "apiKey": "", "sourceSystem": "logistics_erp",
        "templateKey": "delivery_stop", "orderId": "ORDER-1", "key": "key-1", "jobId": "1", "targetId": "1",
    }  # fmt: skip
    everywhere = [
        'pm.test("is JSON and has a correlation id", () => {',
        "    pm.response.json();",
        '    pm.response.to.have.header("X-Correlation-Id");',
        "});",
    ]
    return {
        "info": {"name": "Ordinavo Connect", "description": ABOUT, "schema": SCHEMA},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": "{{apiKey}}", "type": "string"}]},
        "variable": [{"key": key, "value": value} for key, value in variables.items()],
        "event": [_script("test", everywhere)],
        "item": [
            {"name": "The life of an order", "item": [_item(step) for step in STORY]},
            {"name": "Mistakes and their answers", "item": [_item(step) for step in MISTAKES]},
        ],
    }


def _item(step: Step) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": "GET" if step.body is None else "POST",
        "header": [{"key": key, "value": value} for key, value in step.headers.items()],
        "url": _url(step.path),
    }
    if step.body is not None:
        raw = step.body if isinstance(step.body, str) else json.dumps(step.body, indent=2)
        request["body"] = {"mode": "raw", "raw": raw, "options": {"raw": {"language": "json"}}}
        request["header"].append({"key": "Content-Type", "value": "application/json"})
    if step.anonymous:
        request["auth"] = {"type": "noauth"}
    before = [_script("prerequest", list(step.before))] if step.before else []
    return {"name": step.name, "event": [*before, _script("test", _checks(step))], "request": request}


def _url(address: str) -> dict[str, Any]:
    path, _, query = address.partition("?")
    url: dict[str, Any] = {"raw": "{{baseUrl}}" + address, "host": ["{{baseUrl}}"], "path": path[1:].split("/")}
    if query:
        parts = (part.split("=") for part in query.split("&"))
        url["query"] = [{"key": key, "value": value} for key, value in parts]
    return url


def _script(listen: str, lines: list[str]) -> dict[str, Any]:
    return {"listen": listen, "script": {"type": "text/javascript", "exec": lines}}


def _checks(step: Step) -> list[str]:
    lines = [
        "const answer = pm.response.json();",
        'const at = (path) => path.split(".").reduce((value, name) => value?.[name], answer);',
        f'pm.test("is answered {step.status}", () => pm.response.to.have.status({step.status}));',
    ]
    lines += [_check(path, value) for path, value in step.answer.items()]
    return lines + [f'pm.collectionVariables.set("{name}", at("{path}"));' for name, path in step.variables.items()]


def _check(path: str, value: Any) -> str:
    """Return the test of one value. An id is a number in the answer but text in a variable, so compare both as text."""
    got, expected = f'at("{path}")', json.dumps(value)
    if "{{" in expected:
        got, expected = f"String({got})", f"pm.variables.replaceIn({expected})"
    return f'pm.test("has the expected {path}", () => pm.expect({got}).to.eql({expected}));'
