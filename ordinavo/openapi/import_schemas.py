"""The schemas of an import: the body that a client sends and the envelope that it gets back."""

from django.conf import settings

from importjobs.models import ImportJob
from ordinavo.common.codes import Code, Kind
from ordinavo.common.limits import (
    MAX_BATCH_ID_LENGTH,
    MAX_CORRELATION_ID_LENGTH,
    MAX_EXTERNAL_ID_LENGTH,
    MAX_KEY_LENGTH,
)
from ordinavo.common.scopes import Scope
from ordinavo.openapi import tables
from ordinavo.openapi.json_schema import COUNT, ID, Schema, closed, list_of, nullable, one_of, ref, text
from targets import json_schema
from targets.documents import OPERATIONS
from targets.results import Outcome

_WRITES = [operation for operation in OPERATIONS if operation != "cancel"]
_DOTTED_PATH = "A dotted path in the request, such as planning.routeDate."
_WRITE_OPERATION = one_of([*_WRITES, None], description="Absent or null means upsert.")


def components() -> dict[str, Schema]:
    """Return the component schemas of imports by name: targets, batches, items, envelopes and the request error."""
    return _targets() | _batches() | _items() | _envelopes() | {"RequestError": _request_error()}


def _targets() -> dict[str, Schema]:
    """Return the schemas of one target in a request, by name.

    `TargetWrite`, `TargetCancel`, `TargetImport` for either of them, and `TargetCancelInBatch`, which may omit its
    operation.
    """
    common, writes = json_schema.properties_of_all(), json_schema.properties_of_writes()
    custom_fields = writes["customFields"] | {"description": "By key. The template defines their types."}
    note = common["title"] | {"description": "Stored as the note of the cancellation."}
    cancel = common | {"operation": {"const": "cancel"}, "title": note}
    return {
        "TargetWrite": {
            "type": "object",
            "description": _WRITE_DESCRIPTION,
            "properties": common | writes | {"operation": _WRITE_OPERATION, "customFields": custom_fields},
            "required": ["externalId"],
        },
        "TargetCancel": {
            "type": "object",
            "description": "Cancels a target. All other fields are ignored.",
            "properties": cancel,
            "required": ["externalId", "operation"],
        },
        "TargetImport": {"oneOf": [ref("TargetWrite"), ref("TargetCancel")]},
        "TargetCancelInBatch": {
            "type": "object",
            "description": "A target in a batch whose operation is cancel.",
            "properties": cancel | {"operation": one_of(["cancel", None])},
            "required": ["externalId"],
        },
    }


_WRITE_DESCRIPTION = (
    "Creates or updates a target. An absent field keeps its value, and null empties it. customFields are merged key by "
    "key. A create starts with the defaults of its template and needs a title. Unknown fields are ignored with the "
    "warning unknown_field. GET /templates/{key} answers a schema that has the custom fields of a template.\n\n"
    "A schema cannot say these rules:\n\n" + "\n".join(f"- {rule}" for rule in json_schema.UNSAID)
)


def _batches() -> dict[str, Schema]:
    """Return the schemas of a batch by name: four variants, and `BatchImport`, which accepts exactly one of them.

    A variant is a batch of writes or of cancels, and has its targets in the list `targets` or in the list `items`.
    """
    write = _batch(_WRITE_OPERATION, ref("TargetImport"))
    cancel = _batch({"const": "cancel"}, {"anyOf": [ref("TargetCancelInBatch"), ref("TargetWrite")]})
    cancel["required"] = ["operation"]
    cancel["properties"]["templateKey"] = {"description": "A cancel ignores it."}
    variants = {
        f"{kind}Of{name.title()}": _with_list_name(batch, name, other)
        for kind, batch in {"Batch": write, "CancelBatch": cancel}.items()
        for name, other in (("targets", "items"), ("items", "targets"))
    }
    return variants | {"BatchImport": {"oneOf": [ref(name) for name in variants]}}


def _batch(operation: Schema, target: Schema) -> Schema:
    """Return the schema of a batch, given the schemas of its property `operation` and of each target in its lists.

    It requires no property. Its lists `targets` and `items` have the same schema.
    """
    targets = list_of(target, minItems=1, maxItems=settings.MAX_BATCH_ITEMS)
    return {
        "type": "object",
        "description": "sourceSystem, operation and templateKey are defaults for targets that do not have their own. "
        "`items` is another name for `targets`.",
        "properties": {
            "sourceSystem": nullable(text()),
            "batchId": nullable(text(MAX_BATCH_ID_LENGTH)) | {"description": "The sender's name for the batch."},
            "operation": operation,
            "templateKey": nullable(text(MAX_KEY_LENGTH)),
            "async": {"description": "Accepted without effect: a batch is processed before it is answered."},
            "targets": targets,
            "items": targets,
        },
        "required": [],
    }


def _with_list_name(batch: Schema, name: str, other: str) -> Schema:
    """Return a copy of a batch's schema in which the list `name` is required and the list `other` must be null."""
    properties = batch["properties"] | {other: {"type": "null"}}
    return batch | {"properties": properties, "required": [*batch["required"], name]}


