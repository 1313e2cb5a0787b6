"""Check the API token and its scopes, as a plain project would do it."""

import uuid
from typing import Any

import jwt
from django.conf import settings
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from tests.benchmarks.peers.plain_drf.models import ApiToken


class TokenAuthentication(BaseAuthentication):
    """Find the row of the bearer token. It must be signed, not expired and not revoked."""

    def authenticate(self, request: Request) -> tuple[None, ApiToken] | None:
        scheme, _, raw = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        try:
            claims = jwt.decode(raw, settings.SIGNING_KEY, algorithms=["HS256"], options={"require": ["exp", "jti"]})
            jti = uuid.UUID(claims["jti"])
        except (jwt.InvalidTokenError, ValueError) as error:
            raise AuthenticationFailed from error
        tokens = ApiToken.objects.filter(revoked_at=None, expires_at__gt=timezone.now())
        token = tokens.prefetch_related("source_systems").filter(jti=jti).first()
        if token is None or claims.get("token_type") != "integration":
            raise AuthenticationFailed
        return None, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScope(BasePermission):
    """The token has the scope that the view requires."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.auth is not None and view.required_scope in request.auth.scopes
