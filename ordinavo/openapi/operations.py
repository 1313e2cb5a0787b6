"""Every operation of the API: what it does, what it takes, what it answers."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ordinavo.openapi import answers, codes, parameters
from ordinavo.openapi.examples import examples
from ordinavo.openapi.shapes import Schema, list_of, narrowed, one_of, ref


@dataclass(frozen=True)
class Operation:
    operation_id: str
    tag: str
    summary: str
    responses: dict[str, Any]
    description: str = ""
    parameters: list[dict[str, Any]] = field(default_factory=list)
    body: dict[str, Any] | None = None


def of(method: str, path: str) -> Operation:
    """Raises KeyError for one that is not described yet."""
    return _operations()[f"{method} {path}"]


@cache
def _operations() -> dict[str, Operation]:
    return {
        "POST /inbound/targets": _import_target(),
        "POST /inbound/targets/batch": _import_batch(),
        "GET /import-jobs": _list("listImportJobs", "Reading back", "Import jobs, newest first", "ImportJob"),
        "GET /import-jobs/{id}": _one("readImportJob", "Reading back", "An import job with its items", "ImportJob"),
        "GET /targets": _list("listTargets", "Reading back", "Targets, newest first", "Target"),
        "GET /targets/{id}": _one("readTarget", "Reading back", "A target", "Target"),
        "GET /templates": _list("listTemplates", "Templates", "Active templates, newest first", "Template"),
        "GET /templates/{key}": _one("readTemplate", "Templates", "An active template", "Template"),
        "GET /integration/health": _health(),
    }


def _import_target() -> Operation:
    ok = "Updated, cancelled, or skipped because what is stored is newer."
    responses = {
        "200": answers.imported(
            200, _single("Completed", "Updated", "Cancelled", "Skipped"), ok, "update-answer", "cancel-answer"
        ),
        "201": answers.imported(201, _single("Completed", "Created"), "Created.", "upsert-answer"),
        "404": answers.imported(404, _rejected(404), _rejections(404), "unknown-answer"),
        "409": answers.imported(
            409, _rejected(409), _rejections(409), "exists-answer", refused=("idempotency_in_progress",)
        ),
        "422": answers.imported(
            422, _rejected(422), _rejections(422), "rejected-answer", "idempotency_conflict", "missing_source_system",
            refused=("missing_source_system", "idempotency_conflict"),
        ),
    }  # fmt: skip
    for created in ("200", "201"):
        responses[created]["links"] = _links()
    return Operation(
        "importTarget",
        "Importing",
        "Import a target",
        answers.problems(400, 403, 413, 415) | responses,
        "A target is known by its sourceSystem and externalId, nothing else. Whenever the body is a JSON object, an "
        "import job with one item is recorded, also where the target is rejected. Warnings change no status.",
        parameters.OF_IMPORTS,
        _body("TargetImport", "upsert", "update", "cancel"),
    )


def _import_batch() -> Operation:
    refused = ("missing_source_system", "empty_batch", "invalid_batch", "idempotency_conflict")
    responses = {
        "200": answers.imported(200, _batch("Completed"), "No target was rejected."),
        "207": answers.imported(207, _batch("PartiallyFailed"), "Some targets were rejected.", "batch-answer"),
        "422": answers.imported(
            422, _batch("Failed"), "Every target was rejected, or the batch was refused.", *refused, refused=refused
        ),
    }
    return Operation(
        "importTargets",
        "Importing",
        "Import a batch of targets",
        answers.problems(400, 403, 409, 413, 415) | responses,
        "Each target is processed as if it were sent alone, in order; a rejected one stops no other. The answer has "
        "them in the order sent, each with its index. On a 5xx nothing was imported: send the batch again.",
        parameters.OF_IMPORTS,
        _body("BatchImport", "batch"),
    )


def _list(operation_id: str, tag: str, summary: str, name: str) -> Operation:
    example = {"Target": "targets", "ImportJob": "import-jobs", "Template": "templates"}[name]
    page = answers.success(ref(f"{name}Page"), "A page of them; `next` and `previous` lead on.", example)
    responses = {"200": page} | answers.problems(400) | answers.missing_scope()
    return Operation(operation_id, tag, summary, responses)


def _one(operation_id: str, tag: str, summary: str, name: str) -> Operation:
    example = {"Target": "target", "ImportJob": "import-job", "Template": "template"}[name]
    responses = {"200": answers.success(ref(name), summary + ".", example)} | answers.problems(400, 404)
    return Operation(operation_id, tag, summary, responses | answers.missing_scope())


def _health() -> Operation:
    ok = answers.success(ref("Health"), "The service is up, and this is what the token may do.", "health")
    responses = {"200": ok} | answers.problems(400) | answers.missing_scope()
    return Operation("readHealth", "Reading back", "Whether the service is up, and what the token may do", responses)


def _body(name: str, *names: str) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": ref(name)} | examples(*names)}}


def _single(status: str, *outcomes: str, **more: Schema) -> Schema:
    item = {"properties": {"status": one_of(outcomes)} | more, "not": {"required": ["index"]}}
    return narrowed(ref("ImportAnswer"), status={"const": status}, items=list_of(item, maxItems=1))


def _rejected(http: int) -> Schema:
    known = [error.code for error in codes.ITEM_ERRORS if error.http == http]
    return _single("Failed", "Rejected", errorCode=one_of(known))


def _rejections(http: int) -> str:
    known = [error for error in codes.ITEM_ERRORS if error.http == http]
    return f"The target was rejected; the job is recorded.\n\n{codes.table(known)}"


def _batch(status: str) -> Schema:
    return narrowed(ref("ImportAnswer"), status={"const": status}, items=list_of({"required": ["index"]}))


def _links() -> dict[str, Any]:
    return {
        "readImportJob": {"operationId": "readImportJob", "parameters": {"id": "$response.body#/importJobId"}},
        "readTarget": {"operationId": "readTarget", "parameters": {"id": "$response.body#/items/0/targetId"}},
    }
