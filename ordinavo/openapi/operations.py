"""Every operation of the API by path and method: what it does, accepts and answers.

A view declares its path, scope and filters itself; this table declares the rest.
"""

from dataclasses import dataclass, field
from typing import Any

from importjobs.models import ImportJob
from ordinavo.common.codes import Code
from ordinavo.openapi import parameters, responses, tables
from ordinavo.openapi.examples import examples
from ordinavo.openapi.json_schema import Schema, list_of, narrowed, one_of, ref, text
from targets.results import Outcome

Status = ImportJob.Status


@dataclass(frozen=True)
class Operation:
    """The part of an OpenAPI operation that cannot be derived from its view."""

    operation_id: str
    tag: str
    summary: str
    responses: dict[str, Any]
    description: str = ""
    parameters: list[dict[str, Any]] = field(default_factory=list)
    """Parameters other than those of the path, the filters and X-Correlation-Id."""
    body: dict[str, Any] | None = None


def _import_target() -> Operation:
    """Return the declaration of POST /inbound/targets: description, parameters, body and response for each status.

    200 and 201 are successful imports, and link to the operations that read the job and the target. 404, 409 and 422
    are rejected targets; 409 and 422 may be request errors too. 400, 401, 403, 406, 413, 415, 429, 500 and 503 are
    request errors.
    """
    succeeded = {
        "200": responses.imported(
            200,
            _single(Status.COMPLETED, Outcome.UPDATED, Outcome.CANCELLED, Outcome.SKIPPED),
            "Updated, cancelled, or skipped because the stored target is newer.",
            "update-answer",
            "cancel-answer",
        ),
        "201": responses.imported(201, _single(Status.COMPLETED, Outcome.CREATED), "Created.", "upsert-answer"),
    }
    rejected = {
        "404": _rejected(404, "unknown-answer"),
        "409": _rejected(409, "exists-answer", refused=[Code.IDEMPOTENCY_IN_PROGRESS]),
        "422": _rejected(422, "rejected-answer", refused=[Code.MISSING_SOURCE_SYSTEM, Code.IDEMPOTENCY_CONFLICT]),
    }
    return Operation(
        "importTarget",
        "Importing",
        "Import a target",
        responses=responses.errors(400, 403, 413, 415)
        | {status: response | {"links": _LINKS} for status, response in succeeded.items()}
        | rejected,
        description="A target is identified by its sourceSystem and externalId. If the body is a JSON object, an "
        "import job with one item is recorded, even if the target is rejected. Warnings do not change the status.",
        parameters=parameters.OF_IMPORTS,
        body=_body("TargetImport", "upsert", "update", "cancel"),
    )


def _import_batch() -> Operation:
    """Return the declaration of POST /inbound/targets/batch: description, parameters, body and responses.

    200 and 422 are recorded jobs; 422 may be a request error too. 400, 401, 403, 406, 409, 413, 415, 429, 500 and 503
    are request errors.
    """
    refused = [Code.MISSING_SOURCE_SYSTEM, Code.EMPTY_BATCH, Code.INVALID_BATCH, Code.IDEMPOTENCY_CONFLICT]
    imported = {
        "200": responses.imported(
            200,
            _batch(Status.COMPLETED, Status.PARTIALLY_FAILED),
            "At least one target was imported. The status is PartiallyFailed if others were rejected.",
            "batch-answer",
        ),
        "422": responses.imported(
            422, _batch(Status.FAILED), "Every target was rejected, or the batch was refused.", refused=refused
        ),
    }
    return Operation(
        "importTargets",
        "Importing",
        "Import a batch of targets",
        responses=responses.errors(400, 403, 409, 413, 415) | imported,
        description="The targets are processed in order, each as if it were sent alone. A rejected target does not "
        "stop the others. The answer lists them in the order sent, each with its index. After a 5xx send the batch "
        "again, with the same Idempotency-Key.",
        parameters=parameters.OF_IMPORTS,
        body=_body("BatchImport", "batch"),
    )


def _list(operation_id: str, tag: str, summary: str, schema: str, example: str) -> dict[str, Operation]:
    """Return {"get": ...} with the declaration of GET for a list and its responses.

    `schema` is the name of the component of a page, and `example` that of a file in docs/examples without `.json`. If
    there is no such file, the response has no example. The statuses are 200, 400, 401, 403, 406, 429, 500 and 503.
    """
    page = responses.success(ref(schema), "One page. `next` and `previous` are links to other pages.", example)
    answers = {"200": page} | responses.errors(400) | responses.missing_scope()
    return {"get": Operation(operation_id, tag, summary, answers)}


def _items() -> dict[str, Operation]:
    """Return {"get": ...} with the declaration of GET for the items of a job: 200, 400, 401, 403, 404, 406, ..."""
    page = responses.success(ref("ImportItemPage"), "One page. `next` and `previous` are links to other pages.")
    answers = {"200": page} | responses.errors(400, 404) | responses.missing_scope()
    summary = "The items of an import job, in the order sent"
    return {"get": Operation("listImportItems", "Reading back", summary, answers)}


