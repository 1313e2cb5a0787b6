from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import localize
from django.utils.html import format_html_join
from django.utils.timezone import localtime
from unfold.admin import ModelAdmin

from . import operations
from .forms import CorrectionForm
from .models import SourceSystem, Target

SHOWN_IMPORTS = 20


@admin.register(SourceSystem)
class SourceSystemAdmin(ModelAdmin):
    list_display = ["name", "key", "active", "default_template"]
    list_filter = ["active"]
    search_fields = ["name", "key"]

    def get_readonly_fields(self, request: Any, obj: SourceSystem | None = None) -> list[str]:
        return ["key"] if obj else []  # systems send it


@admin.register(Target)
class TargetAdmin(ModelAdmin):
    """Targets come in by imports alone; staff correct them, and what they correct stays."""

    form = CorrectionForm
    list_display = [
        "external_id", "title", "customer_name", "city", "route_date", "priority", "status",
        "source_system",
    ]  # fmt: skip
    list_filter = ["status", "source_system", "template", "priority", "route_date"]
    list_select_related = ["source_system"]
    search_fields = ["external_id", "title", "customer_name", "street", "postal_code", "city"]
    search_help_text = "External id, title, customer, street, postal code or city"
    date_hierarchy = "route_date"
    show_full_result_count = False
    readonly_fields = [
        "source_system", "external_id", "status", "cancellation_note", "corrected", "imports",
        "created_at", "updated_at",
    ]  # fmt: skip
    fieldsets = [
        (None, {"fields": [
            "title", "description", ("external_id", "external_type"),
            ("source_system", "template"), ("status", "cancellation_note"), "corrected", "seen",
        ]}),
        ("Customer", {"fields": [
            ("customer_name", "customer_contact_name"), ("customer_phone", "customer_email"),
        ]}),
        ("Address", {"fields": [
            "street", ("postal_code", "city", "country"), ("latitude", "longitude"),
        ]}),
        ("Planning", {"fields": [
            "route_date", "due_at", "time_window_start", "time_window_end",
            ("estimated_work_minutes", "priority", "fixed_time"),
        ]}),
        ("Business value", {"fields": [
            ("expected_revenue", "customer_tier", "close_probability"),
        ]}),
        ("Custom fields", {"fields": ["custom_fields"]}),
        ("Imports", {"fields": ["imports", ("created_at", "updated_at")]}),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Target]:
        return super().get_queryset(request).select_related("source_system", "template")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: Any, obj: Target, form: Any, change: bool) -> None:
        values = form.corrected_values()
        if values:
            operations.correct(target=obj, values=values, by=request.user.get_username())

    @admin.display(description="Corrected by staff")
    def corrected(self, target: Target) -> str:
        notes = ((path, note["by"]) for path, note in target.corrections.items())
        return format_html_join(", ", "{} ({})", notes) or "Nothing: imports may change it all."

    @admin.display(description="Brought in by")
    def imports(self, target: Target) -> str:
        newest = target.import_items.select_related("job").order_by("-id")[:SHOWN_IMPORTS]
        return (
            format_html_join(
                "",
                '<div><a class="underline" href="{}">{}</a> by <a class="underline" href="{}">{}</a>, {}</div>',
                (
                    (
                        reverse("admin:importjobs_importitem_change", args=[item.pk]),
                        item.get_status_display(),
                        reverse("admin:importjobs_importjob_change", args=[item.job_id]),
                        item.job,
                        localize(localtime(item.job.created_at)),
                    )
                    for item in newest
                ),
            )
            or "No import is recorded."
        )
