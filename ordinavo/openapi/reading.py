"""What is read back: jobs, targets, templates, and whether the service is up."""

from ordinavo.common.scopes import Scope
from ordinavo.openapi import imports
from ordinavo.openapi.shapes import DATE_TIME, ID, Schema, closed, list_of, nullable, one_of, ref, text
from targets.api.serializers import MAX_VERSION, OPERATIONS
from targets.models import MAX_WORK_MINUTES, Target
from templates.models import CustomField


def components() -> dict[str, Schema]:
    return {
        "ImportJob": _job(),
        "ImportJobSummary": _job_summary(),
        "ImportJobPage": _page("ImportJobSummary"),
        "Target": _target(),
        "TargetPage": _page("Target"),
        "TemplateField": _template_field(),
        "Template": _template(),
        "TemplatePage": _page("Template"),
        "Health": _health(),
    }


def _page(name: str) -> Schema:
    link = nullable(text(format="uri"))
    return closed({"next": link, "previous": link, "results": list_of(ref(name))})


def _job() -> Schema:
    required, optional = imports.envelope()
    return closed(required | _origin(), optional | _batch_id(), description="An import job with its items.")


def _job_summary() -> Schema:
    required, optional = imports.counters()
    required |= {"links": imports.links()} | _origin()
    return closed(required, optional | _batch_id(), description="An import job without its items.")


def _origin() -> Schema:
    return {
        "sourceSystem": text(),
        "operation": one_of([*OPERATIONS, None], description="Null where what was sent is none."),
        "createdAt": DATE_TIME,
        "finishedAt": nullable(DATE_TIME) | {"description": "Null until the import job has ended."},
        "correlationId": text(128),
    }


def _batch_id() -> Schema:
    return {"batchId": text(255, minLength=1, description="As the sender calls the batch, if it has a name.")}


def _target() -> Schema:
    return closed(
        {
            "id": ID,
            "status": one_of(Target.Status.values),
            "sourceSystem": text(),
            "externalId": text(128, minLength=1),
            "templateKey": nullable(text(64)),
            "externalType": nullable(text(64)),
            "title": nullable(text(255)) | {"description": "Null only of a cancel that came before its target."},
            "description": nullable(text(10_000)),
            **_sections(),
            "customFields": {"type": "object", "description": "By key, typed by the template."},
            "createdAt": DATE_TIME,
            "updatedAt": DATE_TIME,
        },
        {
            "sourceVersion": {"type": "integer", "minimum": 0, "maximum": MAX_VERSION},
            "sourceUpdatedAtUtc": DATE_TIME,
        },
        description="A target in the shape in which it is sent. What has no value is null.",
    )


def _sections() -> dict[str, Schema]:
    line, moment = nullable(text(255)), nullable(DATE_TIME)
    return {
        "customer": closed({"name": line, "contactName": line, "phone": line, "email": nullable(text(254))}),
        "address": closed(
            {
                "street": line,
                "postalCode": line,
                "city": line,
                "country": nullable(text(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2.")),
                "latitude": nullable({"type": "number", "minimum": -90, "maximum": 90}),
                "longitude": nullable({"type": "number", "minimum": -180, "maximum": 180}),
            }
        ),
        "planning": closed(
            {
                "routeDate": nullable(text(format="date")),
                "dueAtUtc": moment,
                "timeWindowStartUtc": moment,
                "timeWindowEndUtc": moment,
                "estimatedWorkMinutes": nullable({"type": "integer", "minimum": 0, "maximum": MAX_WORK_MINUTES}),
                "priority": one_of([*Target.Priority.values, None]),
                "fixedTime": {"type": ["boolean", "null"]},
            }
        ),
        "businessValue": closed(
            {
                "expectedRevenue": nullable({"type": "number", "minimum": 0, "description": "Exact: a decimal."}),
                "customerTier": nullable(text(16)),
                "closeProbability": nullable({"type": "integer", "minimum": 0, "maximum": 100}),
            }
        ),
    }


def _template() -> Schema:
    return closed(
        {
            "key": text(64),
            "name": text(255),
            "fields": list_of(ref("TemplateField")),
            "jsonSchema": {
                "type": "object",
                "description": "A JSON Schema (2020-12) of the body of an import for this template.",
            },
        }
    )


def _template_field() -> Schema:
    return closed(
        {
            "key": text(64),
            "label": text(255),
            "type": one_of(CustomField.Type.values),
            "unit": text(32),
            "required": {"type": "boolean", "description": "A create without it is rejected."},
            "choices": list_of(text(255)),
        }
    )


def _health() -> Schema:
    token = closed(
        {
            "name": text(),
            "scopes": list_of(one_of(Scope.values)),
            "sourceSystems": list_of(text()),
            "expiresAt": DATE_TIME,
        }
    )
    return closed({"status": {"const": "ok"}, "serverTime": DATE_TIME, "version": text(), "token": token})
