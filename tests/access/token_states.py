"""The states in which an API token can be, each as the headers and the address of a request that carries it."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import jwt
from django.conf import settings
from django.test import Client
from django.utils import timezone

from inbound import tokens
from inbound.models import ApiToken
from ordinavo.common.scopes import Scope
from tests.factories import ApiTokenFactory, StaffFactory

OTHER_ADDRESS = "203.0.113.9"


class Sent(NamedTuple):
    """What a client sends, beside the method, the path and the body."""

    authorization: str | None
    address: str = "127.0.0.1"
    session: str = ""


def _bearer(raw: str) -> Sent:
    return Sent(f"Bearer {raw}")


def _forged(token: ApiToken, key: str | None, algorithm: str = "HS256", **claims: Any) -> Sent:
    payload = {"token_type": "integration", "jti": str(token.jti), "exp": 4_000_000_000} | claims
    return _bearer(jwt.encode(payload, key, algorithm=algorithm))


def _with_other_signature(token: ApiToken) -> Sent:
    signed, _, signature = tokens.encode(token).rpartition(".")
    return _bearer(f"{signed}.{signature[::-1]}")


def _after(token: ApiToken, change: Callable[[], Any]) -> Sent:
    raw = tokens.encode(token)
    change()
    return _bearer(raw)


def _expire(token: ApiToken) -> None:  # by a day, because now() of PostgreSQL is the begin of the test's transaction
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(days=1))


def _end_grace(token: ApiToken) -> None:
    tokens.rotate(token=token, days=1)
    _expire(token)


def _session() -> Sent:
    client = Client()
    client.force_login(StaffFactory())
    return Sent(None, session=client.cookies[settings.SESSION_COOKIE_NAME].value)


UNAUTHORIZED: Mapping[str, Callable[[ApiToken], Sent]] = {
    "none": lambda token: Sent(None),
    "a superuser's session": lambda token: _session(),
    "an empty header": lambda token: Sent(""),
    "another scheme": lambda token: Sent(f"Token {tokens.encode(token)}"),
    "malformed": lambda token: _bearer("abc"),
    "signature forged": _with_other_signature,
    "signature removed": lambda token: _bearer(tokens.encode(token).rpartition(".")[0] + "."),
    "signed with SECRET_KEY": lambda token: _forged(token, settings.SECRET_KEY),
    "signed with another key": lambda token: _forged(token, "k" * 64),
    "algorithm none": lambda token: _forged(token, None, "none"),
    "algorithm HS512": lambda token: _forged(token, settings.TOKEN_SIGNING_KEY, "HS512"),
    "another type of JWT": lambda token: _forged(token, settings.TOKEN_SIGNING_KEY, token_type="access"),
    "unknown id": lambda token: _forged(token, settings.TOKEN_SIGNING_KEY, jti="7d2f4ae4-7f5e-4d64-9df7-6b1b3a8bbf5c"),
    "JWT expired": lambda token: _forged(token, settings.TOKEN_SIGNING_KEY, exp=1),
    "expired": lambda token: _after(token, lambda: _expire(token)),
    "revoked": lambda token: _after(token, lambda: tokens.revoke(token=token)),
    "rotated without grace": lambda token: _after(token, lambda: tokens.rotate(token=token, days=0)),
    "rotated, grace over": lambda token: _after(token, lambda: _end_grace(token)),
}
"""States that are answered with 401. Each is made of a valid token that has all scopes."""


def without_scope(scope: Scope) -> dict[str, list[Scope]]:
    """Return the sets of scopes that lack `scope`: none, each other one alone, and all others."""
    others = [other for other in Scope if other != scope]
    return {"no scope": [], "all other scopes": others} | {f"only {other}": [other] for other in others}


def authorized(scope: Scope | None, systems: list[Any]) -> dict[str, Sent]:
    """Return requests with a valid token that has `scope`: alone, among all scopes, rotated, from its network."""

    def token(**fields: Any) -> ApiToken:
        return ApiTokenFactory(source_systems=systems, **fields)

    rotated = token()
    return {
        "all scopes": _bearer(tokens.encode(token())),
        "its scope alone": _bearer(tokens.encode(token(scopes=[scope] if scope else []))),
        "rotated, within the grace": _after(rotated, lambda: tokens.rotate(token=rotated, days=1)),
        "from its own network": _bearer(tokens.encode(token(allowed_networks=["127.0.0.0/8"]))),
    }


def from_another_network(systems: list[Any]) -> Sent:
    """Return a request with a valid token from an address that is in none of the token's networks."""
    token = ApiTokenFactory(source_systems=systems, allowed_networks=["127.0.0.0/8"])
    return Sent(f"Bearer {tokens.encode(token)}", address=OTHER_ADDRESS)


def lacking(scopes: list[Scope], systems: list[Any]) -> Sent:
    """Return a request with a valid token that has exactly these scopes."""
    return _bearer(tokens.encode(ApiTokenFactory(source_systems=systems, scopes=scopes)))
