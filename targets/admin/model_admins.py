"""The admin pages of source systems and targets."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from ordinavo.common.admin.display import (
    MAX_LISTED_BADGES,
    BoundedPaginator,
    badge,
    status_badge,
    warning_badges,
)
from ordinavo.common.admin.exports import ExportedAdmin
from ordinavo.common.admin.list_filters import DayRangeFilter
from targets import corrections, paths
from targets.admin import custom_field_inputs, history
from targets.admin.display import EMPTY, PRIORITY_VARIANTS, display_value, field_label
from targets.admin.exports import TargetResource
from targets.admin.forms import CorrectionForm
from targets.admin.list_filters import CorrectedFilter, DayFilter, StateFilter, WarningFilter
from targets.admin.source_system_forms import SourceSystemForm
from targets.admin.source_system_views import SourceSystemViews
from targets.admin.target_views import TargetViews
from targets.api.target_document import admin_fieldsets
from targets.models import SourceSystem, Target
from targets.search import SEARCHED, search

LATEST_ENTRIES = 5
"""Entries of the history on the page of a target."""
MAP_URL = "https://www.openstreetmap.org/"


@admin.register(SourceSystem)
class SourceSystemAdmin(SourceSystemViews):
    """The list and the page of source systems."""

    form = SourceSystemForm
    fields = ["key", "name", "active", "default_template", "time_zone"]
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

        Writing all columns could undo a pause that somebody else begins at the same moment.
        """
        obj.save(update_fields=form.changed_data if change else None)

    @display(description=_("status"))
    def state(self, system: SourceSystem) -> SafeString:
        """Return as HTML the badges of the source system: whether it is active, and whether it is paused."""
        active = badge(gettext("Active"), "success") if system.active else badge(gettext("Inactive"))
        if not system.paused_at:
            return active
        paused = badge(gettext("Paused"), "warning")
        return format_html("{} {}", active, paused) if not system.active else paused


def _fieldsets() -> list[Any]:
    """Return the sections of the form as Django's fieldsets: the declared ones, with fields that only the admin has.

    Those are `state`, `corrected`, `opened_values` and, beside the country, `map_link`.
    """
    (_heading, own_rows), *sections = admin_fieldsets()
    return [
        (None, {"fields": ["state", *own_rows, "corrected", "opened_values"]}),
        *(
            (heading, {"fields": [(*row, "map_link") if "country" in row else row for row in rows]})
            for heading, rows in sections
        ),
    ]


