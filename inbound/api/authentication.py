from collections.abc import Callable
from functools import partial

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from inbound import rate_limits, tokens
from inbound.errors import RateLimited
from inbound.rate_limits import Rate
from inbound.tokens import Credential
from ordinavo.common.sql import Statement


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer …` (RFC 6750). The credential becomes `request.auth`.

    A view may have a method `query_with_token`: its query is run with the look-up of the token, in one round trip."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Credential]:
        scheme, _, raw = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
        credential = tokens.verify(raw.strip(), _query_of_view(request)) if scheme.lower() == "bearer" else None
        if credential is None:
            _note(request, rate_limits.count_failure(request._request), "failed authentications of an address")
            raise _REFUSAL if scheme else _NOTHING_SENT
        _note(request, credential.rate, "requests of this token")
        return AnonymousUser(), credential

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


_NOTHING_SENT = NotAuthenticated("Send your API token with each request, as 'Authorization: Bearer …'.")
_REFUSAL = AuthenticationFailed(
    "The token is not valid: it is unknown, expired or revoked. Ask an administrator "
    "for a new one and send it as 'Authorization: Bearer …'."
)


def _query_of_view(request: Request) -> Callable[[], Statement | None]:
    query = getattr(request.parser_context["view"], "query_with_token", None)
    return partial(query, request) if query else lambda: None


def _note(request: Request, rate: Rate | None, what: str) -> None:
    """For the headers of the answer. Raises RateLimited."""
    request._request.rate = rate  # type: ignore[attr-defined]
    if rate and rate.is_exceeded:
        raise RateLimited(rate, what)
