"""Filters of the admin's list of API tokens."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from inbound.models import ApiToken
from ordinavo.common.scopes import Scope


class TokenStatusFilter(admin.SimpleListFilter):
    """Tokens that are valid, expired or revoked."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("valid", _("valid")), ("expired", _("expired")), ("revoked", _("revoked"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> QuerySet[ApiToken]:
        """Return the tokens of the chosen status, or all. Raises IncorrectLookupParameters for an unknown status."""
        now = timezone.now()
        conditions = {
            None: Q(),
            "valid": Q(revoked_at=None, expires_at__gt=now),
            "expired": Q(revoked_at=None, expires_at__lte=now),
            "revoked": Q(revoked_at__isnull=False),
        }
        if self.value() not in conditions:
            raise IncorrectLookupParameters
        return queryset.filter(conditions[self.value()])


class ScopeFilter(admin.SimpleListFilter):
    """Tokens that have a scope."""

    title = _("scope")
    parameter_name = "scope"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the scopes."""
        return [(scope.value, scope.label) for scope in Scope]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ApiToken]) -> QuerySet[ApiToken]:
        """Return the tokens with the chosen scope, or all. Raises IncorrectLookupParameters for an unknown scope."""
        if self.value() is None:
            return queryset
        if self.value() not in Scope.values:
            raise IncorrectLookupParameters
        return queryset.filter(scopes__contains=[self.value()])