@admin.register(Target)
class TargetAdmin(ExportedAdmin, TargetViews):
    """The list of targets, and the page on which staff correct one. Only imports create targets."""

    form = CorrectionForm
    resource_classes = [TargetResource]
    list_display = [
        "number", "title", "customer_name", "city", "day", "window", "priority_column",
        "status_column", "warnings_column",
    ]  # fmt: skip
    list_display_links = ["number", "title"]
    sortable_by = ["number", "customer_name", "city", "day"]
    list_filter = [
        "status", DayFilter, ("route_date", DayRangeFilter), WarningFilter, CorrectedFilter, "priority",
        "source_system", "template",
    ]  # fmt: skip
    list_filter_submit = True
    list_select_related = ["source_system"]
    list_fullwidth = True
    search_fields = SEARCHED
    search_help_text = _(
        "External id, title, customer, contact, location, address, or the ids of customer and location"
    )
    date_hierarchy = "route_date"
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    warn_unsaved_form = True
    actions = None
    actions_detail = ["cancel_this", "reopen_this"]
    readonly_fields = [
        "source_system", "external_id", "state", "corrected", "map_link", "custom_values", "latest",
        "created_at", "updated_at",
    ]  # fmt: skip
    fieldsets = _fieldsets()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Target]:
        """Return all targets, each read together with its source system and template."""
        return super().get_queryset(request).select_related("source_system", "template")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Target | None:
        """Return a target, or None if there is none with this id.

        For a POST its row is locked until the transaction ends, so that no import changes it before it is saved. Then
        it raises TransactionManagementError outside of a transaction; Django's page to change an object opens one.
        """
        target = super().get_object(request, object_id, from_field)
        if target and request.method == "POST":
            return corrections.lock_target(target.pk)
        return target

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Target], search_term: str
    ) -> tuple[QuerySet[Target], bool]:
        """Return the targets in which every searched word begins a word of SEARCHED, or all if there is no word.

        The second value is False: no target comes twice.
        """
        return search(queryset, SEARCHED, search_term), False

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
        return [*self.fieldsets, *self._custom_fieldsets(request, obj), record]

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

        Writes the stored row; `obj` itself is not saved. A form without a change stores nothing.
        """
        values, follow = form.corrected_values(), form.followed_paths
        if values or follow:
            corrections.correct(target=obj, values=values, follow=follow, by=request.user.get_username())

    # Columns ------------------------------------------------------------------------------

    @display(description=_("external id"), ordering="external_id")
    def number(self, target: Target) -> str:
        """Return the external id for its column."""
        return target.external_id

    @display(description=_("route date"), ordering="route_date")
    def day(self, target: Target) -> str:
        """Return the route date in the user's format, or a dash if there is none."""
        return date_format(target.route_date, "SHORT_DATE_FORMAT") if target.route_date else EMPTY

    @display(description=_("window"))
    def window(self, target: Target) -> str:
        """Return the time window in the site's time zone, such as "09:00–12:00", or a dash if there is none.

        "…" stands for a missing start or end.
        """
        start, end = target.time_window_start, target.time_window_end
        if not (start or end):
            return EMPTY
        return "–".join(f"{localtime(moment):%H:%M}" if moment else "…" for moment in (start, end))

    @display(description=_("priority"))
    def priority_column(self, target: Target) -> str:
        """Return the coloured badge of the priority as HTML, or a dash if there is none."""
        variant = PRIORITY_VARIANTS.get(target.priority, "")
        return badge(target.get_priority_display(), variant) if target.priority else EMPTY

    @display(description=_("status"))
    def status_column(self, target: Target) -> SafeString:
        """Return the coloured badge of the status as HTML."""
        return status_badge(target)

    @display(description=_("warnings"))
    def warnings_column(self, target: Target) -> SafeString:
        """Return as HTML badges of the first warnings, and one if staff corrected or cancelled the target.

        Only a space if there is neither.
        """
        return format_html("{} {}", warning_badges(target.warnings, MAX_LISTED_BADGES), _corrected_badge(target))

    # Read-only fields ---------------------------------------------------------------------

    @display(description=_("status"))
    def state(self, target: Target) -> SafeString:
        """Return as HTML the badges of the status, of all warnings and of corrections, and the cancellation note."""
        badges = status_badge(target), warning_badges(target.warnings), _corrected_badge(target)
        return format_html("{} {} {} {}", *badges, target.cancellation_note)

    @display(description=_("Corrected by staff"))
    def corrected(self, target: Target) -> str:
        """Return as HTML the corrected fields, each with the user who corrected it.

        If there are none, return a sentence that says so.
        """
        notes = ((field_label(path), note["by"]) for path, note in target.corrections.items())
        return format_html_join(", ", "{} ({})", notes) or gettext("No corrections. Imports can change every field.")

    @display(description=_("Map"))
    def map_link(self, target: Target) -> str:
        """Return as HTML a link to the target's coordinates on OpenStreetMap, or a text if one of them is missing."""
        if target.latitude is None or target.longitude is None:
            return gettext("No coordinates")
        position = f"mlat={target.latitude}&mlon={target.longitude}#map=17/{target.latitude}/{target.longitude}"
        link = '<a class="underline" href="{}?{}" target="_blank" rel="noopener noreferrer">{}</a>'
        return format_html(link, MAP_URL, position, gettext("Show on the map"))

    @display(description=_("Latest entries"))
    def latest(self, target: Target) -> str:
        """Return as HTML the newest LATEST_ENTRIES entries of the history, with a link to all of them."""
        entries = history.list_entries(target)[:LATEST_ENTRIES]
        context = {"entries": entries, "target": target}
        return render_to_string("admin/targets/target/latest.html", context)

    @display(description=_("Custom fields"))
    def custom_values(self, target: Target) -> str:
        """Return as HTML the keys and values of all stored custom fields, or a dash if there are none.

        For users who may not change the target.
        """
        rows = ((key, display_value(paths.CUSTOM_PREFIX + key, value)) for key, value in target.custom_fields.items())
        return format_html_join("", "<div>{}: {}</div>", rows) or EMPTY


def _corrected_badge(target: Target) -> str:
    """Return as HTML a badge if staff corrected or cancelled the target, else an empty text."""
    return badge(gettext("Corrected"), "info") if target.corrections else ""
