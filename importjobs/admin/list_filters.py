"""The filters of the admin's lists of jobs and items: none of them looks at every row for its choices."""

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
    title = _("received")
    parameter_name = "received"
    path = "created_at"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("24h", _("In the last 24 hours"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        since = timezone.now() - timedelta(days=1)
        return queryset.filter(**{f"{self.path}__gte": since}) if self.value() else queryset


class RecentItemFilter(RecentJobFilter):
    path = "job__created_at"


class RejectedFilter(admin.SimpleListFilter):
    title = _("rejected items")
    parameter_name = "rejected"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Has rejected items"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ImportJob]) -> QuerySet[ImportJob]:
        # A Completed job has none. Saying so lets PostgreSQL use the partial index of the other jobs.
        some_rejected = queryset.exclude(status=ImportJob.Status.COMPLETED).filter(rejected_items__gt=0)
        return some_rejected if self.value() else queryset


class OperationFilter(admin.SimpleListFilter):
    title = _("operation")
    parameter_name = "operation"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(operation, operation) for operation in OPERATIONS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ImportJob]) -> QuerySet[ImportJob]:
        return queryset.filter(operation=self.value()) if self.value() else queryset


class HandlingFilter(admin.SimpleListFilter):
    title = _("handling")
    parameter_name = "handling"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("Rejected, nobody has handled it")), *ImportItem.Handling.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ImportItem]) -> QuerySet[ImportItem]:
        if not self.value():
            return queryset
        rejected = queryset.filter(status=ImportItem.Status.REJECTED)  # which has an index
        return rejected.filter(handled_at=None) if self.value() == "open" else rejected.filter(handling=self.value())


class ErrorFilter(admin.SimpleListFilter):
    title = _("error")
    parameter_name = "error"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(code.value, code.value) for code in Code.item_errors()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ImportItem]) -> QuerySet[ImportItem]:
        if not self.value():
            return queryset
        return queryset.filter(status=ImportItem.Status.REJECTED, error_code=self.value())
