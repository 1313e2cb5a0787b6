from typing import Any

from django.contrib import admin
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display

from importjobs.admin.exports import ImportItemResource, ImportJobResource
from importjobs.admin.list_filters import (
    ErrorFilter,
    HandlingFilter,
    OperationFilter,
    RecentItemFilter,
    RecentJobFilter,
    RejectedFilter,
)
from importjobs.admin.replay_views import ReplayViews
from importjobs.models import ImportItem, ImportJob
from ordinavo.common.admin.display import STATUS_VARIANTS, BoundedPaginator, badge, status_badge
from ordinavo.common.admin.exports import ExportedAdmin
from ordinavo.common.admin.list_filters import MomentRangeFilter
from ordinavo.common.codes import Code
from ordinavo.common.json_codec import dumps
from targets.admin.display import label, shown

SHOWN_ITEMS = 100
_REMEDIES = {code.value: code.staff_remedy for code in Code.item_errors()}


class RecordAdmin(ExportedAdmin, ModelAdmin):
    """Records of what happened: to be read, not to be changed."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    list_filter_submit = True
    list_fullwidth = True
    actions_detail_hide_default = True  # the record is its own history

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_replay_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        return request.user.has_perm("importjobs.replay_importitem")


@admin.register(ImportJob)
class ImportJobAdmin(RecordAdmin):
    resource_classes = [ImportJobResource]
    list_display = [
        "number", "shown_status", "source_system", "operation", "total_items", "created_items", "updated_items",
        "cancelled_items", "skipped_items", "rejected_items", "warning_items", "duration", "submitted_by", "created_at",
    ]  # fmt: skip
    sortable_by = ["number", "created_at"]
    list_filter = [
        "status",
        RejectedFilter,
        "source_system",
        OperationFilter,
        RecentJobFilter,
        ("created_at", MomentRangeFilter),
    ]
    list_select_related = ["source_system"]
    search_fields = ["correlation_id"]
    search_help_text = _("Job number, correlation id, batch id or external id, in full")
    change_form_after_template = "admin/importjobs/importjob/items.html"
    actions_detail = ["replay_rejected"]
    fieldsets = [
        (None, {"fields": [
            ("shown_status", "operation"), ("source_system", "submitted_by"), ("created_at", "duration"),
            ("batch_id", "correlation_id"), ("total_items", "warning_items"), ("created_items", "updated_items"),
            ("cancelled_items", "skipped_items"), "rejected_items",
        ]}),
    ]  # fmt: skip
    readonly_fields = ["shown_status", "duration"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ImportJob], search_term: str
    ) -> tuple[QuerySet[ImportJob], bool]:
        """By whole values, each of which has an index: four ways in, not one slow one."""
        if not (text := search_term.strip()):
            return queryset, False
        found = set(ImportItem.objects.filter(external_id=text).values_list("job", flat=True)[:1000])
        found |= set(ImportJob.objects.filter(correlation_id=text).values_list("pk", flat=True)[:1000])
        found |= set(ImportJob.objects.filter(batch_id=text).values_list("pk", flat=True)[:1000])
        if text.isascii() and text.isdigit() and len(text) < 19:
            found.add(int(text))
        return queryset.filter(pk__in=found), False

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        job = context["original"]
        rejected_first = Case(When(status=ImportItem.Status.REJECTED, then=0), default=1)
        items = job.items.order_by(rejected_first, "position")[:SHOWN_ITEMS]
        context |= {"items": [(item, STATUS_VARIANTS[item.status]) for item in items], "remedies": _REMEDIES}
        return super().render_change_form(request, context, *args, **kwargs)

    @action(description=_("Fix and replay what was rejected"), icon="replay", permissions=["replay"], url_path="replay")
    def replay_rejected(self, request: HttpRequest, object_id: str) -> HttpResponse:
        items = ImportItem.objects.filter(job=self.get_object(request, object_id))
        return self.admin_site.get_model_admin(ImportItem).check_many(request, items)

    @display(description=_("job"), ordering="id")
    def number(self, job: ImportJob) -> int:
        return job.pk

    @display(description=_("status"))
    def shown_status(self, job: ImportJob) -> SafeString:
        return status_badge(job)

    @display(description=_("duration"))
    def duration(self, job: ImportJob) -> str:
        if job.finished_at is None:
            return "–"
        milliseconds = (job.finished_at - job.created_at).total_seconds() * 1000
        return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"


@admin.register(ImportItem)
class ImportItemAdmin(ReplayViews, RecordAdmin):
    resource_classes = [ImportItemResource]
    list_display = [
        "number", "shown_status", "error_message", "shown_handling", "source_system", "job", "received",
    ]  # fmt: skip
    sortable_by = ["number"]
    list_filter = [
        "status",
        HandlingFilter,
        ErrorFilter,
        "job__source_system",
        RecentItemFilter,
        ("job__created_at", MomentRangeFilter),
    ]
    search_fields = ["external_id"]
    search_help_text = _("External id, in full")
    ordering = ["-id"]
    actions = ["replay_selected", "dismiss_selected"]
    actions_detail = ["replay_this", "dismiss_this"]
    change_form_after_template = "admin/importjobs/importitem/details.html"
    fields = [("number", "shown_status"), ("source_system", "received"), ("job", "target")]
    readonly_fields = ["number", "shown_status", "source_system", "received"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportItem]:
        return super().get_queryset(request).select_related("job__source_system", "target", "replay_of")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ImportItem], search_term: str
    ) -> tuple[QuerySet[ImportItem], bool]:
        return queryset.filter(external_id=search_term.strip()) if search_term.strip() else queryset, False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup == "job__id__exact" or super().lookup_allowed(lookup, value, request)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        item = context["original"]
        context |= {
            "errors_and_remedies": [(error, _REMEDIES.get(error["code"], "")) for error in item.errors],
            "changes": [
                (label(change["field"]), shown(change["field"], change["from"]), shown(change["field"], change["to"]))
                for change in item.changes
            ],
            "payload": dumps(item.payload, indent=True).decode(),
            "replays": item.replays.select_related("job"),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description=_("external id"), ordering="id")
    def number(self, item: ImportItem) -> str:
        return item.external_id or str(_("(no external id)"))

    @display(description=_("status"))
    def shown_status(self, item: ImportItem) -> SafeString:
        return status_badge(item)

    @display(description=_("handling"))
    def shown_handling(self, item: ImportItem) -> str:
        if item.status != ImportItem.Status.REJECTED:
            return "–"
        return badge(item.get_handling_display()) if item.handling else badge(_("Open"), "warning")

    @display(description=_("source system"))
    def source_system(self, item: ImportItem) -> str:
        return str(item.job.source_system)

    @display(description=_("received at"), ordering="id")
    def received(self, item: ImportItem) -> Any:
        return item.job.created_at
