"""The admin pages of source systems and targets."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.db import OperationalError, transaction
from django.db.models import PROTECT, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localdate
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from ordinavo.common.admin.display import BoundedPaginator, badge, finding_name
from ordinavo.common.admin.exports import ExportedAdmin
from ordinavo.common.admin.list_filters import DayRangeFilter
from ordinavo.common.lock_waits import is_lock_timeout
from targets import corrections, rules, window_warnings
from targets.admin import custom_field_inputs
from targets.admin.bulk_actions import BulkActions
from targets.admin.day_views import DayViews
from targets.admin.exports import TargetResource
from targets.admin.fieldsets import for_readers, target_fieldsets
from targets.admin.forms import CorrectionForm
from targets.admin.list_filters import CityFilter, CorrectedFilter, DayFilter, DueFilter, StateFilter, WarningFilter
from targets.admin.source_system_forms import SourceSystemForm
from targets.admin.source_system_views import SourceSystemViews
from targets.admin.target_columns import TargetColumns
from targets.admin.target_views import TargetViews
from targets.finding_texts import finding_text
from targets.models import SourceSystem, Target
from targets.search import SEARCHED, search


class SourceSystemAdmin(SourceSystemViews):
    """The list and the page of source systems. `inbound.admin.source_systems` adds their tokens and registers them."""

    form = SourceSystemForm
    fields = ["key", "name", "active", "default_template", "time_zone", "expected_hours"]
    list_display = ["name", "key", "state", "default_template", "time_zone"]
    list_filter = [StateFilter]
    list_select_related = ["default_template"]
    search_fields = ["name", "key"]
    actions_detail = ["pause_this", "resume_this"]
    change_form_outer_before_template = "admin/targets/sourcesystem/paused.html"

    def get_readonly_fields(self, request: Any, obj: SourceSystem | None = None) -> list[str]:
        """Return ["key"] for a stored source system, as imports name it by its key, which must not change.

        An empty list for a new one.
        """
        return ["key"] if obj else []

    def save_model(self, request: Any, obj: SourceSystem, form: Any, change: bool) -> None:
        """Store a new source system, or only the changed columns of a stored one.

        Writing all columns could undo a pause that somebody else begins at the same moment. If the time zone changed,
        the warnings of the coming targets are computed anew after the commit, when imports use the new time zone.
        """
        obj.save(update_fields=form.changed_data if change else None)
        if change and "time_zone" in form.changed_data:
            transaction.on_commit(lambda: self._refresh_warnings(request, obj))

    def _refresh_warnings(self, request: Any, system: SourceSystem) -> None:
        """Compute the warnings of targets with a route date from today on anew. A message says if some are left out."""
        if not window_warnings.refresh(system, localdate()):
            text = gettext("There are many targets. Later ones keep their warnings until their next import.")
            messages.warning(request, text)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user may delete a source system, which nothing must refer to: no target and no import job.

        Without a source system, return whether the user may delete any.
        """
        return super().has_delete_permission(request, obj) and not (obj and _is_in_use(obj))

    @display(description=_("status"))
    def state(self, system: SourceSystem) -> SafeString:
        """Return as HTML the badges of the source system: whether it is active, and whether it is paused."""
        active = badge(gettext("Active"), "success") if system.active else badge(gettext("Inactive"))
        if not system.paused_at:
            return active
        paused = badge(gettext("Paused"), "warning")
        return format_html("{} {}", active, paused) if not system.active else paused


def _is_in_use(system: SourceSystem) -> bool:
    """Return whether rows refer to a source system that forbid its deletion, such as targets and import jobs."""
    protecting = [relation.field for relation in system._meta.related_objects if relation.on_delete is PROTECT]
    return any(field.model._base_manager.filter(**{field.name: system}).exists() for field in protecting)