def _detail(operation_id: str, tag: str, summary: str, schema: str, example: str) -> dict[str, Operation]:
    """Return {"get": ...} with the declaration of GET for one object and its responses.

    `schema` is the name of the object's component, and `example` that of a file in docs/examples without `.json`. If
    there is no such file, the response has no example. The statuses are 200, 400, 401, 403, 404, 406, 429, 500 and 503.
    """
    found = responses.success(ref(schema), f"{summary}.", example)
    answers = {"200": found} | responses.errors(400, 404) | responses.missing_scope()
    return {"get": Operation(operation_id, tag, summary, answers)}


def _health() -> Operation:
    """Return the declaration of GET /integration/health: 200, 400, 401, 403, 406, 429, 500 and 503."""
    found = responses.success(ref("Health"), "The service is up. The answer says what the token may do.", "health")
    answers = {"200": found} | responses.errors(400) | responses.missing_scope()
    return Operation("readHealth", "Reading back", "Whether the service is up, and what the token may do", answers)


def _changes() -> Operation:
    """Return the declaration of GET /changes: 200, 400, 401, 403, 406, 429, 500 and 503."""
    found = responses.success(ref("Changes"), "The targets that changed after the cursor, as they are now.", "changes")
    return Operation(
        "listChanges",
        "Reading back",
        "Targets that changed since a cursor",
        {"200": found} | responses.errors(400) | responses.missing_scope(),
        description="For whoever keeps a copy. Start without `after`, store `cursor` after each page, and send it as "
        "`after` next time. Each target is answered once, with its state as of now, in the order of the last changes.",
        parameters=parameters.OF_CHANGES,
    )


def _openapi() -> Operation:
    """Return the declaration of GET /openapi.json with its responses 200 and 304. It needs no token."""
    found = responses.public("application/json", {"type": "object"}, "OpenAPI 3.1.", "ETag", "Cache-Control")
    answers = {"200": found, "304": responses.not_modified()}
    return Operation("readOpenApi", "Description", "This document", answers)


def _page() -> Operation:
    """Return the declaration of GET /docs with its only response, an HTML page. It needs no token."""
    found = responses.public("text/html", text(), "Swagger UI, for a browser.")
    return Operation("readDocs", "Description", "A page to read this document and try the API", {"200": found})


def _body(schema: str, *names: str) -> dict[str, Any]:
    """Return the Request Body Object of a required JSON body.

    `schema` is the name of its component, and `names` are the names of its examples; a name without an example is left
    out.
    """
    return {"required": True, "content": {"application/json": {"schema": ref(schema)} | examples(*names)}}


def _single(status: Status, *outcomes: Outcome, **more: Schema) -> Schema:
    """Return the schema of an answer with this job status and one item, which has one of these outcomes and no index.

    The job is a recorded one or a rehearsal. `more` are schemas of further properties of the item.
    """
    item = {
        "properties": {"status": one_of([outcome.value for outcome in outcomes])} | more,
        "not": {"required": ["index"]},
    }
    return narrowed(ref("ImportAnswer"), status={"const": status.value}, items=list_of(item, maxItems=1))


def _rejected(status: int, *names: str, refused: list[Code] | None = None) -> dict[str, Any]:
    """Return the Response Object of a single import that was rejected with this HTTP status.

    Its body is a Failed job with one Rejected item, whose `errorCode` is an item error with this status; a table of
    these codes is in the description. `names` are the names of examples. `refused` are request errors that can have the
    same status: the body may be one of them instead, and a second table and their examples are added. A name or a code
    without an example is left out.
    """
    codes = [code for code in Code.item_errors() if code.http == status]
    schema = _single(Status.FAILED, Outcome.REJECTED, errorCode=one_of([code.value for code in codes]))
    description = f"The target was rejected, and the job is recorded.\n\n{tables.error_table(codes)}"
    return responses.imported(status, schema, description, *names, refused=refused or [])


def _batch(*statuses: Status) -> Schema:
    """Return the schema of the answer to a batch with one of these job statuses, in which each item has an `index`.

    The job is a recorded one or a rehearsal. The outcomes of the items are not restricted.
    """
    return narrowed(
        ref("ImportAnswer"),
        status=one_of([status.value for status in statuses]),
        items=list_of({"required": ["index"]}),
    )


_LINKS = {
    "readImportJob": {"operationId": "readImportJob", "parameters": {"id": "$response.body#/importJobId"}},
    "readTarget": {"operationId": "readTarget", "parameters": {"id": "$response.body#/items/0/targetId"}},
}
OPERATIONS: dict[str, dict[str, Operation]] = {
    "/inbound/targets": {"post": _import_target()},
    "/inbound/targets/batch": {"post": _import_batch()},
    "/import-jobs": _list(
        "listImportJobs", "Reading back", "Import jobs, newest first", "ImportJobPage", "import-jobs"
    ),
    "/import-jobs/{id}": _detail(
        "readImportJob", "Reading back", "An import job with its items", "ImportJob", "import-job"
    ),
    "/import-jobs/{id}/items": _items(),
    "/targets": _list("listTargets", "Reading back", "Targets, newest first", "TargetPage", "targets"),
    "/targets/{id}": _detail("readTarget", "Reading back", "A target", "Target", "target"),
    "/changes": {"get": _changes()},
    "/templates": _list("listTemplates", "Templates", "Active templates, newest first", "TemplatePage", "templates"),
    "/templates/{key}": _detail("readTemplate", "Templates", "An active template", "Template", "template"),
    "/integration/health": {"get": _health()},
    "/openapi.json": {"get": _openapi()},
    "/docs": {"get": _page()},
}
