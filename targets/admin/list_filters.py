"""Filters of the admin's list of targets."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import TextFilter

from ordinavo.common.admin.list_filters import DayRangeFilter, LinkFilter, in_range
from ordinavo.common.local_days import midnight
from targets.models import SourceSystem, Target
from targets.rules import TARGET_WARNINGS


def due(first: date | None, end: date | None) -> Q:
    """Return the condition that a target is due on a day from `first` until before `end`. None is no limit.

    The day is the due date, or that of the due time in the site's time zone if there is no due date. Each of the two
    has an index. A target without both is not found, unless both limits are None: then every target is.
    """
    if first is None and end is None:
        return Q()
    at = Q(due_date=None) & in_range("due_at", midnight(first), midnight(end))
    return in_range("due_date", first, end) | at


def overdue(today: date) -> Q:
    """Return the condition of the active targets whose route date has passed, or if there is none, whose due day."""
    return Q(status="Active") & (Q(route_date__lt=today) | Q(route_date=None) & due(None, today))


# By the choice in the address: its text, and its condition on a given day.
_PERIODS: dict[str, tuple[Any, Callable[[date], Q]]] = {
    "overdue": (_("Before today, still active"), overdue),
    "today": (_("Today"), lambda today: Q(route_date=today)),
    "tomorrow": (_("Tomorrow"), lambda today: Q(route_date=today + timedelta(days=1))),
    "week": (_("The next 7 days"), lambda today: Q(route_date__range=(today, today + timedelta(days=6)))),
    "none": (_("Without a route date"), lambda today: Q(route_date=None)),
}


class DayFilter(LinkFilter):
    """Targets by their route date, relative to today in the site's time zone.

    The ones before today include targets without a route date whose due day has passed.
    """

    title = _("day")
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the periods to choose from, each as its value in the address and its label."""
        return [(name, text) for name, (text, _condition) in _PERIODS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Target]) -> QuerySet[Target]:
        """Return the targets whose route date is in the chosen period, or all if none or an unknown one is chosen.

        Periods are relative to today in the site's time zone. "overdue" has only targets that are still active.
        """
        if (name := self.value()) in _PERIODS:
            return queryset.filter(_PERIODS[name][1](localdate()))
        return queryset


class DueFilter(DayRangeFilter):
    """Targets by a first and a last day on which they are due. The day of a due time counts if there is no due date."""

    def condition(self, first: date | None, end: date | None) -> Q:
        """Return the condition of the targets that are due from a first day until before `end`."""
        return due(first, end)


class WarningFilter(LinkFilter):
    """Active targets by their warnings. Cancelled targets are left out, because nobody has to look at them."""

    title = _("warnings")
    parameter_name = "warning"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return a choice for any warning, and one for each that can be stored with a target, as value and label."""
        return [("any", _("With any warning")), *((code.value, code.badge) for code in TARGET_WARNINGS)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Target]) -> QuerySet[Target]:
        """Return the active targets with the chosen warning, or all targets if nothing is chosen.

        An unknown code in the address finds no target.
        """
        if not (code := self.value()):
            return queryset
        warned = queryset.filter(~Q(warnings=[]), status=Target.Status.ACTIVE)
        return warned if code == "any" else warned.filter(warnings__contains=[code])


class CorrectedFilter(LinkFilter):
    """Targets that staff corrected, or cancelled without reopening them."""

    title = _("correction by staff")
    parameter_name = "corrected"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the only choice, as value and label: the targets that staff corrected or cancelled."""
        return [("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Target]) -> QuerySet[Target]:
        """Return the targets that staff corrected or cancelled, or all targets if nothing is chosen.

        Any value in the address that is not empty counts as the choice.
        """
        return queryset.filter(~Q(corrections={})) if self.value() else queryset


# By the choice in the address: its text, and its condition.
_STATES: dict[str, tuple[Any, Q]] = {
    "active": (_("Active"), Q(active=True, paused_at=None)),
    "paused": (_("Paused"), Q(paused_at__isnull=False)),
    "inactive": (_("Inactive"), Q(active=False)),
}


class StateFilter(LinkFilter):
    """Source systems that are active, paused or inactive. One can be both paused and inactive."""

    title = _("status")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the three choices, each as its value in the address and its label."""
        return [(name, text) for name, (text, _condition) in _STATES.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[SourceSystem]) -> QuerySet[SourceSystem]:
        """Return the source systems with the chosen status, or all if none or an unknown one is chosen."""
        return queryset.filter(_STATES[name][1]) if (name := self.value()) in _STATES else queryset


class CityFilter(TextFilter):
    """Targets in one city, in upper or lower case. The search looks in other columns, too."""

    title = _("city")
    parameter_name = "city"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Target]) -> QuerySet[Target]:
        """Return the targets in the city, or all if none is given."""
        city = (self.value() or "").strip()
        return queryset.filter(city__iexact=city) if city else queryset
