"""The filters of the admin's list of targets."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.timezone import localdate
from django.utils.translation import gettext_lazy as _

from targets.admin.display import WARNINGS
from targets.models import Target

_DAYS: dict[str, tuple[Any, Callable[[date], Q]]] = {
    "overdue": (_("Before today, still active"), lambda today: Q(route_date__lt=today, status="Active")),
    "today": (_("Today"), lambda today: Q(route_date=today)),
    "tomorrow": (_("Tomorrow"), lambda today: Q(route_date=today + timedelta(days=1))),
    "week": (_("The next 7 days"), lambda today: Q(route_date__range=(today, today + timedelta(days=6)))),
    "none": (_("Without a date"), lambda today: Q(route_date=None)),
}


class DayFilter(admin.SimpleListFilter):
    title = _("day")
    parameter_name = "day"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(day, text) for day, (text, _condition) in _DAYS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Target]) -> QuerySet[Target]:
        if (day := self.value()) in _DAYS:
            return queryset.filter(_DAYS[day][1](localdate()))
        return queryset


class WarningFilter(admin.SimpleListFilter):
    """Of active targets: a cancelled one needs no attention."""

    title = _("warnings")
    parameter_name = "warning"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("any", _("Any")), *WARNINGS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Target]) -> QuerySet[Target]:
        if not (code := self.value()):
            return queryset
        warned = queryset.filter(~Q(warnings=[]), status=Target.Status.ACTIVE)
        return warned if code == "any" else warned.filter(warnings__contains=[code])


class CorrectedFilter(admin.SimpleListFilter):
    title = _("corrected by staff")
    parameter_name = "corrected"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Target]) -> QuerySet[Target]:
        return queryset.filter(~Q(corrections={})) if self.value() else queryset
