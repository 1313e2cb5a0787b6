"""The schemas of an import: the body that a client sends, and the import job that it gets back.

Code generators make one class of each component. So there is one schema of a target, one of a batch, one of an import
job and one of an item, whose members are optional where they depend on the operation or the outcome. What a request
must fulfil beyond that is in the JSON Schema of its template (`GET /templates/{key}`).
"""

from django.conf import settings

from importjobs.models import ImportJob
from ordinavo.common.codes import Code, Kind
from ordinavo.common.limits import (
    MAX_BATCH_ID_LENGTH,
    MAX_CORRELATION_ID_LENGTH,
    MAX_CUSTOM_FIELDS,
    MAX_EXTERNAL_ID_LENGTH,
    MAX_ITEM_VALUES,
    MAX_JSON_VALUES,
    MAX_KEY_LENGTH,
    MAX_MEMBERS,
    VALUES_PER_TARGET,
)
from ordinavo.common.scopes import Scope
from ordinavo.openapi import tables
from ordinavo.openapi.json_schema import (
    COUNT,
    DATE_TIME,
    ID,
    Schema,
    answered,
    known_values,
    list_of,
    one_of,
    ref,
    ref_or_null,
    text,
)
from targets import json_schema
from targets.api.document_field import nullable
from targets.api.target_document import client_schemas
from targets.documents import OPERATIONS
from targets.results import Outcome

_DOTTED_PATH = "A dotted path in the request, such as planning.routeDate."
_TARGET = (
    "A target to create, update or cancel. Only externalId is required; a create also needs a title, and a cancel "
    "reads only sourceSystem, externalId and title, its note. An absent field keeps its value, and null empties it. "
    "customFields are merged key by key. A new target starts with the defaults of its template. Unknown fields are "
    "ignored with the warning unknown_field. GET /templates/{key} answers a JSON Schema that checks a body exactly, "
    "with the custom fields of the template.\n\n"
    "No schema can say these rules:\n\n" + "\n".join(f"- {rule}" for rule in json_schema.UNSAID)
)
_CUSTOM_FIELDS = (
    "Values by the key of the field. The template defines their types. Send strings, numbers, booleans or null: a "
    'string such as "8" is read as the type of the field.'
)
_ASYNC = "With true the batch is processed in the background, as with the header `Prefer: respond-async`."
_BATCH = (
    "Targets that are imported in one job. sourceSystem, operation and templateKey are defaults for targets that do "
    "not have their own. `items` is accepted as another name for `targets`. "
    f"A batch may have {settings.MAX_BATCH_ITEMS:,} targets, {settings.MAX_BATCH_BODY_BYTES:,} bytes and "
    f"{MAX_JSON_VALUES:,} JSON values; in the background {settings.MAX_BACKGROUND_ITEMS:,} targets, "
    f"{settings.MAX_BACKGROUND_BODY_BYTES:,} bytes and {settings.MAX_BACKGROUND_ITEMS * VALUES_PER_TARGET:,} values. "
    f"A packed body over {settings.MAX_BATCH_BODY_BYTES:,} bytes needs the header. One target may have "
    f"{MAX_ITEM_VALUES:,} values and {settings.MAX_BODY_BYTES:,} bytes. Objects, lists and what they hold count, keys "
    "do not."
)


def components() -> dict[str, Schema]:
    """Return the component schemas of imports by name."""
    return _targets() | _parts_of_items() | {"ImportItem": _item(), **_jobs(), "ErrorResponse": _request_error()}


def _targets() -> dict[str, Schema]:
    """Return the schemas of a target in a request, of its sections and choices, and of a batch, by name.

    A section such as `customer` has a component, `Customer`, and so has a field with choices, such as `priority`:
    code generators make their names of it.
    """
    parts: dict[str, Schema] = {}
    properties = {name: _with_components(name, schema, parts) for name, schema in client_schemas().items()}
    properties |= {"operation": ref("Operation"), "customFields": ref_or_null("CustomFields")}
    target = {
        "type": "object",
        "description": _TARGET,
        "maxProperties": MAX_MEMBERS,
        "properties": properties,
        "required": ["externalId"],
    }
    custom_fields = {
        "type": "object",
        "description": _CUSTOM_FIELDS,
        "maxProperties": MAX_CUSTOM_FIELDS,
        "additionalProperties": True,
    }
    return {"InboundTargetDto": target, **parts, "CustomFields": custom_fields, "BatchImport": _batch()}


