"""The admin pages of import jobs and import items."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from importjobs.admin.cause_views import CauseViews
from importjobs.admin.exports import ImportItemResource, ImportJobResource
from importjobs.admin.job_columns import COUNTERS, JobColumns
from importjobs.admin.job_views import JobViews, background_context
from importjobs.admin.list_filters import (
    ErrorFilter,
    HandlingFilter,
    OperationFilter,
    RecentItemFilter,
    RecentJobFilter,
    RejectedFilter,
    WarningFilter,
)
from importjobs.admin.upload_step import staff_remedy
from importjobs.admin.upload_views import UploadViews
from importjobs.item_templates import template_for
from importjobs.models import ImportItem, ImportJob
from ordinavo.common import identifiers
from ordinavo.common.admin.display import (
    MAX_LISTED_BADGES,
    STATUS_VARIANTS,
    badge,
    finding_name,
    status_badge,
    warning_badges,
)
from ordinavo.common.admin.exports import ExportedAdmin
from ordinavo.common.admin.list_filters import MomentRangeFilter
from ordinavo.common.admin.lists import UnchangedListAdmin
from ordinavo.common.json_codec import dumps
from ordinavo.common.local_days import moment_text
from targets.admin.display import change_rows
from targets.finding_texts import finding_text
from targets.rules import TARGET_WARNINGS

SHOWN_ITEMS = 25
"""The largest number of items that the page of a job lists. The page links to the list of all."""
MAX_SHOWN_ATTEMPTS = 3
"""The newest failed replays of an item that its page shows."""
MAX_SEARCHED_ITEMS = 1000
"""The largest number of rows that a search in the list of jobs reads for each kind of id."""


class RecordAdmin(ExportedAdmin, UnchangedListAdmin):
    """Pages of records: staff read and export them, and change nothing."""

    list_filter_submit = True
    actions_detail_hide_default = True  # hides the link to a history, which a record does not have

    def has_replay_permission(self, request: HttpRequest, object_id: Any = None) -> bool:
        """Return whether the user may replay and dismiss rejected items, which does not depend on the object."""
        return request.user.has_perm("importjobs.replay_importitem")


def item_warnings(item: ImportItem) -> SafeString:
    """Return as HTML badges of the codes of an item's warnings, each once; empty if it has none.

    Warnings about the values of the target come first, because a dispatcher has to look at these.
    """
    codes = dict.fromkeys(warning["code"] for warning in item.warnings)
    return warning_badges(sorted(codes, key=lambda code: code not in TARGET_WARNINGS), MAX_LISTED_BADGES)


@admin.register(ImportJob)
class ImportJobAdmin(JobColumns, UploadViews, JobViews, RecordAdmin):
    """The list of import jobs, and the page of a job with its items."""

    resource_classes = [ImportJobResource]
    list_display = [
        "number", "status_column", "rejected_column", "received", "source_system", "total_items", "counts_column",
        "operation_column", "duration", "submitted_by",
    ]  # fmt: skip
    more_columns = [*COUNTERS, "batch_id", "correlation_id", "finished_at"]
    phone_lines = [
        ["number", "status_column", "rejected_column"], ["received", "source_system"], ["counts_column"],
    ]  # fmt: skip
    sortable_by = ["number", "received"]
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
    change_form_before_template = "admin/importjobs/importjob/job_progress.html"
    actions_list = ["upload_file"]
    actions_detail = ["replay_rejected", "abort_job", "resume_job"]
    fieldsets = [
        (None, {"fields": [
            ("status_column", "operation_column"), ("source_system", "submitted_by"), ("created_at", "duration"),
            ("batch_id", "correlation_id"), ("total_items", "counts_column"), ("rejected_column", "untried"),
        ]}),
    ]  # fmt: skip
    readonly_fields = ["status_column", "operation_column", "duration", "counts_column", "rejected_column", "untried"]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ImportJob], search_term: str
    ) -> tuple[QuerySet[ImportJob], bool]:
        """Return the jobs of `queryset` with exactly this number, correlation id, batch id, or external id of an item.

        Returns all of `queryset` for a blank term. Reads at most MAX_SEARCHED_ITEMS matches for each of the three kinds
        of text; other matches are not found. Each kind is looked up by an index of its own, because one condition for
        all would read the whole table. The second value is False: no row comes twice.
        """
        if not (text := identifiers.normalise(search_term)):
            return queryset, False
        found = set(ImportItem.objects.filter(external_id=text).values_list("job", flat=True)[:MAX_SEARCHED_ITEMS])
        found |= set(ImportJob.objects.filter(correlation_id=text).values_list("pk", flat=True)[:MAX_SEARCHED_ITEMS])
        found |= set(ImportJob.objects.filter(batch_id=text).values_list("pk", flat=True)[:MAX_SEARCHED_ITEMS])
        if text.isascii() and text.isdigit() and len(text) < 19:
            found.add(int(text))
        return queryset.filter(pk__in=found), False

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page of a job with its first SHOWN_ITEMS items, the rejected ones before the others.

        The templates get them as `items`: the item, the colour of its status, and the badges of its warnings. They also
        get what `background_context` returns.
        """
        job = context["original"]
        rejected_first = Case(When(status=ImportItem.Status.REJECTED, then=0), default=1)
        items = job.items.order_by(rejected_first, "position")[:SHOWN_ITEMS]
        context |= {"items": [(item, STATUS_VARIANTS[item.status], item_warnings(item)) for item in items]}
        context |= background_context(job)
        return super().render_change_form(request, context, *args, **kwargs)

    @action(description=_("Replay rejected items"), icon="replay", permissions=["replay"], url_path="replay")
    def replay_rejected(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Return the page that shows what a replay of the job's open items would do. Nothing is replayed yet.

        Checks the first `replays.AT_ONCE` of them. For an unknown job, the page shows no item. Raises PermissionDenied
        if the user may not replay.
        """
        job = self.get_object(request, object_id)
        back = reverse("admin:importjobs_importjob_change", args=[job.pk]) if job else ""
        items = ImportItem.objects.filter(job=job)
        return self.admin_site.get_model_admin(ImportItem).show_check(request, items, back=back)


@admin.register(ImportItem)
class ImportItemAdmin(CauseViews, RecordAdmin):
    """The list of import items, and the page of an item with its errors, changes and payload."""

    resource_classes = [ImportItemResource]
    list_display = [
        "number", "status_column", "reason", "warnings_column", "handling_column", "source_system", "job",
        "received",
    ]  # fmt: skip
    phone_lines = [
        ["number", "status_column", "handling_column"], ["reason"], ["received", "source_system"],
    ]  # fmt: skip
    sortable_by = ["number"]
    list_filter = [
        "status",
        HandlingFilter,
        ErrorFilter,
        "job__source_system",
        RecentItemFilter,
        ("job__created_at", MomentRangeFilter),
        WarningFilter,
    ]
    search_fields = ["external_id"]
    search_help_text = _("External id, in full")
    ordering = ["-id"]
    actions = ["replay_selected", "dismiss_selected"]
    actions_detail = ["replay_this", "dismiss_this"]
    change_form_after_template = "admin/importjobs/importitem/details.html"
    fields = [("number", "status_column"), ("source_system", "received"), ("job", "target")]
    readonly_fields = ["number", "status_column", "source_system", "received"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[ImportItem]:
        """Return all items, joined with their job, source system and target and with the item that they replay."""
        return super().get_queryset(request).select_related("job__source_system", "target", "replay_of")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[ImportItem], search_term: str
    ) -> tuple[QuerySet[ImportItem], bool]:
        """Return the items of `queryset` with exactly this external id, or all of `queryset` for a blank term.

        The second value is False: no row comes twice.
        """
        external_id = identifiers.normalise(search_term)
        return queryset.filter(external_id=external_id) if external_id else queryset, False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Return whether the address of the list may filter by a lookup: True for the job's id, else as Django decides.

        The page of a job links to the list of its items this way.
        """
        return lookup == "job__id__exact" or super().lookup_allowed(lookup, value, request)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page of an item with its errors and their remedies, its changes, payload and replays.

        The template gets them as `errors_and_remedies` (pairs), `warnings_and_names` (pairs of a warning and its short
        name), `changes` (label, old and new value of each),
        `payload` (indented JSON) and `replays` (the items that replayed this one).
        """
        item = context["original"]
        context |= {
            "errors_and_remedies": [(error, staff_remedy(error["code"])) for error in item.errors],
            "warnings_and_names": [(warning, finding_name(warning["code"])) for warning in item.warnings],
            "changes": change_rows(item.changes),
            "own_labels": _custom_labels(item),
            "payload": dumps(item.payload, indent=True).decode(),
            "replays": item.replays.select_related("job"),
            "attempts": item.attempts.all()[:MAX_SHOWN_ATTEMPTS],
            "number_of_attempts": item.attempts.count(),
        }
        self.keep_filters(request, context)
        return super().render_change_form(request, context, *args, **kwargs)

    @display(description=_("external id"), ordering="id")
    def number(self, item: ImportItem) -> str:
        """Return the external id, or a translated note if it is empty."""
        return item.external_id or str(_("(no external id)"))

    @display(description=_("status"))
    def status_column(self, item: ImportItem) -> SafeString:
        """Return the item's translated status as a coloured badge in HTML."""
        return status_badge(item)

    @display(description=_("reason"))
    def reason(self, item: ImportItem) -> str:
        """Return the first error as a sentence for staff, or "" if the item was not rejected."""
        return finding_text(item.errors[0]) if item.errors else ""

    @display(description=_("warnings"))
    def warnings_column(self, item: ImportItem) -> SafeString:
        """Return as HTML badges of the codes of the item's warnings; empty if it has none."""
        return item_warnings(item)

    @display(description=_("handling"))
    def handling_column(self, item: ImportItem) -> str:
        """Return a badge in HTML ("Open", "Replayed", "Dismissed"; translated), or a dash for an item not rejected."""
        if item.status != ImportItem.Status.REJECTED:
            return "–"
        return badge(item.get_handling_display()) if item.handling else badge(_("Open"), "warning")

    @display(description=_("source system"))
    def source_system(self, item: ImportItem) -> str:
        """Return the name of the source system of the item's job."""
        return str(item.job.source_system)

    @display(description=_("received at"), ordering="id")
    def received(self, item: ImportItem) -> str:
        """Return the date and time at which the job was received, in the site's time zone and format."""
        return moment_text(item.job.created_at)


def _custom_labels(item: ImportItem) -> dict[str, str]:
    """Return the labels of the custom fields of the item's template, by path."""
    template = template_for(item, item.payload)
    return {field.path: field.label for field in template.fields.all()} if template else {}
