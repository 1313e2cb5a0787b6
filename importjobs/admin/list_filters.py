"""Filters of the admin's lists of jobs and items.

Their choices are fixed. Django's own filters would read the whole table to find the values that occur in it.
"""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from importjobs.models import ImportItem, ImportJob
from ordinavo.common.codes import Code
from targets.documents import OPERATIONS


class RecentJobFilter(admin.SimpleListFilter):
    """Jobs of the last 24 hours."""

    title = _("received")
    parameter_name = "received"
    column = "created_at"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the only choice."""
        return [("24h", _("In the last 24 hours"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the rows that were received in the last 24 hours, or all if nothing is chosen."""
        since = timezone.now() - timedelta(days=1)
        return queryset.filter(**{f"{self.column}__gte": since}) if self.value() else queryset


class RecentItemFilter(RecentJobFilter):
    """Items of jobs of the last 24 hours."""

    column = "job__created_at"


class RejectedFilter(admin.SimpleListFilter):
    """Jobs with rejected items."""

    title = _("rejected items")
    parameter_name = "rejected"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the only choice."""
        return [("yes", _("Has rejected items"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ImportJob]) -> QuerySet[ImportJob]:
        """Return the jobs with rejected items, or all if nothing is chosen.

        A Completed job has none. Excluding these jobs lets PostgreSQL use the partial index of the other ones.
        """
        if not self.value():
            return queryset
        return queryset.exclude(status=ImportJob.Status.COMPLETED).filter(rejected_items__gt=0)


class OperationFilter(admin.SimpleListFilter):
    """Jobs of one operation."""

    title = _("operation")
    parameter_name = "operation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the four operations by the names that the API has for them."""
        return [(operation, operation) for operation in OPERATIONS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ImportJob]) -> QuerySet[ImportJob]:
        """Return the jobs of the chosen operation, or all if none is chosen."""
        return queryset.filter(operation=self.value()) if self.value() else queryset


class HandlingFilter(admin.SimpleListFilter):
    """Rejected items by what staff did about them."""

    title = _("handling")
    parameter_name = "handling"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return open items, and each way of handling."""
        return [("open", _("Rejected, not handled yet")), *ImportItem.Handling.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ImportItem]) -> QuerySet[ImportItem]:
        """Return the rejected items with the chosen handling, or all items if nothing is chosen.

        The condition on the status lets PostgreSQL use the partial index of rejected items.
        """
        if not self.value():
            return queryset
        rejected = queryset.filter(status=ImportItem.Status.REJECTED)
        return rejected.filter(handled_at=None) if self.value() == "open" else rejected.filter(handling=self.value())


class ErrorFilter(admin.SimpleListFilter):
    """Rejected items by the code of their first error."""

    title = _("error")
    parameter_name = "error"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return every code that an item can be rejected with."""
        return [(code.value, code.value) for code in Code.item_errors()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ImportItem]) -> QuerySet[ImportItem]:
        """Return the items that were rejected with the chosen code, or all if none is chosen."""
        if not self.value():
            return queryset
        return queryset.filter(status=ImportItem.Status.REJECTED, error_code=self.value())
