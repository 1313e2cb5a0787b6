"""Check the scopes of tokens."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from inbound.credentials import Credential
from inbound.errors import MissingScope
from ordinavo.common.scopes import Scope


class HasRequiredScope(BasePermission):
    """Require the scope that the view declares as `required_scope`. This is the permission of every endpoint.

    A view may declare another scope for some of its actions, such as "destroy", as `scope_of_action`.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        """Return True if the token has the scope, False if the request is not authenticated.

        Raises MissingScope if the token lacks the scope, and AttributeError or ValueError if the view declares no known
        scope.
        """
        of_action = getattr(view, "scope_of_action", {})
        scope = Scope(of_action.get(getattr(view, "action", None), view.required_scope))
        if not isinstance(request.auth, Credential):
            return False
        if scope not in request.auth.scopes:
            raise MissingScope(scope)
        return True
