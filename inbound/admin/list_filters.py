"""Filters of the admin's list of API tokens."""

from typing import Any

from django.db.models import Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from inbound.models import ApiToken
from ordinavo.common.admin.list_filters import ChoiceFilter
from ordinavo.common.scopes import Scope


class TokenStatusFilter(ChoiceFilter):
    """Tokens that are valid, expired or revoked."""

    title = _("status")
    parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the choices."""
        return [("valid", _("valid")), ("expired", _("expired")), ("revoked", _("revoked"))]

    def condition(self, value: str) -> Q:
        """Return the condition of the tokens with a status."""
        return ApiToken.has_status(value)


class ScopeFilter(ChoiceFilter):
    """Tokens that have a scope."""

    title = _("scope")
    parameter_name = "scope"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """Return the scopes."""
        return [(scope.value, scope.label) for scope in Scope]

    def condition(self, value: str) -> Q:
        """Return the condition of the tokens with a scope."""
        return Q(scopes__contains=[value])
