from typing import Any

from rest_framework import serializers

from templates.models import TargetTemplate

from . import jsonschema


class TargetTemplateSerializer(serializers.BaseSerializer[TargetTemplate]):
    """A template as a contract: its fields, and the schema of what may be sent for it."""

    def to_representation(self, instance: TargetTemplate) -> dict[str, Any]:
        names = ("key", "label", "type", "unit", "required", "choices")
        fields = [{name: getattr(field, name) for name in names} for field in instance.active_fields]
        own = {"key": instance.key, "name": instance.name, "fields": fields}
        return own | {"jsonSchema": jsonschema.import_body(instance)}
