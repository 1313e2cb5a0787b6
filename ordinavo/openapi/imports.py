"""What an import is sent as, and what it is answered with."""

from django.conf import settings

from importjobs.models import ImportJob
from ordinavo.common.limits import MAX_BATCH_ID_LENGTH
from ordinavo.common.scopes import Scope
from ordinavo.openapi import codes
from ordinavo.openapi.shapes import COUNT, ID, Schema, closed, list_of, nullable, one_of, ref, text
from targets import json_schema
from targets.api.serializers import OPERATIONS
from targets.results import Outcome
from templates.models import TargetTemplate

_WRITES = [operation for operation in OPERATIONS if operation != "cancel"]


def components() -> dict[str, Schema]:
    return _requests() | _answers()


def _requests() -> dict[str, Schema]:
    own, fields = _properties()
    write = own | fields | {"operation": one_of([*_WRITES, None], description="upsert if absent.")}
    cancel = own | {"operation": {"const": "cancel"}}
    cancel["title"] = own["title"] | {"description": "Kept as the note of the cancellation."}
    return {
        "TargetWrite": {
            "type": "object",
            "description": _WRITE,
            "properties": write,
            "required": ["externalId"],
        },
        "TargetCancel": {
            "type": "object",
            "description": "Cancels a target. No other field is read.",
            "properties": cancel,
            "required": ["externalId", "operation"],
        },
        "TargetImport": {"oneOf": [ref("TargetWrite"), ref("TargetCancel")]},
        "TargetCancelInBatch": {
            "type": "object",
            "description": "In a batch whose operation is cancel.",
            "properties": cancel | {"operation": one_of(["cancel", None])},
            "required": ["externalId"],
        },
        **_batches(),
    }


_WRITE = (
    "Creates or updates a target. A field that is absent keeps its value, null empties it, customFields merge key by "
    "key. A create starts from its template's defaults and must have a title. Other fields are ignored, with the "
    "warning unknown_field. GET /templates/{key} has a schema with the custom fields of a template.\n\n"
    "What no schema can say:\n\n" + "\n".join(f"- {sentence}" for sentence in json_schema.UNSAID)
)


def _properties() -> tuple[Schema, Schema]:
    """What every import reads, and what a cancel does not: of any template, so without custom fields of one."""
    template = TargetTemplate()
    template.active_fields = []
    schema = json_schema.import_body(template)
    fields = schema["allOf"][0]["else"]["properties"]
    any_template = {
        "templateKey": nullable(text(64)),
        "customFields": {"type": ["object", "null"], "description": "By key; typed by the template."},
    }
    return schema["properties"], fields | any_template


def _batches() -> dict[str, Schema]:
    """A batch of writes or of cancels, each under either name of its list."""
    write = _batch(one_of([*_WRITES, None], description="upsert if absent."), ref("TargetImport"))
    cancel = _batch({"const": "cancel"}, {"anyOf": [ref("TargetCancelInBatch"), ref("TargetWrite")]})
    cancel["required"] = ["operation"]
    cancel["properties"]["templateKey"] = {"description": "Not read by a cancel."}
    variants = {
        f"{kind}Of{name.title()}": _named(batch, name, other)
        for kind, batch in {"Batch": write, "CancelBatch": cancel}.items()
        for name, other in (("targets", "items"), ("items", "targets"))
    }
    return variants | {"BatchImport": {"oneOf": [ref(name) for name in variants]}}


def _batch(operation: Schema, target: Schema) -> Schema:
    targets = list_of(target, minItems=1, maxItems=settings.MAX_BATCH_ITEMS)
    return {
        "type": "object",
        "description": "sourceSystem, operation and templateKey hold for every target that has none of its own. "
        "`items` is another name for `targets`.",
        "properties": {
            "sourceSystem": nullable(text()),
            "batchId": nullable(text(MAX_BATCH_ID_LENGTH)) | {"description": "The sender's name for it."},
            "operation": operation,
            "templateKey": nullable(text(64)),
            "async": {"description": "Accepted, and changes nothing yet: batches are processed at once."},
            "targets": targets,
            "items": targets,
        },
        "required": [],
    }


def _named(batch: Schema, name: str, other: str) -> Schema:
    properties = batch["properties"] | {other: {"type": "null"}}
    return batch | {"properties": properties, "required": [*batch["required"], name]}


def _answers() -> dict[str, Schema]:
    return {
        "ItemError": closed(_finding(codes.names(codes.ITEM_ERRORS))),
        "Warning": closed(_finding(codes.names(codes.WARNINGS)), description=codes.warning_table()),
        "Change": closed({"field": text(description="A dotted path."), "from": {}, "to": {}}),
        "ImportItem": {"oneOf": [ref(f"{outcome}Item") for outcome in Outcome]},
        **{f"{outcome}Item": _item(outcome) for outcome in Outcome},
        "ImportAnswer": {"oneOf": [ref("ImportEnvelope"), ref("RehearsalEnvelope")]},
        "ImportEnvelope": closed(*envelope(), description="The recorded import job."),
        "RehearsalEnvelope": _rehearsal(),
        "RequestError": _request_error(),
    }


def _finding(known: list[str]) -> Schema:
    return {
        "code": one_of(known),
        "field": text(description="A dotted path in the request, such as planning.routeDate."),
        "message": text(description="A sentence to act on."),
    }


def _item(outcome: Outcome) -> Schema:
    required: Schema = {"externalId": text(128), "status": {"const": outcome.value}}
    if outcome == Outcome.REJECTED:
        required |= {
            "errorCode": one_of(codes.names(codes.ITEM_ERRORS), description="That of the first error."),
            "errorMessage": text(),
            "errors": list_of(ref("ItemError"), minItems=1),
        }
    else:
        required["targetId"] = nullable(ID) | {"description": "Null in a rehearsal of what would be created."}
    if outcome == Outcome.UPDATED:
        required["changes"] = list_of(ref("Change"))
    required["warnings"] = list_of(ref("Warning"))
    return closed(required, {"index": COUNT | {"description": "Only in a batch: the place in it, from 0."}})


def counters() -> tuple[Schema, Schema]:
    names = ("totalItems", "createdItems", "updatedItems", "cancelledItems", "rejectedItems", "warningItems")
    required = {"importJobId": ID, "status": one_of(ImportJob.Status.values)} | dict.fromkeys(names, COUNT)
    optional = {
        "skippedItems": COUNT | {"minimum": 1, "description": "Only where it is not 0."},
        "warnings": list_of(ref("Warning"), minItems=1, description="Of a batch as such."),
    }
    return required, optional


def envelope() -> tuple[Schema, Schema]:
    """What is required, and what may be there."""
    required, optional = counters()
    return required | {"items": list_of(ref("ImportItem"), minItems=1), "links": links()}, optional


def links() -> Schema:
    return closed({"importJob": text(pattern="^/import-jobs/[0-9]+$", description="Relative to the base URL.")})


def _rehearsal() -> Schema:
    required, optional = envelope()
    del required["links"]
    required |= {"importJobId": {"type": "null"}, "validateOnly": {"const": True}}
    return closed(required, optional, description="What ?validateOnly=true answers: nothing was written.")


def _request_error() -> Schema:
    error = closed(
        {
            "code": one_of(codes.names(codes.REQUEST_ERRORS)),
            "message": text(description="A sentence to act on."),
            "correlationId": text(128, description="The same as in the header X-Correlation-Id."),
        },
        {"requiredScope": one_of(Scope.values, description="With missing_scope: what the token lacks.")},
    )
    return closed({"error": error}, description="The request was refused as such; no job is recorded.")
