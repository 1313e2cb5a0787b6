from collections.abc import Iterator
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from ordinavo.common.admin.display import BoundedPaginator, badge, status_badge
from ordinavo.common.admin.exports import ExportedAdmin
from ordinavo.common.admin.list_filters import DayRangeFilter
from targets import corrections, paths
from targets.admin import custom_field_inputs, history
from targets.admin.display import PRIORITY_VARIANTS, display_value, field_label, warning_badges
from targets.admin.exports import TargetResource
from targets.admin.forms import CorrectionForm
from targets.admin.list_filters import CorrectedFilter, DayFilter, WarningFilter
from targets.models import SEARCHED, SourceSystem, Target
from targets.search import search

SHOWN_HISTORY = 5
MAP = "https://www.openstreetmap.org/"


@admin.register(SourceSystem)
class SourceSystemAdmin(ModelAdmin):
    list_display = ["name", "key", "active", "default_template"]
    list_filter = ["active"]
    search_fields = ["name", "key"]

    def get_readonly_fields(self, request: Any, obj: SourceSystem | None = None) -> list[str]:
        return ["key"] if obj else []  # systems send it


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("Reason"),
        max_length=255,
        widget=UnfoldAdminTextInputWidget(attrs={"autofocus": True}),
        help_text=_("Whoever looks at this target later reads it in its history."),
    )