@admin.register(Target)
class TargetAdmin(TargetColumns, DayViews, ExportedAdmin, TargetViews, BulkActions):
    """The list of targets, and the page on which staff correct one. Only imports create targets."""

    form = CorrectionForm
    resource_classes = [TargetResource]
    list_display = [
        "number", "title", "customer_name", "city", "day", "due_day", "window", "priority_column",
        "status_column", "warnings_column",
    ]  # fmt: skip
    more_columns = [
        "source_system", "template", "customer_number", "customer_contact_name", "customer_phone", "customer_email",
        "street", "postal_code", "location_name", "external_type", "estimated_work_minutes", "updated_at",
    ]  # fmt: skip
    phone_lines = [
        ["number", "status_column", "priority_column"], ["city", "title"], ["day", "window", "warnings_column"],
    ]  # fmt: skip
    list_display_links = ["number", "title"]
    sortable_by = ["number", "customer_name", "city", "day", "window", "updated_at"]
    list_filter = [
        "status", DayFilter, ("route_date", DayRangeFilter), ("due_date", DueFilter), CityFilter, WarningFilter,
        CorrectedFilter, "priority", "source_system", "template",
    ]  # fmt: skip
    list_filter_submit = True
    list_select_related = ["source_system", "template"]
    search_fields = SEARCHED
    search_help_text = _(
        "External id, title, customer, contact, phone, email, location, address, or the ids of customer and location"
    )
    date_hierarchy = "route_date"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    actions_detail = ["cancel_this", "reopen_this"]
    readonly_fields = [
        "source_system", "external_id", "state", "corrected", "map_link", "custom_values", "latest",
        "created_at", "updated_at", "window", "revenue",
    ]  # fmt: skip
    fieldsets = target_fieldsets()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Target]:
        """Return all targets, each read together with its source system and template."""
        return super().get_queryset(request).select_related("source_system", "template")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Target | None:
        """Return a target, or None if there is none with this id.

        For a POST its row is locked until the transaction ends, so that no import changes it before it is saved. Then
        it raises TransactionManagementError outside of a transaction; Django's page to change an object opens one. If
        another transaction holds the row for longer than PostgreSQL's lock_timeout, the target is returned as it is
        stored, with `is_locked_by_another`, so that the form shows an error and keeps what was typed.
        """
        target = super().get_object(request, object_id, from_field)
        if target and request.method == "POST":
            try:
                with transaction.atomic():
                    return corrections.lock_target(target.pk)
            except OperationalError as error:
                if not is_lock_timeout(error):
                    raise
                target.is_locked_by_another = True
        return target

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Target], search_term: str
    ) -> tuple[QuerySet[Target], bool]:
        """Return the targets in which every searched word begins one of its words, or all if there is no word.

        The second value is False: no target comes twice.
        """
        return search(queryset, search_term), False

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """Return the list, without the drill-down by date for a search: it would read every match to find the years."""
        changelist = super().get_changelist_instance(request)
        if changelist.query:
            changelist.date_hierarchy = None
        return changelist

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Return the form class for a target, with inputs for its custom fields if the user may change it.

        Each call makes a new class, because the inputs depend on the target's template.
        """
        if obj and self.has_change_permission(request, obj):
            kwargs["form"] = type("TargetForm", (CorrectionForm,), custom_field_inputs.build_inputs(obj))
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Return the sections of the page as Django's fieldsets: the declared ones, custom fields, and the history."""
        record = (_("History"), {"fields": ["latest", ("created_at", "updated_at")]})
        fieldsets = [*self.fieldsets, *self._custom_fieldsets(request, obj), record]
        return fieldsets if self.has_change_permission(request, obj) else for_readers(fieldsets)

    def _custom_fieldsets(self, request: HttpRequest, target: Target) -> Iterator[Any]:
        """Yield a section for the template's custom fields, and one for stored fields that it does not define.

        An empty section is left out. A user who may not change the target gets one section with the values as text.
        """
        if not self.has_change_permission(request, target):
            yield _("Custom fields"), {"fields": ["custom_values"]}
            return
        undefined = [path for path, _value in custom_field_inputs.undefined_values(target)]
        defined = [path for path in custom_field_inputs.build_inputs(target) if path not in undefined]
        if defined:
            yield _("Custom fields"), {"fields": defined}
        if undefined:
            description = gettext("The template does not define these fields. They are stored as they were sent.")
            yield _("Other fields"), {"fields": undefined, "description": description}

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Return False: only imports create targets."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return False: targets are cancelled, never deleted."""
        return False

    def save_model(self, request: Any, obj: Target, form: Any, change: bool) -> None:
        """Store what staff changed as corrections with the user's name, and record a TargetEdit.

        Writes the stored row; `obj` itself is not saved. A form without a change stores nothing. A message tells each
        warning that the target did not have before, and another what others changed since the page was opened.
        """
        values, follow = form.corrected_values(), form.followed_paths
        if values or follow:
            corrections.correct(target=obj, values=values, follow=follow, by=request.user.get_username())
        for warning in rules.warnings_of(obj):
            if warning.message not in form.stored_warnings:
                messages.warning(request, f"{finding_name(warning.code)}: {finding_text(warning)}")
        if form.merged:
            messages.info(request, form.merged_text())
