"""Filters of list pages by a range of days."""

from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.formats import get_format
from unfold.contrib.filters.admin import RangeDateFilter

from ordinavo.common.local_days import midnight


class LinkFilter(admin.SimpleListFilter):
    """A filter whose choices are links. It stays when the form of the filters beside it is sent.

    Unfold writes a hidden input into that form for each filter that has these two attributes, as Django's own do.
    """

    @property
    def lookup_kwarg(self) -> str:
        """The name of the filter in the address."""
        return str(self.parameter_name)

    @property
    def lookup_val(self) -> list[str]:
        """The chosen value as the only member, or an empty list."""
        value = self.value()
        return [value] if value else []


class ChoiceFilter(LinkFilter):
    """A filter that refuses a value in the address that is none of its choices."""

    def condition(self, value: str) -> Q:
        """Return the condition of the rows that fit a choice. Each subclass implements it."""
        raise NotImplementedError

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows that fit the choice, or all without one. Raises IncorrectLookupParameters for another."""
        value = self.value()
        if value is None:
            return queryset
        if value not in [choice for choice, _title in self.lookup_choices]:
            raise IncorrectLookupParameters
        return queryset.filter(self.condition(value))


class DayRangeFilter(RangeDateFilter):
    """Filter a date column by a first and a last day, both included, written as the user's language writes dates.

    A day that cannot be read is ignored. Unfold's own filter reads no German dates.
    """

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows from the first day to the last, both included.

        A day that was not chosen or cannot be read is no limit.
        """
        first, last = (_parse_day(self.used_parameters.get(f"{self.field_path}_{end}")) for end in ("from", "to"))
        return queryset.filter(self.condition(first, last + timedelta(days=1) if last else None))

    def condition(self, first: date | None, end: date | None) -> Q:
        """Return the condition of the rows from a first day until before `end`. None is no limit."""
        return in_range(self.field_path, first, end)


class MomentRangeFilter(DayRangeFilter):
    """Filter a column of date-times by a first and a last day, both included, in the site's time zone."""

    def condition(self, first: date | None, end: date | None) -> Q:
        """Return the condition of the rows from a first day until before `end`, in the site's time zone."""
        return in_range(self.field_path, midnight(first), midnight(end))


def in_range(column: str, start: date | None, end: date | None) -> Q:
    """Return the condition that a column has a value from `start` until before `end`.

    None is no limit. If both are None, the condition is empty and holds for every row.
    """
    limits = {f"{column}__gte": start, f"{column}__lt": end}
    return Q(**{lookup: limit for lookup, limit in limits.items() if limit is not None})


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
