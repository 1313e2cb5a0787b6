"""The page of a day: its stops as a list with a time line, and on a map."""

from collections.abc import Iterable
from dataclasses import dataclass
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

from ordinavo.common.admin.display import finding_name
from targets import day as days
from targets.admin.day_forms import DayForm
from targets.admin.display import EMPTY, window_parts
from targets.models import Target

MIN_BAR_MINUTES = 6
"""The width of the bar of a window without a length, so that it can be seen."""


@dataclass(frozen=True)
class Stop:
    """A target as a row of the list of a day."""

    target: Target
    window: list[str]
    kind: str
    """Which marker it has on the map: cancelled, warned, corrected or plain. The first that fits."""
    warnings: list[str]
    is_corrected: bool
    latitude: str
    """In degrees, or "" if the target has no coordinates."""
    longitude: str
    bar: tuple[int, int] | None
    """The start and the length of its bar, in minutes since the begin of the time line. None without a window."""

    @property
    def is_cancelled(self) -> bool:
        """Whether the target is cancelled."""
        return self.kind == "cancelled"


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
            form.offer_cities([])
        return TemplateResponse(request, "admin/targets/target/day.html", context)


def _day(form: DayForm, request: HttpRequest) -> dict[str, Any]:
    """Return what the page shows of a day whose form is valid. Makes three queries; the form makes two more."""
    day: date = form.cleaned_data["date"]
    form.offer_cities(days.cities_of_day(day))
    targets = days.targets_of_day(day=day, **form.filters())
    found = days.read_stops(targets, order=form.cleaned_data["order"] or "window")
    counts = days.count_stops(targets)
    first, last = _hours(found)
    stops = [_stop(target, first * 60, last * 60) for target in found]
    previous, following = (_address(request, other) for other in days.neighbours(day))
    return {
        "day": day, "counts": counts, "previous": previous, "following": following,
        "stops": stops, "hours": range(first, last), "span": (last - first) * 60,
        "groups": [
            (_("Stops with a time window"), [stop for stop in stops if stop.bar]),
            (_("Stops without a time window"), [stop for stop in stops if not stop.bar]),
        ],
        "unplaced": [stop for stop in stops if not stop.latitude],
        "left_out": counts.total - len(stops), "max_stops": days.MAX_STOPS,
    }  # fmt: skip


def _address(request: HttpRequest, day: date) -> str:
    """Return the query string of this page on another day, with the same filters."""
    query = request.GET.copy()
    query["date"] = day.isoformat()
    return f"?{query.urlencode()}"


def _hours(targets: Iterable[Target]) -> tuple[int, int]:
    """Return the first hour of the time line and the hour at which it ends: 8 to 18, or more if windows need more."""
    windows = [window for window in map(days.window_minutes, targets) if window]
    starts = [start for start, _end in windows if start > 0]
    ends = [end for _start, end in windows if end < days.MINUTES_OF_DAY]
    return min([8, *(start // 60 for start in starts)]), max([18, *(-(-end // 60) for end in ends)])


def _stop(target: Any, first: int, last: int) -> Stop:
    """Return the row of a target. The time line begins and ends at the minutes `first` and `last` of the day."""
    warnings = [] if target.status == Target.Status.CANCELLED else [str(finding_name(code)) for code in target.warnings]
    window = window_parts(target)
    return Stop(
        target=target,
        window=[] if window == [EMPTY] else window,
        kind=_kind(target),
        warnings=warnings,
        is_corrected=target.is_corrected,
        latitude="" if target.latitude is None else f"{target.latitude:.6f}",
        longitude="" if target.longitude is None else f"{target.longitude:.6f}",
        bar=_bar(target, first, last),
    )


def _kind(target: Any) -> str:
    """Return the kind of marker of a target: cancelled, warned, corrected or plain."""
    if target.status == Target.Status.CANCELLED:
        return "cancelled"
    if target.warnings:
        return "warned"
    return "corrected" if target.is_corrected else "plain"


def _bar(target: Target, first: int, last: int) -> tuple[int, int] | None:
    """Return the start and the length of the bar of a target's window, in minutes since the time line's begin.

    A window that lies outside the time line has a short bar at its edge. None for a target without a window.
    """
    if not (window := days.window_minutes(target)):
        return None
    start = min(max(window[0], first), last - MIN_BAR_MINUTES)
    end = max(min(window[1], last), start + MIN_BAR_MINUTES)
    return start - first, end - start