def _with_components(name: str, schema: Schema, parts: dict[str, Schema]) -> Schema:
    """Return the schema of a field or section as a reference to a component, which is added to `parts`.

    Only a section and a field with choices get a component, named after them; any other schema is returned unchanged.
    """
    component = name[0].upper() + name[1:]
    if "properties" in schema:
        fields = {below: _with_components(below, field, parts) for below, field in schema["properties"].items()}
        parts[component] = {"type": "object", "maxProperties": schema["maxProperties"], "properties": fields}
    elif "enum" in schema:
        parts[component] = one_of([value for value in schema["enum"] if value is not None])
    else:
        return schema
    return ref_or_null(component)


def _batch() -> Schema:
    """Return the schema of the body of a batch."""
    return {
        "type": "object",
        "description": _BATCH,
        "maxProperties": MAX_MEMBERS,
        "properties": {
            "sourceSystem": nullable(text()),
            "batchId": nullable(text(MAX_BATCH_ID_LENGTH)) | {"description": "The sender's name for the batch."},
            "operation": ref("Operation"),
            "templateKey": nullable(text(MAX_KEY_LENGTH)),
            "async": {"type": ["boolean", "null"], "description": _ASYNC},
            "targets": list_of(ref("InboundTargetDto"), minItems=1, maxItems=settings.MAX_BACKGROUND_ITEMS),
        },
        "required": ["targets"],
    }


def _parts_of_items() -> dict[str, Schema]:
    """Return the schemas of the parts of an item by name: an error, a warning, and the change of a field."""
    warnings = Code.of_kind(Kind.WARNING)
    any_value = "The value in JSON: a string, a number, a boolean, an object, a list or null."
    return {
        "ItemError": answered(_finding(Code.item_errors()), description="One fault of a rejected target."),
        "ItemWarning": answered(_finding(warnings), description=f"Something to look at.\n\n{tables.warnings()}"),
        "Change": answered(
            {"field": text(description="A dotted path."), "from": {"description": any_value}, "to": {}},
            description="What an update changed in one field.",
        ),
    }


def _finding(codes: list[Code]) -> Schema:
    """Return the schemas of the properties `code`, `field` and `message` of an error or a warning, by property name.

    `codes` are the values that `code` has today.
    """
    return {
        "code": known_values([code.value for code in codes]),
        "field": text(description=_DOTTED_PATH),
        "message": text(description="What is wrong and what to do."),
    }


def _item() -> Schema:
    """Return the schema of an item of an import job, whatever its outcome."""
    rejected = "Only of a rejected item."
    errors = [code.value for code in Code.item_errors()]
    required = {
        "externalId": text(MAX_EXTERNAL_ID_LENGTH),
        "status": known_values([outcome.value for outcome in Outcome], "What became of the target."),
        "warnings": list_of(ref("ItemWarning")),
    }
    optional = {
        "index": COUNT | {"description": "The position in the batch, from 0. Absent in the answer to a single import."},
        "targetId": nullable(ID) | {"description": "Absent if rejected. Null if a rehearsal would create the target."},
        "errorCode": known_values(errors, f"{rejected} The code of its first error."),
        "errorMessage": text(description=f"{rejected} The message of its first error."),
        "errors": list_of(ref("ItemError"), description=rejected),
        "changes": list_of(ref("Change"), description="Only of an updated item. Empty if nothing differed."),
        "omittedFindings": COUNT | {"description": "How many errors and warnings the answer leaves out, if any."},
        "omittedChanges": COUNT | {"description": "How many changes the answer leaves out, if any."},
        "payload": {"description": "What was sent, with `payload=true` in the list of the items of a job."},
    }
    return answered(required, optional, description="What became of one target of an import.")


