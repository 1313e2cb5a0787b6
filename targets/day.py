"""The targets of one route date: what staff see of a day, as a list, on a time line and on a map."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q, QuerySet
from django.utils.timezone import localtime

from targets.models import SourceSystem, Target
from templates.models import TargetTemplate

MAX_STOPS = 5_000
"""Stops of a day that its page shows. The page says if there are more."""
MINUTES_OF_DAY = 24 * 60

_CORRECTED = ~Q(corrections={})
_WARNED = Q(status=Target.Status.ACTIVE) & ~Q(warnings=[])
_COLUMNS = [
    "external_id", "title", "customer_name", "customer_phone", "street", "postal_code", "city", "latitude", "longitude",
    "route_date", "time_window_start", "time_window_end", "priority", "status", "warnings", "description",
]  # fmt: skip

ORDERS = {
    "window": (F("time_window_start").asc(nulls_last=True), F("time_window_end").asc(nulls_last=True)),
    "window_end": (F("time_window_end").asc(nulls_last=True), F("time_window_start").asc(nulls_last=True)),
    "city": ("city", "postal_code", F("time_window_start").asc(nulls_last=True)),
    "customer": ("customer_name", F("time_window_start").asc(nulls_last=True)),
    "number": ("external_id",),
}
"""By its name: the columns that a list of stops is sorted by."""


@dataclass(frozen=True)
class DayCounts:
    """How many targets a day has. A target may be in several counts; `total` has them all."""

    total: int = 0
    active: int = 0
    cancelled: int = 0
    without_coordinates: int = 0
    """Active targets without coordinates."""
    warned: int = 0
    """Active targets with at least one warning."""
    corrected: int = 0
    """Targets that staff corrected, or cancelled without reopening them."""


_COUNTED = {
    "total": Count("pk"),
    "active": Count("pk", filter=Q(status=Target.Status.ACTIVE)),
    "cancelled": Count("pk", filter=Q(status=Target.Status.CANCELLED)),
    "without_coordinates": Count("pk", filter=Q(status=Target.Status.ACTIVE, latitude=None)),
    "warned": Count("pk", filter=_WARNED),
    "corrected": Count("pk", filter=_CORRECTED),
}


def targets_of_day(
    *,
    day: date,
    source_system: SourceSystem | None = None,
    template: TargetTemplate | None = None,
    priority: str = "",
    city: str = "",
) -> QuerySet[Target]:
    """Return the targets with a route date, cancelled ones too, in no order. None and "" do not filter."""
    filters = {"source_system": source_system, "template": template, "priority": priority, "city": city}
    return Target.objects.filter(route_date=day, **{name: value for name, value in filters.items() if value}).order_by()


def read_stops(targets: QuerySet[Target], *, order: str) -> list[Target]:
    """Return at most MAX_STOPS of the targets with the columns that the page of a day shows. Makes one query.

    `order` is a key of ORDERS. Each target has the additional attribute `is_corrected`.
    """
    is_corrected = ExpressionWrapper(_CORRECTED, output_field=BooleanField())
    stops = targets.only(*_COLUMNS).annotate(is_corrected=is_corrected)
    return list(stops.order_by(*ORDERS[order], "pk")[:MAX_STOPS])


def count_stops(targets: QuerySet[Target]) -> DayCounts:
    """Return how many of the targets are active, cancelled and so on. Makes one query."""
    return DayCounts(**targets.aggregate(**_COUNTED))


def count_days(days: list[date]) -> dict[date, DayCounts]:
    """Return the counts of the targets on each of these route dates, in the order given. Makes one query."""
    rows = Target.objects.filter(route_date__in=days).order_by().values("route_date").annotate(**_COUNTED)
    counts: dict[Any, DayCounts] = {}
    for row in map(dict[str, Any], rows):
        day = row.pop("route_date")
        counts[day] = DayCounts(**row)
    return {day: counts.get(day, DayCounts()) for day in days}


def count_cities(targets: QuerySet[Target]) -> dict[str, int]:
    """Return how many of the targets are in each city. Targets without a city are left out. Makes one query."""
    rows = targets.exclude(city="").values_list("city").annotate(Count("pk"))
    return dict(rows.order_by("city"))


def window_minutes(target: Target) -> tuple[int, int] | None:
    """Return the start and the end of a target's time window as minutes since midnight of its route date.

    The minutes are those of a clock in the site's time zone, from 0 to 1440: a time on an earlier day is 0, and one on
    a later day is 1440. A missing start is 0 and a missing end 1440. Return None for a target without a time window.
    """
    if not (target.time_window_start or target.time_window_end) or target.route_date is None:
        return None
    start = _minute(target.time_window_start, target.route_date) if target.time_window_start else 0
    end = _minute(target.time_window_end, target.route_date) if target.time_window_end else MINUTES_OF_DAY
    return start, max(start, end)


def _minute(moment: datetime, day: date) -> int:
    """Return the minute of a day at which a clock shows a moment, 0 if that is before the day, and 1440 if after."""
    local = localtime(moment)
    if local.date() != day:
        return 0 if local.date() < day else MINUTES_OF_DAY
    return local.hour * 60 + local.minute


def neighbours(day: date) -> tuple[date, date]:
    """Return the day before and the day after a day."""
    return day - timedelta(days=1), day + timedelta(days=1)
