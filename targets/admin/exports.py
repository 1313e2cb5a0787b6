"""The columns of exported targets."""

from import_export import fields

from ordinavo.common.admin.exports import ListResource
from ordinavo.common.json_codec import dumps
from targets import paths
from targets.models import Target


class TargetResource(ListResource):
    """One row for each target, with all fields of the API and its custom fields."""

    source_system = fields.Field("source_system__key", "sourceSystem")
    external_id = fields.Field("external_id", "externalId")
    template = fields.Field("template__key", "templateKey")
    custom_fields = fields.Field("custom_fields", "customFields")

    class Meta:
        model = Target
        fields = [
            "id",
            "source_system",
            "external_id",
            "status",
            "template",
            *paths.PATH_BY_COLUMN,
            "custom_fields",
            "updated_at",
        ]
        export_order = fields

    def dehydrate_custom_fields(self, target: Target) -> str:
        """Return the custom fields for their column: JSON on one line, "{}" if there are none."""
        return dumps(target.custom_fields).decode()
