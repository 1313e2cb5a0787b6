"""The columns of exported import jobs and import items."""

from import_export import fields

from importjobs.models import ImportItem, ImportJob
from ordinavo.common.admin.exports import ListResource
from ordinavo.common.json_codec import dumps


class ImportJobResource(ListResource):
    """One row for each import job, with its counters."""

    source_system = fields.Field("source_system__key", "source_system")

    class Meta:
        model = ImportJob
        fields = [
            "id", "source_system", "operation", "status", "total_items", "created_items", "updated_items",
            "cancelled_items", "skipped_items", "rejected_items", "warning_items", "submitted_by", "batch_id",
            "correlation_id", "created_at", "finished_at",
        ]  # fmt: skip
        export_order = fields


class ImportItemResource(ListResource):
    """One row for each import item, with its first error, its handling and its payload."""

    source_system = fields.Field("job__source_system__key", "source_system")
    received_at = fields.Field("job__created_at", "received_at")
    payload = fields.Field("payload", "payload")

    class Meta:
        model = ImportItem
        fields = [
            "id", "job", "position", "source_system", "received_at", "external_id", "status", "error_code",
            "error_message", "handling", "handled_by", "handled_at", "handling_note", "payload",
        ]  # fmt: skip
        export_order = fields

    def dehydrate_payload(self, item: ImportItem) -> str:
        """Return the payload as JSON text on one line, for the column `payload`."""
        return dumps(item.payload).decode()