def _jobs() -> dict[str, Schema]:
    """Return the schemas of an import job by name: `ImportJob` with its items, `ImportJobSummary` without.

    Only the answer to a GET has an origin, and only a recorded job has links.
    """
    job_id = {
        "importJobId": nullable(ID) | {"description": "Null in a rehearsal that is not processed in the background."}
    }
    rehearsal = {
        "validateOnly": {"type": "boolean", "description": "True in a rehearsal, which writes nothing. Else absent."}
    }
    links = {"links": _links()}
    return {
        "ImportJob": answered(
            job_id | _counters() | {"items": list_of(ref("ImportItem"))},
            _optional() | {"progress": _progress()} | links | rehearsal | _origin(),
            description="The answer to an import, and what GET /import-jobs/{id} answers. The answer to an import has "
            "no sourceSystem, operation, createdAt, finishedAt and correlationId. A rehearsal that is not processed in "
            "the background has no links.",
        ),
        "ImportJobSummary": answered(
            {"importJobId": ID} | _counters() | links | _origin(),
            _optional(),
            description="An import job in a list, without its items.",
        ),
    }


def _progress() -> Schema:
    """Return the schema of how far a job in the background is."""
    seconds = {"estimatedSecondsLeft": nullable(COUNT) | {"description": "Null while it is not known."}}
    return answered({"processedItems": COUNT} | seconds, description="Only of a job that has not ended.")


def _counters() -> Schema:
    """Return the schemas of the status and the counters of an import job, by property name."""
    names = ("totalItems", "createdItems", "updatedItems", "cancelledItems", "rejectedItems", "warningItems")
    return {"status": known_values(ImportJob.Status.values, "How far the job is.")} | dict.fromkeys(names, COUNT)


def _optional() -> Schema:
    """Return the schemas of what only some import jobs have, by property name."""
    return {
        "skippedItems": COUNT | {"description": "Absent if no item was skipped."},
        "untriedItems": COUNT | {"description": "How many targets of an ended job were never tried, if any."},
        "failure": text(description="Why the job was given up. Staff can resume it. Else absent."),
        "warnings": list_of(
            ref("ItemWarning"), description="Warnings about the batch itself. Absent if there are none."
        ),
        "batchId": text(MAX_BATCH_ID_LENGTH, description="The sender's name for the batch, if it sent one."),
    }


def _origin() -> Schema:
    """Return the schemas of where an import job came from and when, by property name."""
    return {
        "sourceSystem": text(MAX_KEY_LENGTH),
        "operation": nullable(known_values(OPERATIONS, "Null if the operation that was sent is unknown.")),
        "createdAt": DATE_TIME,
        "finishedAt": nullable(DATE_TIME) | {"description": "Null until the import job has ended."},
        "correlationId": text(MAX_CORRELATION_ID_LENGTH),
    }


def _links() -> Schema:
    """Return the schema of the property `links` of an import job."""
    relative = "relative to the base URL"
    items = text(description=f"The path of its list of items, {relative}. Only if the answer leaves something out.")
    job = text(description=f"The path of the job, such as /import-jobs/184, {relative}.")
    return answered({"importJob": job}, {"items": items})


def _request_error() -> Schema:
    """Return the schema of the body of every answer that refuses a whole request."""
    codes = [code.value for code in Code.of_kind(Kind.REQUEST)]
    error = answered(
        {
            "code": known_values(codes),
            "message": text(description="What is wrong and what to do."),
            "correlationId": text(MAX_CORRELATION_ID_LENGTH, description="The value of the header X-Correlation-Id."),
        },
        {"requiredScope": known_values(Scope.values, "The scope that the token lacks, with missing_scope.")},
    )
    return answered({"error": error}, description="The whole request was refused. No import job is recorded.")
