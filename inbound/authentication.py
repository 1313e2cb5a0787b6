from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from . import tokens
from .tokens import Credential


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer …` (RFC 6750). The credential becomes `request.auth`."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Credential] | None:
        scheme, _, raw = request.headers.get("Authorization", "").strip().partition(" ")
        if not scheme:
            return None
        credential = tokens.verify(raw.strip()) if scheme.lower() == "bearer" else None
        if credential is None:
            raise AuthenticationFailed(
                "The token is not valid: it is unknown, expired or revoked. Ask an administrator "
                "for a new one and send it as 'Authorization: Bearer …'."
            )
        return AnonymousUser(), credential

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"
