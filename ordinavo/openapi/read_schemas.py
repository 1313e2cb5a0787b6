"""The schemas of what a client reads back: import jobs, targets, templates and the health of the service."""

from ordinavo.common.limits import (
    MAX_CORRELATION_ID_LENGTH,
    MAX_DEFAULT_TEXT_LENGTH,
    MAX_KEY_LENGTH,
)
from ordinavo.common.scopes import Scope
from ordinavo.openapi import import_schemas
from ordinavo.openapi.json_schema import DATE_TIME, Schema, closed, list_of, nullable, one_of, ref, text
from targets.api.serializers import target_answer_schema
from targets.documents import OPERATIONS
from templates.models import CustomField


def components() -> dict[str, Schema]:
    """Return the component schemas of what GET requests answer, by name."""
    return {
        **_import_jobs(),
        "ImportJobPage": _page("ImportJobSummary"),
        "ImportItemPage": _page("ImportItem"),
        "Target": target_answer_schema(),
        "TargetPage": _page("Target"),
        "Changes": _changes(),
        "TemplateField": _template_field(),
        "Template": _template(),
        "TemplatePage": _page("Template"),
        "Health": _health(),
    }


def _page(name: str) -> Schema:
    """Return the schema of a page of a list whose results have the component schema `name`."""
    link = nullable(text(format="uri"))
    return closed({"next": link, "previous": link, "results": list_of(ref(name))})


def _changes() -> Schema:
    """Return the schema of the answer of GET /changes."""
    return closed(
        {
            "cursor": text(minLength=1, description="Send it as `after` next time."),
            "hasMore": {"type": "boolean", "description": "Whether to ask again at once."},
            "results": list_of(ref("Target")),
        }
    )


def _import_jobs() -> dict[str, Schema]:
    """Return the schemas of an import job by name: `ImportJob` with its items, `ImportJobSummary` without."""
    origin = {
        "sourceSystem": text(),
        "operation": one_of([*OPERATIONS, None], description="Null if the operation that was sent is unknown."),
        "createdAt": DATE_TIME,
        "finishedAt": nullable(DATE_TIME) | {"description": "Null until the import job has ended."},
        "correlationId": text(MAX_CORRELATION_ID_LENGTH),
    }
    envelope, optional = import_schemas.envelope()
    counters, _ = import_schemas.counters()
    return {
        "ImportJob": closed(envelope | origin, optional, description="An import job with its items."),
        "ImportJobSummary": closed(
            counters | {"links": import_schemas.links()} | origin,
            optional,
            description="An import job without its items.",
        ),
    }


def _template() -> Schema:
    """Return the schema of a template with its custom fields."""
    return closed(
        {
            "key": text(MAX_KEY_LENGTH),
            "name": text(MAX_DEFAULT_TEXT_LENGTH),
            "fields": list_of(ref("TemplateField")),
            "jsonSchema": {
                "type": "object",
                "description": "The JSON Schema (2020-12) of the body of an import with this template.",
            },
        }
    )


def _template_field() -> Schema:
    """Return the schema of one custom field of a template."""
    return closed(
        {
            "key": text(MAX_KEY_LENGTH),
            "label": text(MAX_DEFAULT_TEXT_LENGTH),
            "type": one_of(CustomField.Type.values),
            "unit": text(32),
            "required": {"type": "boolean", "description": "A create without a value is rejected."},
            "choices": list_of(text(MAX_DEFAULT_TEXT_LENGTH)),
        }
    )


def _health() -> Schema:
    """Return the schema of the answer of GET /integration/health."""
    paused = closed({"sourceSystem": text(), "pausedAt": DATE_TIME, "reason": text()})
    token = closed(
        {
            "name": text(),
            "scopes": list_of(one_of(Scope.values)),
            "sourceSystems": list_of(text()),
            "expiresAt": DATE_TIME,
        },
        {"pausedSourceSystems": list_of(paused, description="Absent if none is paused. Their imports are refused.")},
    )
    return closed({"status": {"const": "ok"}, "serverTime": DATE_TIME, "version": text(), "token": token})
