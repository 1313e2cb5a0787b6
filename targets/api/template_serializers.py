from typing import Any

from rest_framework import serializers

from targets import json_schema
from templates.models import TargetTemplate


class TargetTemplateSerializer(serializers.BaseSerializer[TargetTemplate]):
    """A template as a contract: its fields, and the schema of what may be sent for it."""

    def to_representation(self, instance: TargetTemplate) -> dict[str, Any]:
        names = ("key", "label", "type", "unit", "required", "choices")
        fields = [{name: getattr(field, name) for name in names} for field in instance.active_fields]
        own = {"key": instance.key, "name": instance.name, "fields": fields}
        return own | {"jsonSchema": json_schema.import_body(instance)}
