"""The columns of exported import jobs and items. A file of rejected items can be corrected and imported again."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from django.db.models import QuerySet
from django.utils.timezone import get_current_timezone, get_current_timezone_name
from import_export import fields

from importjobs.admin.exported_payloads import custom_fields_of
from importjobs.files import payload_cells
from importjobs.files.reason_column import reason_heading
from importjobs.models import ImportItem, ImportJob
from ordinavo.common.admin.exports import ListResource, with_zone
from ordinavo.common.findings import cut
from ordinavo.common.json_codec import dumps
from ordinavo.common.limits import MAX_CELL_LENGTH
from targets import time_zones
from targets.finding_texts import finding_text
from targets.paths import CUSTOM_PREFIX


class RecordResource(ListResource):
    """Columns that are named as in the API. Times are local in the time zone of the site, which their heading names."""

    def get_export_headers(self, *args: Any, **options: Any) -> list[str]:
        """Return the headings."""
        zone = get_current_timezone_name()
        return [with_zone(name, [zone]) if name.endswith("At") else name for name in super().get_export_headers()]

    def _cell(self, field: Any, options: dict[str, Any]) -> Callable[[Any], Any]:
        """Return the function for one column."""
        if field.column_name.endswith("At"):
            return partial(_moment_cell, field=field, is_native=bool(options.get("force_native_type")))
        return super()._cell(field, options)


class ImportJobResource(RecordResource):
    """One row for each import job, with its counters."""

    id = fields.Field("id", "importJobId")
    source_system = fields.Field("source_system__key", "sourceSystem")
    total_items = fields.Field("total_items", "totalItems")
    created_items = fields.Field("created_items", "createdItems")
    updated_items = fields.Field("updated_items", "updatedItems")
    cancelled_items = fields.Field("cancelled_items", "cancelledItems")
    skipped_items = fields.Field("skipped_items", "skippedItems")
    rejected_items = fields.Field("rejected_items", "rejectedItems")
    warning_items = fields.Field("warning_items", "warningItems")
    submitted_by = fields.Field("submitted_by", "submittedBy")
    batch_id = fields.Field("batch_id", "batchId")
    correlation_id = fields.Field("correlation_id", "correlationId")
    created_at = fields.Field("created_at", "receivedAt")
    finished_at = fields.Field("finished_at", "finishedAt")

    class Meta:
        model = ImportJob
        fields = [
            "id", "source_system", "operation", "status", "total_items", "created_items", "updated_items",
            "cancelled_items", "skipped_items", "rejected_items", "warning_items", "submitted_by", "batch_id",
            "correlation_id", "created_at", "finished_at", "failure",
        ]  # fmt: skip
        export_order = fields


class ImportItemResource(RecordResource):
    """One row for each import item: what became of it and why, its handling, and its payload in columns.

    The columns of the payload are named by the paths of the API, as in the export of targets, and their times are local
    in the time zone of the source system. So an import of the file reads the payload again, and ignores all else.
    """

    id = fields.Field("id", "importItemId")
    job = fields.Field("job_id", "importJobId")
    position = fields.Field("position", "index")
    received_at = fields.Field("job__created_at", "receivedAt")
    error_code = fields.Field("errors", "errorCode")
    error_field = fields.Field("errors", "errorField")
    reason = fields.Field("errors")
    warnings = fields.Field("warnings", "warnings")
    handled_by = fields.Field("handled_by", "handledBy")
    handled_at = fields.Field("handled_at", "handledAt")
    handling_note = fields.Field("handling_note", "handlingNote")
    payload = fields.Field("payload", "payload")

    also_read = (
        "job__source_system__key",
        "job__source_system__time_zone",
        "job__source_system__default_template__key",
    )

    class Meta:
        model = ImportItem
        fields = [
            "id", "job", "position", "received_at", "status", "error_code", "error_field", "reason", "warnings",
            "handling", "handled_by", "handled_at", "handling_note", "payload",
        ]  # fmt: skip
        export_order = fields

    def __init__(self, **options: Any) -> None:
        """Name the column of the reasons as in a file of rejected rows, so that an import ignores it."""
        super().__init__(**options)
        self.fields["reason"].column_name = reason_heading()
        self._zones: list[str] = []
        self._custom_fields: dict[str, dict[str, str]] = {}

    def prepare(self, rows: QuerySet[ImportItem]) -> None:
        """Look up the custom fields that these rows need, and the time zones of their source systems. Three queries."""
        self._zones = time_zones.names_of(rows, "job__source_system__time_zone")
        self._custom_fields = custom_fields_of(rows)

    def get_export_headers(self, *args: Any, **options: Any) -> list[str]:
        """Return the headings: those of the item, then those of its payload, and at last that of the whole payload."""
        *own, payload = super().get_export_headers()
        moments = payload_cells.moment_paths()
        declared = [with_zone(path, self._zones) if path in moments else path for path in payload_cells.paths()]
        return [*own, *declared, *(f"{CUSTOM_PREFIX}{key}" for key in self._custom_fields), payload]

    def cells(self, **options: Any) -> list[Callable[[Any], Any]]:
        """Return for each column the function that returns its value for an item."""
        is_native = bool(options.get("force_native_type"))
        *own, payload = super().cells(**options)
        found = payload_cells.declared_cells(is_native=is_native)
        found |= {
            f"{CUSTOM_PREFIX}{key}": payload_cells.custom_cell(key, types, is_native=is_native)
            for key, types in self._custom_fields.items()
        }
        of_payload = {path: partial(_payload_cell, cell=cell) for path, cell in found.items()}
        return [*own, *(of_payload | {"sourceSystem": _source_system}).values(), payload]

    def dehydrate_error_code(self, item: ImportItem) -> str:
        """Return the codes of the item's errors, each once."""
        return _joined(error["code"] for error in item.errors)

    def dehydrate_error_field(self, item: ImportItem) -> str:
        """Return the paths of the fields that the item's errors are about, each once."""
        return _joined(error["field"] for error in item.errors)

    def dehydrate_reason(self, item: ImportItem) -> str:
        """Return the errors as sentences in the language of the export."""
        return _sentences(item.errors)

    def dehydrate_warnings(self, item: ImportItem) -> str:
        """Return the warnings as sentences in the language of the export."""
        return _sentences(item.warnings)

    def dehydrate_payload(self, item: ImportItem) -> str:
        """Return the payload as JSON text on one line, as it was sent, cut to what a cell can hold."""
        return cut(dumps(item.payload).decode(), MAX_CELL_LENGTH)


def _payload_cell(item: ImportItem, cell: payload_cells.CellOf) -> Any:
    """Return a cell of the item's payload."""
    system = item.job.source_system
    template = system.default_template
    return cell(item.payload, system.zone, template.key if template else "")


def _source_system(item: ImportItem) -> str:
    """Return the key of the source system that sent the item."""
    return item.job.source_system.key


def _moment_cell(record: Any, field: Any, is_native: bool) -> Any:
    """Return a time of a record in the time zone of the site: a date-time, or text for CSV."""
    moment = field.get_value(record)
    if moment is None:
        return ""
    local = moment.astimezone(get_current_timezone()).replace(tzinfo=None, microsecond=0)
    return local if is_native else f"{local:%Y-%m-%d %H:%M:%S}"


def _joined(texts: Iterable[str]) -> str:
    """Return the texts that are not empty, each once, separated by commas."""
    return ", ".join(filter(None, dict.fromkeys(texts)))


def _sentences(findings: Iterable[Any]) -> str:
    """Return errors or warnings as sentences in the active language."""
    return " | ".join(map(finding_text, findings))
