"""What the API answers about targets and templates."""

from typing import Any

from rest_framework import serializers

from targets import json_schema, paths
from targets.api.document_field import Schema
from targets.api.target_document import answer_schema
from targets.models import Target
from templates.models import TargetTemplate


class TargetSerializer(serializers.BaseSerializer[Target]):
    """A target in the shape in which it was sent, with what the service adds to it."""

    def to_representation(self, instance: Target) -> dict[str, Any]:
        """Return the answer: id, status, the fields as they are sent, and the times of the first and the last write.

        A field without a value is None, but sourceVersion or sourceUpdatedAtUtc is absent if it was never sent.
        """
        identity = {"id": instance.pk, "status": instance.status}
        versions = {"sourceVersion": instance.source_version, "sourceUpdatedAtUtc": instance.source_updated_at}
        known_versions = {name: version for name, version in versions.items() if version is not None}
        times = {"createdAt": instance.created_at, "updatedAt": instance.updated_at}
        return identity | paths.to_document(instance) | known_versions | times


def target_answer_schema() -> Schema:
    """Return the JSON Schema (2020-12) of what TargetSerializer answers."""
    sent = answer_schema()
    moment = {"type": "string", "format": "date-time"}
    added = {
        "id": {"type": "integer", "minimum": 1},
        "status": {
            "type": "string",
            "description": "A later version may add statuses.",
            "x-extensible-enum": list(Target.Status.values),
        },
        "createdAt": moment,
        "updatedAt": moment,
    }
    return sent | {
        "description": "A target in the shape in which it is sent. What has no value is null.",
        "properties": added | sent["properties"],
        "required": [*added, *sent["required"]],
    }


class TargetTemplateSerializer(serializers.BaseSerializer[TargetTemplate]):
    """A template: its active custom fields, and the JSON Schema of what may be sent for it."""

    def to_representation(self, instance: TargetTemplate) -> dict[str, Any]:
        """Return the answer with "key", "name", "fields" and "jsonSchema", which is the JSON Schema of an import.

        "fields" has the active custom fields, each with its key, label, type, unit, required and choices.
        """
        names = ("key", "label", "type", "unit", "required", "choices")
        fields = [{name: getattr(field, name) for name in names} for field in instance.active_fields]
        schema = json_schema.import_body(instance)
        return {"key": instance.key, "name": instance.name, "fields": fields, "jsonSchema": schema}
