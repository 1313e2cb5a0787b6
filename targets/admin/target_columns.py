"""The columns of the list of targets, and the read-only fields on the page of a target."""

from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from ordinavo.common.admin.display import MAX_LISTED_BADGES, badge, status_badge, warning_badges
from targets import paths, rules
from targets.admin import history
from targets.admin.display import EMPTY, PRIORITY_VARIANTS, display_value, window_parts
from targets.finding_texts import finding_text
from targets.labels import field_label
from targets.models import Target

LATEST_ENTRIES = 5
"""The number of history entries on the page of a target."""
_REVENUE = "businessValue.expectedRevenue"
MAP_URL = "https://www.openstreetmap.org/"


class TargetColumns:
    """The values of a target as its list and its page show them. TargetAdmin inherits the methods."""

    # Columns ------------------------------------------------------------------------------

    @display(description=_("external id"), ordering="external_id")
    def number(self, target: Target) -> str:
        """Return the external id."""
        return target.external_id

    @display(description=_("route date"), ordering="route_date")
    def day(self, target: Target) -> str:
        """Return the route date in the user's format, or a dash if there is none."""
        return date_format(target.route_date, "SHORT_DATE_FORMAT") if target.route_date else EMPTY

    @display(description=_("due date"))
    def due_day(self, target: Target) -> str:
        """Return the due date in the user's format, or the day of the due time if there is no due date.

        The day is that in the time zone of the installation. If the target has neither, return a dash.
        """
        due = target.due_date or (target.due_at and localtime(target.due_at))
        return date_format(due, "SHORT_DATE_FORMAT") if due else EMPTY

    @display(description=_("window"), ordering="time_window_start")
    def window(self, target: Target) -> str:
        """Return the time window as HTML. Lines break only between the parts that `window_parts` returns."""
        parts = format_html_join(" ", '<span class="unbroken">{}</span>', ((part,) for part in window_parts(target)))
        return format_html("<span>{}</span>", parts)

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
        """Return HTML with badges of the stored warnings, and "Corrected" if staff corrected or cancelled the target.

        At most MAX_LISTED_BADGES warnings have a badge. If there are more, a last badge is the number of the others.
        Without warnings and corrections, return a single space.
        """
        return format_html("{} {}", warning_badges(target.warnings, MAX_LISTED_BADGES), _corrected_badge(target))

    # Read-only fields ---------------------------------------------------------------------

    @display(description=_("status"))
    def state(self, target: Target) -> SafeString:
        """Return HTML with the status, the badge "Corrected", the cancellation note and a line for each warning.

        The badge is left out if staff did not correct or cancel the target. The warnings are not the stored ones: they
        are computed from the values that the form shows. A line has the badge and the message of a warning.
        """
        badges = status_badge(target), _corrected_badge(target)
        warnings = ((warning_badges([warning.code]), finding_text(warning)) for warning in rules.warnings_of(target))
        lines = format_html_join("", '<div class="warning-line">{} {}</div>', warnings)
        return format_html("{} {} {}{}", *badges, target.cancellation_note, lines)

    @display(description=_("Corrected by staff"))
    def corrected(self, target: Target) -> str:
        """Return HTML that lists the corrected fields, each with the user who corrected it.

        If there are none, return a sentence that says so.
        """
        notes = ((field_label(path), note["by"]) for path, note in target.corrections.items())
        return format_html_join(", ", "{} ({})", notes) or gettext("No corrections. Imports can change every field.")

    @display(description=_("expected revenue"))
    def revenue(self, target: Target) -> str:
        """Return the expected revenue in the user's format with the digits that it has, or a dash if there is none."""
        return display_value(_REVENUE, paths.get_value(target, _REVENUE))

    @display(description=_("Map"))
    def map_link(self, target: Target) -> str:
        """Return an HTML link to the target on OpenStreetMap, or "No coordinates" if one of them is missing."""
        if target.latitude is None or target.longitude is None:
            return gettext("No coordinates")
        position = f"mlat={target.latitude}&mlon={target.longitude}#map=17/{target.latitude}/{target.longitude}"
        link = '<a class="underline" href="{}?{}" target="_blank" rel="noopener noreferrer">{}</a>'
        return format_html(link, MAP_URL, position, gettext("Show on the map"))

    @display(description=_("Latest entries"))
    def latest(self, target: Target) -> str:
        """Return HTML with the newest LATEST_ENTRIES entries of the history, and a link to all of them."""
        entries = history.list_entries(target)[:LATEST_ENTRIES]
        context = {"entries": entries, "target": target}
        return render_to_string("admin/targets/target/latest.html", context)

    @display(description=_("Custom fields"))
    def custom_values(self, target: Target) -> str:
        """Return HTML with the labels and values of all stored custom fields, or a dash if there are none.

        It is shown to users who may not change the target.
        """
        labels = {field.path: field.label for field in target.template.fields.all()} if target.template else {}
        values = {paths.CUSTOM_PREFIX + key: value for key, value in target.custom_fields.items()}
        rows = ((field_label(path, labels), display_value(path, value)) for path, value in values.items())
        return format_html_join("", "<div>{}: {}</div>", rows) or EMPTY


def _corrected_badge(target: Target) -> str:
    """Return the badge "Corrected" as HTML if staff corrected or cancelled the target, or else an empty text."""
    return badge(gettext("Corrected"), "info") if target.corrections else ""
