"""Filters of the admin's lists of jobs and items.

Their choices are fixed. Django's own filters would read the whole table to find the values that occur in it.
"""

from datetime import timedelta
from typing import Any

from django.db.models import Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.functional import lazy
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from importjobs.models import ImportItem, ImportJob
from ordinavo.common.admin.list_filters import LinkFilter
from ordinavo.common.codes import Code, Kind
from targets.labels import choice_labels

MAX_SEARCHED_WARNINGS = 20_000
"""The largest number of items with a warning that a search for a certain warning reads."""


class RecentJobFilter(LinkFilter):
    """Filter a list of jobs to those that were received in the last 24 hours."""

    title = _("received")
    parameter_name = "received"
    column = "created_at"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the only choice, the last 24 hours, as a pair of its value in the address and its label."""
        return [("24h", _("In the last 24 hours"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows that were received in the last 24 hours, or all if nothing is chosen.

        Any value in the address that is not empty counts as the choice.
        """
        since = timezone.now() - timedelta(days=1)
        return queryset.filter(**{f"{self.column}__gte": since}) if self.value() else queryset


class RecentItemFilter(RecentJobFilter):
    """Filter a list of items to those of jobs that were received in the last 24 hours."""

    column = "job__created_at"


class RejectedFilter(LinkFilter):
    """Filter a list of jobs to those with rejected items."""

    title = _("rejected items")
    parameter_name = "rejected"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the only choice, "has rejected items", as a pair of its value in the address and its label."""
        return [("yes", _("Has rejected items"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ImportJob]) -> QuerySet[ImportJob]:
        """Return the jobs with rejected items, or all if nothing is chosen.

        Any value in the address that is not empty counts as the choice. A Completed job has no rejected item: excluding
        these jobs lets PostgreSQL use the partial index of the other ones.
        """
        if not self.value():
            return queryset
        return queryset.exclude(status=ImportJob.Status.COMPLETED).filter(rejected_items__gt=0)


class OperationFilter(LinkFilter):
    """Filter a list of jobs by their operation."""

    title = _("operation")
    parameter_name = "operation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return a choice for each of the four operations: the API's name, and its translated label."""
        return list(choice_labels("operation").items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[ImportJob]) -> QuerySet[ImportJob]:
        """Return the jobs of the chosen operation, or all if none is chosen. An unknown operation has no jobs."""
        return queryset.filter(operation=self.value()) if self.value() else queryset


class HandlingFilter(LinkFilter):
    """Filter a list of items to rejected ones that are still open, were replayed, or were dismissed."""

    title = _("handling")
    parameter_name = "handling"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices "not handled yet", "replayed" and "dismissed", as pairs of value and label."""
        return [("open", _("Rejected, not handled yet")), *ImportItem.Handling.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ImportItem]) -> QuerySet[ImportItem]:
        """Return the rejected items with the chosen handling, or all items if nothing is chosen.

        "open" chooses those without a time of handling. An unknown value in the address finds no item. The condition on
        the status lets PostgreSQL use the partial index of rejected items.
        """
        if not self.value():
            return queryset
        rejected = queryset.filter(status=ImportItem.Status.REJECTED)
        return rejected.filter(handled_at=None) if self.value() == "open" else rejected.filter(handling=self.value())


class WarningFilter(LinkFilter):
    """Filter a list of items to those with any warning, or to the newest ones with a certain warning.

    Only the newest MAX_SEARCHED_WARNINGS items with a warning are searched for a certain one, of those that the filters
    before this one leave. The heading says so. An index of the codes would cost more with each import than it is worth.
    """

    title = format_lazy(
        _("warning (in the newest {count} items with one)"),
        count=lazy(number_format, str)(MAX_SEARCHED_WARNINGS, force_grouping=True),
    )
    parameter_name = "warning"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return a choice for any warning, and one for each that an item can carry, as pairs of value and label."""
        names = [(code.value, code.badge) for code in Code.of_kind(Kind.WARNING) if code.badge]
        return [("any", _("With any warning")), *names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ImportItem]) -> QuerySet[ImportItem]:
        """Return the items with the chosen warning, or all items if nothing is chosen.

        An unknown code in the address finds no item. In the list of one job, all others are left out before the newest
        are searched. Raises ValueError if the number of that job in the address is not a number.
        """
        if not (code := self.value()):
            return queryset
        warned = queryset.filter(~Q(warnings=[]))
        if code == "any":
            return warned
        if job := request.GET.get("job__id__exact"):
            warned = warned.filter(job=int(job))
        last = warned.order_by("-id").values("pk")[MAX_SEARCHED_WARNINGS - 1 : MAX_SEARCHED_WARNINGS]
        return warned.filter(pk__gte=Coalesce(Subquery(last), 0), warnings__contains=[{"code": code}])


class ErrorFilter(LinkFilter):
    """Filter a list of items to rejected ones with a certain code as their first error."""

    title = _("error")
    parameter_name = "error"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return a choice for each code that an item can be rejected with. The code is both value and label."""
        return [(code.value, code.value) for code in Code.item_errors()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ImportItem]) -> QuerySet[ImportItem]:
        """Return the rejected items whose first error has the chosen code, or all items if none is chosen.

        An unknown code in the address finds no item.
        """
        if not self.value():
            return queryset
        return queryset.filter(status=ImportItem.Status.REJECTED, error_code=self.value())