def _items() -> dict[str, Schema]:
    """Return the schemas of an import item by name: `<outcome>Item` for each outcome, and `ImportItem` for any of them.

    The schemas of the parts of an item are included: `ItemError`, `Warning` and `Change`.
    """
    item_errors = [code.value for code in Code.item_errors()]
    warnings = [code.value for code in Code.of_kind(Kind.WARNING)]
    return {
        "ItemError": closed(_finding(item_errors)),
        "Warning": closed(_finding(warnings), description=tables.warnings()),
        "Change": closed({"field": text(description="A dotted path."), "from": {}, "to": {}}),
        "ImportItem": {"oneOf": [ref(f"{outcome}Item") for outcome in Outcome]},
        **{f"{outcome}Item": _item(outcome, item_errors) for outcome in Outcome},
    }


def _finding(codes: list[str]) -> Schema:
    """Return the schemas of the properties `code`, `field` and `message` of an error or a warning, by property name.

    `codes` are the values that `code` may have.
    """
    return {
        "code": one_of(codes),
        "field": text(description=_DOTTED_PATH),
        "message": text(description="What is wrong and what to do."),
    }


def _item(outcome: Outcome, item_errors: list[str]) -> Schema:
    """Return the schema of an item with this outcome. `item_errors` are the codes of a rejected one.

    Only a rejected item has errors, only the others have `targetId`, and only an updated one has `changes`.
    """
    required: Schema = {"externalId": text(MAX_EXTERNAL_ID_LENGTH), "status": {"const": outcome.value}}
    if outcome == Outcome.REJECTED:
        required |= {
            "errorCode": one_of(item_errors, description="The code of the first error."),
            "errorMessage": text(),
            "errors": list_of(ref("ItemError"), minItems=1),
        }
    else:
        required["targetId"] = nullable(ID) | {"description": "Null if a rehearsal would create the target."}
    if outcome == Outcome.UPDATED:
        required["changes"] = list_of(ref("Change"))
    required["warnings"] = list_of(ref("Warning"))
    optional = {
        "index": COUNT | {"description": "The position in the list that was sent, from 0."},
        "omittedFindings": COUNT | {"description": "Errors and warnings that are left out here. See links.items."},
        "omittedChanges": COUNT | {"description": "Changes that are left out here. See links.items."},
        "payload": {"description": "The document as it was sent, with ?payload=true."},
    }
    return closed(required, optional)


def _envelopes() -> dict[str, Schema]:
    """Return the schemas of the answer to an import by name.

    `ImportEnvelope` is a recorded job, `RehearsalEnvelope` a rehearsal, and `ImportAnswer` either of them.
    """
    required, optional = envelope()
    rehearsal = {name: schema for name, schema in required.items() if name != "links"}
    rehearsal |= {"importJobId": {"type": "null"}, "validateOnly": {"const": True}}
    return {
        "ImportAnswer": {"oneOf": [ref("ImportEnvelope"), ref("RehearsalEnvelope")]},
        "ImportEnvelope": closed(required, optional, description="The recorded import job."),
        "RehearsalEnvelope": closed(
            rehearsal, optional, description="The answer to ?validateOnly=true. Nothing was written."
        ),
    }


def envelope() -> tuple[Schema, Schema]:
    """Return the required and the optional properties of an import job with its items: two dicts of schemas by name."""
    required, optional = counters()
    return required | {"items": list_of(ref("ImportItem"), minItems=1), "links": links()}, optional


def counters() -> tuple[Schema, Schema]:
    """Return the required and the optional properties of an import job without its items: two dicts of schemas by name.

    The property `links` is not among them.
    """
    names = ("totalItems", "createdItems", "updatedItems", "cancelledItems", "rejectedItems", "warningItems")
    required = {"importJobId": ID, "status": one_of(ImportJob.Status.values)} | dict.fromkeys(names, COUNT)
    optional = {
        "batchId": text(
            MAX_BATCH_ID_LENGTH, minLength=1, description="The sender's name for the batch, if it sent one."
        ),
        "skippedItems": COUNT | {"minimum": 1, "description": "Absent if no item was skipped."},
        "warnings": list_of(ref("Warning"), minItems=1, description="Warnings about the batch itself."),
    }
    return required, optional


def links() -> Schema:
    """Return the schema of the property `links` of an import job: the path of the job."""
    items = text(pattern="^/import-jobs/[0-9]+/items$", description="All items. Only if something is left out here.")
    job = text(pattern="^/import-jobs/[0-9]+$", description="Relative to the base URL.")
    return closed({"importJob": job}, {"items": items})


def _request_error() -> Schema:
    """Return the schema of the body of every answer that refuses a whole request."""
    error = closed(
        {
            "code": one_of([code.value for code in Code.of_kind(Kind.REQUEST)]),
            "message": text(description="What is wrong and what to do."),
            "correlationId": text(MAX_CORRELATION_ID_LENGTH, description="The value of the header X-Correlation-Id."),
        },
        {"requiredScope": one_of(Scope.values, description="The scope that the token lacks, with missing_scope.")},
    )
    return closed({"error": error}, description="The whole request was refused. No import job is recorded.")