@admin.register(Target)
class TargetAdmin(ExportedAdmin, ModelAdmin):
    """Targets come in by imports alone; staff correct them, and what they correct stays."""

    form = CorrectionForm
    resource_classes = [TargetResource]
    list_display = [
        "number", "title", "customer_name", "city", "day", "window", "shown_priority",
        "shown_status", "notices",
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
    search_help_text = _("Beginnings of words: external id, title, customer, street, postal code, city")
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
    fieldsets = [
        (None, {"fields": [
            "state", "title", "description", ("external_id", "external_type"),
            ("source_system", "template"), "corrected", "seen",
        ]}),
        (_("Customer"), {"fields": [
            ("customer_name", "customer_contact_name"), ("customer_phone", "customer_email"),
        ]}),
        (_("Address"), {"fields": [
            "street", ("postal_code", "city"), ("country", "map_link"), ("latitude", "longitude"),
        ]}),
        (_("Planning"), {"fields": [
            "route_date", "due_at", "time_window_start", "time_window_end",
            ("priority", "fixed_time"), "estimated_work_minutes",
        ]}),
        (_("Business value"), {"fields": [
            ("expected_revenue", "close_probability"), "customer_tier",
        ]}),
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Target]:
        return super().get_queryset(request).select_related("source_system", "template")

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Target | None:
        """One that is about to be saved is held until it is, so that no import comes in between."""
        target = super().get_object(request, object_id, from_field)
        if target and request.method == "POST":
            return corrections.locked(target.pk)
        return target

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Target], search_term: str
    ) -> tuple[QuerySet[Target], bool]:
        return search(queryset, SEARCHED, search_term), False

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """The drill-down would look at every match of a search for its years."""
        changelist = super().get_changelist_instance(request)
        if changelist.query:
            changelist.date_hierarchy = None
        return changelist

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj and self.has_change_permission(request, obj):
            kwargs["form"] = type("TargetForm", (CorrectionForm,), custom_field_inputs.build_inputs(obj))
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        record = (_("Record"), {"fields": ["latest", ("created_at", "updated_at")]})
        return [*self.fieldsets, *self._custom_fieldsets(request, obj), record]

    def _custom_fieldsets(self, request: HttpRequest, target: Target) -> Iterator[Any]:
        if not self.has_change_permission(request, target):
            yield _("Custom fields"), {"fields": ["custom_values"]}
            return
        strange = [path for path, _value in custom_field_inputs.undefined_values(target)]
        known = [path for path in custom_field_inputs.build_inputs(target) if path not in strange]
        if known:
            yield _("Custom fields"), {"fields": known}
        if strange:
            description = gettext("The template does not know them. They are kept as they were sent.")
            yield _("Other fields"), {"fields": strange, "description": description}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: Any, obj: Target, form: Any, change: bool) -> None:
        values, follow = form.corrected_values(), form.followed
        if values or follow:
            corrections.correct(target=obj, values=values, follow=follow, by=request.user.get_username())

    # Cancel and reopen --------------------------------------------------------------------

    @action(description=_("Cancel this target"), icon="block", permissions=["change"], url_path="cancel")
    def cancel_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        explanation = _("Nobody drives there, whatever the source sends, until you or a colleague reopen it.")
        return self._ask_for_a_reason(request, object_id, corrections.cancel, _("Cancel"), explanation)

    @action(description=_("Reopen this target"), icon="undo", permissions=["change"], url_path="reopen")
    def reopen_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        explanation = _("It is planned again. The source may cancel it again.")
        return self._ask_for_a_reason(request, object_id, corrections.reopen, _("Reopen"), explanation)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        offered = super().get_actions_detail(request, object_id)
        target = super().get_object(request, str(object_id))
        name = "reopen_this" if target and target.status == Target.Status.CANCELLED else "cancel_this"
        return [one for one in offered if one.action_name.endswith(name)]

    def _ask_for_a_reason(self, request: Any, object_id: str, change: Any, verb: Any, explanation: Any) -> HttpResponse:
        target = self._stored(request, object_id)
        form = ReasonForm(request.POST or None)
        back = reverse("admin:targets_target_change", args=[target.pk])
        if form.is_valid():
            try:
                change(target=target, reason=form.cleaned_data["reason"], by=request.user.get_username())
            except corrections.NothingToDo:
                messages.info(request, gettext("Nothing to do: it is so already."))
            return HttpResponseRedirect(back)
        context = self.admin_site.each_context(request) | {
            "title": f"{verb}: {target}", "form": form, "verb": verb, "explanation": explanation,
            "back": back,
        }  # fmt: skip
        return TemplateResponse(request, "admin/ask.html", context)

    def _stored(self, request: HttpRequest, object_id: str) -> Target:
        if target := super().get_object(request, object_id):
            return target
        raise Http404

    # History ------------------------------------------------------------------------------

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        target = self._stored(request, object_id)
        if not self.has_view_permission(request, target):
            raise PermissionDenied
        entries = history.entries(target, history.Place.read(request.GET.get("before", "")))
        context = self.admin_site.each_context(request) | {
            "title": gettext("History of %(target)s") % {"target": target}, "target": target, "entries": entries,
            "older": str(entries[-1].place) if len(entries) == history.PAGE_SIZE else None,
        }  # fmt: skip
        return TemplateResponse(request, "admin/targets/target/history.html", context)

    # Columns ------------------------------------------------------------------------------

    @display(description=_("external id"), ordering="external_id")
    def number(self, target: Target) -> str:
        return target.external_id

    @display(description=_("route date"), ordering="route_date")
    def day(self, target: Target) -> str:
        return date_format(target.route_date, "SHORT_DATE_FORMAT") if target.route_date else "–"

    @display(description=_("window"))
    def window(self, target: Target) -> str:
        start, end = target.time_window_start, target.time_window_end
        if not (start or end):
            return "–"
        return "–".join(f"{localtime(moment):%H:%M}" if moment else "…" for moment in (start, end))

    @display(description=_("priority"))
    def shown_priority(self, target: Target) -> str:
        return badge(target.get_priority_display(), PRIORITY_VARIANTS[target.priority]) if target.priority else "–"

    @display(description=_("status"))
    def shown_status(self, target: Target) -> SafeString:
        return status_badge(target)

    @display(description=_("warnings"))
    def notices(self, target: Target) -> SafeString:
        corrected = badge(gettext("Corrected"), "info") if target.corrections else ""
        shown_warnings = format_html_join(
            " ", "{}", ((badge(warning_badges().get(w, w), "warning"),) for w in target.warnings)
        )
        return format_html("{} {}", shown_warnings, corrected)

    # Read-only fields ---------------------------------------------------------------------

    @display(description=_("status"))
    def state(self, target: Target) -> SafeString:
        return format_html("{} {} {}", status_badge(target), self.notices(target), target.cancellation_note)

    @display(description=_("Corrected by staff"))
    def corrected(self, target: Target) -> str:
        notes = ((field_label(path), note["by"]) for path, note in target.corrections.items())
        return format_html_join(", ", "{} ({})", notes) or gettext("Nothing: imports may change it all.")

    @display(description=_("Map"))
    def map_link(self, target: Target) -> str:
        if target.latitude is None or target.longitude is None:
            return gettext("No coordinates, so no map.")
        place = f"mlat={target.latitude}&mlon={target.longitude}#map=17/{target.latitude}/{target.longitude}"
        link = '<a class="underline" href="{}?{}" target="_blank" rel="noopener noreferrer">{}</a>'
        return format_html(link, MAP, place, gettext("Show on the map"))

    @display(description=_("Latest"))
    def latest(self, target: Target) -> str:
        entries = history.entries(target)[:SHOWN_HISTORY]
        context = {"entries": entries, "target": target}
        return render_to_string("admin/targets/target/latest.html", context)

    @display(description=_("Custom fields"))
    def custom_values(self, target: Target) -> str:
        rows = ((key, display_value(paths.CUSTOM_PREFIX + key, value)) for key, value in target.custom_fields.items())
        return format_html_join("", "<div>{}: {}</div>", rows) or "–"
