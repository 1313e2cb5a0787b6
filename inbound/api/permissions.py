from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from inbound.errors import MissingScope
from inbound.tokens import Credential
from ordinavo.common.scopes import Scope


class HasRequiredScope(BasePermission):
    """The default permission: a view declares `required_scope`, the token must have it."""

    def has_permission(self, request: Request, view: Any) -> bool:
        scope = Scope(view.required_scope)
        if not isinstance(request.auth, Credential):
            return False
        if scope not in request.auth.scopes:
            raise MissingScope(scope)
        return True
