"""Every operation of the API by path and method: what it does, accepts and answers.

A view declares its path, scope and filters itself; this table declares the rest.
"""

from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from ordinavo.common.codes import Code
from ordinavo.openapi import parameters, responses, tables
from ordinavo.openapi.examples import examples
from ordinavo.openapi.json_schema import ref, text


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
    are rejected targets; 409 and 422 may be request errors too. 400, 401, 403, 406, 408, 413, 414, 415, 429, 431,
    500 and 503 are request errors.
    """
    succeeded = {
        "200": responses.imported(
            200,
            "Updated, cancelled, or skipped because the stored target is newer.",
            "update-answer",
            "cancel-answer",
            "skipped-answer",
        ),
        "201": responses.imported(201, "Created.", "upsert-answer", "rehearsal-answer"),
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
        responses=responses.errors(400, 403, 408, 413, 415)
        | {status: response | {"links": _LINKS} for status, response in succeeded.items()}
        | rejected,
        description="A target is identified by its sourceSystem and externalId. If the body is a JSON object, an "
        "import job with one item is recorded, even if the target is rejected. Warnings do not change the status.",
        parameters=parameters.OF_IMPORTS,
        body=_body("InboundTargetDto", "upsert", "customer-aware", "update", "cancel"),
    )


def _import_batch() -> Operation:
    """Return the declaration of POST /inbound/targets/batch: description, parameters, body and responses.

    200, 202 and 422 are recorded jobs; 422 may be a request error too. 400, 401, 403, 406, 408, 409, 413, 414, 415,
    429, 431, 500 and 503 are request errors.
    """
    refused = [Code.MISSING_SOURCE_SYSTEM, Code.EMPTY_BATCH, Code.INVALID_BATCH, Code.IDEMPOTENCY_CONFLICT]
    imported = {
        "200": responses.imported(
            200,
            "At least one target was accepted: the status is Completed if none was rejected, else PartiallyFailed.",
            "batch-completed-answer",
            "batch-answer",
        ),
        "422": responses.imported(
            422,
            "Every target was rejected (the status is Failed), or the batch was refused.",
            "batch-failed-answer",
            refused=refused,
        ),
        "202": responses.accepted(),
    }
    return Operation(
        "importTargets",
        "Importing",
        "Import a batch of targets",
        responses=responses.errors(400, 403, 408, 409, 413, 415) | imported,
        description="The targets are processed in order, each as if it were sent alone. A rejected target does not "
        "stop the others. The answer lists them in the order sent, each with its index. After a 5xx send the batch "
        "again, with the same Idempotency-Key.\n\nWith `Prefer: respond-async`, or `async` true in the body, the "
        "batch is stored and answered 202 at once, and processed in the background, after the earlier jobs of its "
        "source system. It may then be larger.",
        parameters=[*parameters.OF_IMPORTS, parameters.PREFER],
        body=_body("BatchImport", "batch"),
    )


def _list(operation_id: str, tag: str, summary: str, schema: str, example: str) -> dict[str, Operation]:
    """Return {"get": ...} with the declaration of GET for a list and its responses.

    `schema` is the name of the component of a page, and `example` that of a file in docs/examples without `.json`. If
    there is no such file, the response has no example. The statuses are 200, 400, 401, 403, 406, 414, 429, 431, 500
    and 503.
    """
    page = responses.success(ref(schema), "One page. `next` and `previous` are links to other pages.", example)
    answers = {"200": page} | responses.errors_of_reads(400)
    return {"get": Operation(operation_id, tag, summary, answers)}


def _items() -> dict[str, Operation]:
    """Return {"get": ...} with the declaration of GET for the items of a job and its responses.

    The statuses are 200, 400, 401, 403, 404, 406, 414, 429, 431, 500 and 503.
    """
    page = responses.success(ref("ImportItemPage"), "One page, in the order sent.", "import-job-items")
    return {
        "get": Operation(
            "listImportItems",
            "Reading back",
            "The items of an import job",
            {"200": page} | responses.errors_of_reads(400, 404),
            description="All items with all their findings, also those that the answer to a large batch leaves out.",
        )
    }


def _detail(operation_id: str, tag: str, summary: str, schema: str, example: str) -> dict[str, Operation]:
    """Return {"get": ...} with the declaration of GET for one object and its responses.

    `schema` is the name of the object's component, and `example` that of a file in docs/examples without `.json`. If
    there is no such file, the response has no example. The statuses are 200, 304, 400, 401, 403, 404, 406, 414,
    429, 431, 500 and 503.
    """
    found = responses.success(ref(schema), f"{summary}.", example, has_etag=True)
    answers = {"200": found, "304": responses.not_modified()} | responses.errors_of_reads(400, 404)
    return {"get": Operation(operation_id, tag, summary, answers, parameters=[parameters.IF_NONE_MATCH])}


def _abort() -> Operation:
    """Return the declaration of DELETE for a job and its responses.

    The statuses are 200, 400, 401, 403, 404, 406, 409, 414, 429, 431, 500 and 503.
    """
    aborted = responses.success(ref("ImportJob"), "The job, which is Cancelled.", "import-job-aborted")
    return Operation(
        "abortImportJob",
        "Importing",
        "Abort an import job in the background",
        {"200": aborted} | responses.errors_of_reads(400, 404, 409),
        description="What was done stays, and `untriedItems` says how many targets were never tried. A job that was "
        "aborted before is answered again; one that has ended in another way is a 409.",
    )


def _health() -> Operation:
    """Return the declaration of GET /integration/health: 200, 400, 401, 403, 406, 414, 429, 431, 500 and 503."""
    description = "The service is up. The answer says what the token may do."
    found = responses.success(ref("IntegrationHealthResponse"), description, "health")
    answers = {"200": found} | responses.errors_of_reads(400)
    return Operation("readHealth", "Reading back", "Whether the service is up, and what the token may do", answers)


def _changes() -> Operation:
    """Return the declaration of GET /changes: 200, 400, 401, 403, 406, 414, 429, 431, 500 and 503."""
    found = responses.success(ref("Changes"), "The targets that changed after the cursor, as they are now.", "changes")
    return Operation(
        "listChanges",
        "Reading back",
        "Targets that changed since a cursor",
        {"200": found} | responses.errors_of_reads(400),
        description="For whoever keeps a copy. Start without `after`, store `cursor` after each page, and send it as "
        "`after` next time. Each target is answered once, with its state as of now, in the order of the last changes.",
        parameters=parameters.OF_CHANGES,
    )


def _openapi(operation_id: str, version: str) -> Operation:
    """Return the declaration of GET for the document in a version of OpenAPI, with its responses 200 and 304.

    It needs no token.
    """
    schema = {"type": "object", "additionalProperties": True}
    example = {"openapi": version, "info": {"title": "Ordinavo Connect", "version": settings.VERSION}, "paths": {}}
    found = responses.public("application/json", schema, f"OpenAPI {version}.", example, "ETag", "Cache-Control")
    answers = {"200": found, "304": responses.not_modified(needs_token=False)} | responses.errors_of_public()
    return Operation(
        operation_id,
        "Description",
        f"The description of the API in OpenAPI {version}",
        answers,
        description="For tools, such as code generators.",
        parameters=[parameters.IF_NONE_MATCH],
    )


def _page() -> Operation:
    """Return the declaration of GET /docs with its only response, an HTML page. It needs no token."""
    found = responses.public("text/html", text(), "Swagger UI, for a browser.", "<!doctype html> …")
    answers = {"200": found} | responses.errors_of_public()
    return Operation("readDocs", "Description", "A page to read this document and try the API", answers)


def _body(schema: str, *names: str) -> dict[str, Any]:
    """Return the Request Body Object of a required JSON body.

    `schema` is the name of its component, and `names` are the names of its examples; a name without an example is left
    out.
    """
    content = {"application/json": {"schema": ref(schema)} | examples(*names)}
    return {"description": _BODY, "required": True, "content": content}


def _rejected(status: int, *names: str, refused: list[Code] | None = None) -> dict[str, Any]:
    """Return the Response Object of a single import that was rejected with this HTTP status.

    Its body is a Failed job with one Rejected item. The description has a table of the item errors with this status.
    `names` are the names of examples. `refused` are request errors that can have the same status: the body may be one
    of them instead, and a second table and their examples are added. A name or a code without an example is left out.
    """
    codes = [code for code in Code.item_errors() if code.http == status]
    description = f"The target was rejected, and the job is recorded.\n\n{tables.error_table(codes)}"
    return responses.imported(status, description, *names, refused=refused or [])


_BODY = "With `Content-Encoding: gzip` the body is compressed. The limits hold for the body after decompression."
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
    )
    | {"delete": _abort()},
    "/import-jobs/{id}/items": _items(),
    "/targets": _list("listTargets", "Reading back", "Targets, newest first", "TargetPage", "targets"),
    "/targets/{id}": _detail("readTarget", "Reading back", "A target", "Target", "target"),
    "/changes": {"get": _changes()},
    "/templates": _list("listTemplates", "Templates", "Active templates, newest first", "TemplatePage", "templates"),
    "/templates/{key}": _detail("readTemplate", "Templates", "An active template", "Template", "template"),
    "/integration/health": {"get": _health()},
    "/openapi.json": {"get": _openapi("readOpenApi", "3.1.1")},
    "/openapi-3.0.json": {"get": _openapi("readOpenApi30", "3.0.3")},
    "/docs": {"get": _page()},
}
