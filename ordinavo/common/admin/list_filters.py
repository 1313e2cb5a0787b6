"""Filters of list pages by a range of days."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import get_format
from unfold.contrib.filters.admin import RangeDateFilter


class DayRangeFilter(RangeDateFilter):
    """Filter a date column by a first and a last day, both included, written as the user's language writes dates.

    A day that cannot be read is ignored. Unfold's own filter reads no German dates.
    """

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows from the first day to the last, both included.

        A day that was not chosen or cannot be read is no limit.
        """
        first, last = (_parse_day(self.used_parameters.get(f"{self.field_path}_{end}")) for end in ("from", "to"))
        if first:
            queryset = queryset.filter(**{f"{self.field_path}__gte": self.start_of(first)})
        if last:
            queryset = queryset.filter(**{f"{self.field_path}__lt": self.start_of(last + timedelta(days=1))})
        return queryset

    def start_of(self, day: date) -> date:
        """Return the smallest value of the column that belongs to a day: here the day itself."""
        return day


class MomentRangeFilter(DayRangeFilter):
    """Filter a column of date-times by a first and a last day, both included, in the site's time zone."""

    def start_of(self, day: date) -> datetime:
        """Return midnight at the start of a day in the site's time zone."""
        return timezone.make_aware(datetime.combine(day, time.min))


def _parse_day(text: str | None) -> date | None:
    """Return a day written as the user's language writes dates or by ISO 8601.

    Returns None for no text, for text that is no such date (also one with spaces around it or a time after it), and for
    a year before 1900 or after 2999.
    """
    for layout in get_format("DATE_INPUT_FORMATS"):
        try:
            day = datetime.strptime(text or "", layout).date()  # noqa: DTZ007  a day has no zone
            return day if 1900 <= day.year <= 2999 else None
        except ValueError:
            continue
    return None
