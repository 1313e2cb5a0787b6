from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from templates.exactjson import dumps
from templates.findings import quote

from .models import ImportItem, ImportJob

SHOWN_ITEMS = 100


class RecordAdmin(ModelAdmin):
    """Records of what happened: to be read, not to be changed."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(ImportJob)
class ImportJobAdmin(RecordAdmin):
    list_display = [
        "id", "status", "source_system", "operation", "total_items", "rejected_items",
        "warning_items", "submitted_by", "created_at",
    ]  # fmt: skip
    list_filter = ["status", "source_system", "operation", "created_at"]
    list_select_related = ["source_system"]
    search_fields = ["id", "correlation_id", "items__external_id"]
    search_help_text = "Job number, correlation id or external id"
    fieldsets = [
        (None, {"fields": [
            ("status", "operation"), ("source_system", "submitted_by"), "correlation_id",
            ("created_at", "finished_at"),
            ("total_items", "created_items", "updated_items"),
            ("cancelled_items", "rejected_items", "warning_items"),
        ]}),
        ("Items", {"fields": ["first_items"]}),
    ]  # fmt: skip
    readonly_fields = ["first_items"]

    @admin.display(description="Rejected ones first")
    def first_items(self, job: ImportJob) -> SafeString:
        rejected_first = Case(When(status=ImportItem.Status.REJECTED, then=0), default=1)
        items = job.items.order_by(rejected_first, "position")[:SHOWN_ITEMS]
        shown = format_html_join(
            "",
            '<div><a class="underline" href="{}">{} {}</a> {}</div>',
            (
                (
                    reverse("admin:importjobs_importitem_change", args=[item.pk]),
                    item.external_id or "(no external id)",
                    item.get_status_display(),
                    " ".join(error["message"] for error in item.errors),
                )
                for item in items
            ),
        )
        all_items = reverse("admin:importjobs_importitem_changelist")
        link = format_html('<a class="underline" href="{}?job__id__exact={}">All items</a>', all_items, job.pk)
        return shown + link if job.total_items > SHOWN_ITEMS else shown


@admin.register(ImportItem)
class ImportItemAdmin(RecordAdmin):
    list_display = ["external_id", "status", "error_message", "source_system", "job", "target"]
    list_filter = ["status", "error_code", "job__source_system", "job__created_at"]
    search_fields = ["external_id"]
    ordering = ["-id"]
    fields = [
        ("external_id", "status"), ("job", "target"), "faults", "notices", "differences", "sent",
    ]  # fmt: skip
    readonly_fields = ["faults", "notices", "differences", "sent"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportItem]:
        return super().get_queryset(request).select_related("job__source_system", "target")

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "job__id__exact" or super().lookup_allowed(lookup, value, request)

    @admin.display(ordering="job__source_system")
    def source_system(self, item: ImportItem) -> str:
        return str(item.job.source_system)

    @admin.display(description="Errors")
    def faults(self, item: ImportItem) -> str:
        return _lines(error["message"] for error in item.errors)

    @admin.display(description="Warnings")
    def notices(self, item: ImportItem) -> str:
        return _lines(warning["message"] for warning in item.warnings)

    @admin.display(description="Changes")
    def differences(self, item: ImportItem) -> str:
        return _lines(
            f"{change['field']}: from {quote(change['from'])} to {quote(change['to'])}" for change in item.changes
        )

    @admin.display(description="Payload as sent")
    def sent(self, item: ImportItem) -> str:
        text = dumps(item.payload, indent=True).decode()
        return format_html('<pre class="whitespace-pre-wrap break-words">{}</pre>', text)


def _lines(sentences: Iterable[str]) -> str:
    return format_html_join("", "<div>{}</div>", ((text,) for text in sentences)) or "None."
