"""The page of a day: its stops as a list with a time line, and on a map."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from unfold.admin import ModelAdmin

from targets import day as days
from targets.admin.day_forms import DayForm
from targets.admin.day_rows import MARKS, Group, make_stop, time_line


class DayViews(ModelAdmin):
    """The page of a day. The model admin of targets inherits it."""

    def get_urls(self) -> list[Any]:
        """Return the URL patterns of the page of a day, and those of the targets after it."""
        view = self.admin_site.admin_view(self.day_page)
        return [path("day/", view, name="targets_target_day"), *super().get_urls()]

    def day_page(self, request: HttpRequest) -> HttpResponse:
        """Show the stops of the day in the query string, or of today in the site's time zone.

        A value that cannot be used gets an error at its field, and no stops are shown. Raises PermissionDenied if the
        user may not view targets.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        today = localdate()
        sent = {name: value for name, value in request.GET.items() if value}
        form = DayForm({"date": today.isoformat(), "order": "window", **sent})
        context = self.admin_site.each_context(request) | {
            "title": _("Day"), "form": form, "today": today, "tiles_url": settings.MAP_TILES_URL,
            "attribution": settings.MAP_TILES_ATTRIBUTION,
        }  # fmt: skip
        if form.is_valid():
            context |= _day(form, request)
        else:
            form.offer_cities({})
        return TemplateResponse(request, "admin/targets/target/day.html", context)


def _day(form: DayForm, request: HttpRequest) -> dict[str, Any]:
    """Return what the page shows of a day whose form is valid. Makes three queries; the form makes two more."""
    day: date = form.cleaned_data["date"]
    filters = form.filters()
    form.offer_cities(days.count_cities(days.targets_of_day(day=day, **filters | {"city": ""})))
    targets = days.targets_of_day(day=day, **filters)
    found = days.read_stops(targets, order=form.cleaned_data["order"] or "window")
    counts = days.count_stops(targets)
    line = time_line(found)
    stops = [make_stop(target, line) for target in found]
    previous, following = (_address(request, other) for other in days.neighbours(day))
    return {
        "day": day, "counts": counts, "previous": previous, "following": following, "chosen": form.chosen(),
        "stops": stops, "hours": line.hours, "marks": MARKS,
        "groups": [
            Group(_("Stops with a time window"), [stop for stop in stops if stop.has_window]),
            Group(_("Stops without a time window"), [stop for stop in stops if not stop.has_window]),
        ],
        "unplaced": [stop for stop in stops if not stop.has_place],
        "is_placed": any(stop.has_place for stop in stops),
        "left_out": counts.total - len(stops), "max_stops": days.MAX_STOPS,
    }  # fmt: skip


def _address(request: HttpRequest, day: date) -> str:
    """Return the query string of this page on another day, with the same filters."""
    query = request.GET.copy()
    query["date"] = day.isoformat()
    return f"?{query.urlencode()}"
