"""The schemas of what a client reads back, apart from import jobs: targets, templates and the service's health."""

from ordinavo.common.limits import MAX_DEFAULT_TEXT_LENGTH, MAX_KEY_LENGTH
from ordinavo.common.scopes import Scope
from ordinavo.openapi.json_schema import (
    DATE_TIME,
    Schema,
    answered,
    known_values,
    list_of,
    ref,
    text,
)
from targets.api.document_field import nullable
from targets.api.serializers import target_answer_schema
from templates.models import CustomField


def components() -> dict[str, Schema]:
    """Return the component schemas of what GET requests answer, by name."""
    return {
        "ImportJobPage": _page("ImportJobSummary"),
        "ImportItemPage": _page("ImportItem"),
        "Target": _target(),
        "TargetPage": _page("Target"),
        "Changes": _changes(),
        "TemplateField": _template_field(),
        "Template": _template(),
        "TemplatePage": _page("Template"),
        "IntegrationHealthResponse": _health(),
    }


def _page(name: str) -> Schema:
    """Return the schema of a page of a list whose results have the component schema `name`."""
    link = nullable(text(format="uri"))
    return answered({"next": link, "previous": link, "results": list_of(ref(name))})


def _target() -> Schema:
    """Return the schema of a target as it is answered."""
    schema = target_answer_schema()
    schema["properties"]["customFields"] = ref("CustomFields")
    return schema


def _changes() -> Schema:
    """Return the schema of the answer of GET /changes."""
    return answered(
        {
            "cursor": text(minLength=1, description="Send it as `after` next time."),
            "hasMore": {"type": "boolean", "description": "Whether to ask again at once."},
            "results": list_of(ref("Target")),
        }
    )


def _template() -> Schema:
    """Return the schema of a template with its custom fields."""
    return answered(
        {
            "key": text(MAX_KEY_LENGTH),
            "name": text(MAX_DEFAULT_TEXT_LENGTH),
            "fields": list_of(ref("TemplateField")),
            "jsonSchema": {
                "type": "object",
                "additionalProperties": True,
                "description": "The JSON Schema (2020-12) of the body of an import with this template. What it "
                "accepts, the API accepts, as far as a schema can say it.",
            },
        }
    )


def _template_field() -> Schema:
    """Return the schema of one custom field of a template."""
    return answered(
        {
            "key": text(MAX_KEY_LENGTH),
            "label": text(MAX_DEFAULT_TEXT_LENGTH),
            "type": known_values(CustomField.Type.values),
            "unit": text(32),
            "required": {"type": "boolean", "description": "A create without a value is rejected."},
            "choices": list_of(text(MAX_DEFAULT_TEXT_LENGTH)),
        }
    )


def _health() -> Schema:
    """Return the schema of the answer of GET /integration/health."""
    paused = answered({"sourceSystem": text(), "pausedAt": DATE_TIME, "reason": text()})
    token = answered(
        {
            "name": text(),
            "scopes": list_of(known_values(Scope.values)),
            "sourceSystems": list_of(text()),
            "expiresAt": DATE_TIME,
        },
        {"pausedSourceSystems": list_of(paused, description="Absent if none is paused. Their imports are refused.")},
    )
    status = text(description="Always `ok`: a service that is not well answers 503.")
    return answered({"status": status, "serverTime": DATE_TIME, "version": text(), "token": token})
