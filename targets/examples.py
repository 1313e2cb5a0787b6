"""Example payloads for a template, made from the declared examples of the fields."""

from typing import Any

from targets.api.target_document import example_document
from targets.models import SourceSystem
from templates.models import TargetTemplate

_MINIMAL = ("sourceSystem", "externalId", "operation", "templateKey", "title")


def payload(template: TargetTemplate, *, complete: bool) -> dict[str, Any]:
    """Return an example document to send for a template: every field that has an example, or only the necessary ones.

    The necessary ones, returned if `complete` is false, are sourceSystem, externalId, operation, templateKey, title and
    the required custom fields. Inactive custom fields are left out; "customFields" is absent if none is left. The
    source system is the active one whose key sorts first, or "your_source_system" if there is none. Makes two queries.
    """
    source_system = SourceSystem.objects.filter(active=True).order_by("key").first()
    custom_fields = {
        field.key: field.field_type.example
        for field in template.fields.filter(active=True)
        if complete or field.required
    }
    document = example_document() | {"templateKey": template.key}
    if source_system:
        document["sourceSystem"] = source_system.key
    if custom_fields:
        document["customFields"] = custom_fields
    return {name: value for name, value in document.items() if complete or name in (*_MINIMAL, "customFields")}
