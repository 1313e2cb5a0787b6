"""API tokens: issued, revoked, and found again by what a request carries."""

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.tokens import Token

from inbound.models import ApiToken
from inbound.rate_limits import DEFAULT_RATE_LIMIT, MINUTE, ON_CONFLICT, Rate
from ordinavo.common.scopes import Scope
from ordinavo.common.sql import SEQSCAN_OFF, Rows, Statement, execute_with_reconnect
from targets.models import SourceSystem

DEFAULT_DAYS = 365
MAX_DAYS = 3650


class IntegrationJWT(Token):
    """Of its own type, so that no other JWT that simplejwt signs is taken for one."""

    token_type = "integration"  # noqa: S105  a kind, not a secret
    lifetime = timedelta(days=DEFAULT_DAYS)


@dataclass(frozen=True)
class Credential:
    """What the row of a valid token says: the claims of the JWT say nothing but who it is."""

    token_id: int
    name: str
    scopes: frozenset[str]
    source_systems: Sequence[SourceSystem]
    expires_at: datetime
    rate_limit: int
    rate: Rate | None = None
    """None where the token has no limit."""
    rows: Rows | None = None
    """Of the query that was run with the look-up. As of then: who tries again has to look again."""

    @property
    def source_system_ids(self) -> list[int]:
        return [system.pk for system in self.source_systems]


def issue(
    *,
    name: str,
    scopes: Sequence[Scope | str],
    source_systems: Sequence[SourceSystem],
    expires_at: datetime,
    rate_limit: int = DEFAULT_RATE_LIMIT,
    created_by: User | None = None,
) -> tuple[ApiToken, str]:
    """The row, and the token, which is not stored: who loses it needs a new one.

    Raises ValidationError where the name is in use or a scope is unknown."""
    token = ApiToken(
        name=name, scopes=list(scopes), expires_at=expires_at, rate_limit=rate_limit, created_by=created_by
    )
    token.full_clean()
    with transaction.atomic():
        token.save()
        token.source_systems.set(source_systems)
    return token, encode(token)


def encode(token: ApiToken) -> str:
    jwt = IntegrationJWT()
    jwt["jti"] = str(token.jti)
    jwt.set_exp(from_time=token.expires_at, lifetime=timedelta(0))
    return str(jwt)


def rotate(*, token: ApiToken, days: int, created_by: User | None = None) -> tuple[ApiToken, str]:
    """A new token of the same name and rights; the old one works for so many days more, none is at once.

    The old one takes a name that says so, and never lives longer than it would have.
    Raises ValidationError where it is not valid any more."""
    now = timezone.now()
    with transaction.atomic():
        old = ApiToken.objects.select_for_update().get(pk=token.pk)
        if not old.is_valid:
            raise ValidationError(_("Only a valid token can be rotated."))
        lifetime = old.expires_at - old.created_at
        if days:
            old.expires_at = min(old.expires_at, now + timedelta(days=days))
        else:
            old.revoked_at, old.revoked_by = now, created_by.get_username() if created_by else ""
        name, old.name = old.name, _retired_name(old, now)
        old.save()
        new = ApiToken(name=name, scopes=old.scopes, expires_at=now + lifetime, rate_limit=old.rate_limit)
        new.created_by, new.rotated_from = created_by, old
        new.full_clean()
        new.save()
        new.source_systems.set(old.source_systems.all())
    return new, encode(new)


def revoke(*, token: ApiToken, by: str = "") -> None:
    """Takes effect with the next request. A revoked token stays revoked."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now(), revoked_by=by)


def _retired_name(token: ApiToken, now: datetime) -> str:
    suffix = f" (rotated {timezone.localtime(now):%Y-%m-%d %H:%M:%S})"
    return token.name[: 255 - len(suffix)] + suffix


def verify(raw: str, together_with: Callable[[], Statement | None]) -> Credential | None:
    """What the token may do, or None where it is forged, expired, revoked or of another kind.

    Takes one query, which can carry another; a forged token takes none."""
    jti = _signed_id(raw, settings.TOKEN_SIGNING_KEY) if len(raw) <= _LONGEST else None
    return _look_up(jti, together_with()) if jti else None


# Whatever a forger makes the libraries stumble over (an exp beyond the calendar, a header nested
# a thousand deep, a jti that is a list): it is not a token that we issued.
_FORGERIES = (TokenError, ValueError, TypeError, AttributeError, ArithmeticError, OSError)


_LONGEST = 1_000  # ours have a few hundred characters, and what a forger sends is kept, too


@lru_cache(maxsize=1_000)
def _signed_id(raw: str, signing_key: str) -> uuid.UUID | None:
    """Kept, as a signature stays right or wrong; when the token ends, its row says."""
    try:
        return uuid.UUID(IntegrationJWT(raw)["jti"])  # type: ignore[arg-type]
    except (*_FORGERIES, LookupError, RecursionError):
        return None


# Reads all that a request needs to know of its token, counts it, and notes the use at most once a minute.
_LOOK_UP = f"""
WITH token AS (
    SELECT * FROM inbound_apitoken WHERE jti = %(jti)s AND revoked_at IS NULL AND expires_at > now()
), used AS (
    UPDATE inbound_apitoken SET last_used_at = now()
    WHERE id = (SELECT id FROM token WHERE last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
), counted AS (
    INSERT INTO inbound_ratewindow AS rate (key, minute, count)
    SELECT 'token:' || id, {MINUTE}, 1 FROM token WHERE rate_limit > 0
    {ON_CONFLICT}
), known AS (
    SELECT jsonb_build_object(
        'token_id', token.id, 'name', token.name, 'scopes', token.scopes, 'expires_at', token.expires_at,
        'rate_limit', token.rate_limit, 'source_systems', (
            SELECT jsonb_agg(
                jsonb_build_object(
                    'id', system.id, 'key', system.key, 'name', system.name, 'active', system.active,
                    'default_template_id', system.default_template_id
                ) ORDER BY system.key
            )
            FROM inbound_apitoken_source_systems AS link
            JOIN targets_sourcesystem AS system ON system.id = link.sourcesystem_id
            WHERE link.apitoken_id = token.id
        )
    ), (SELECT ARRAY[count, reset, wait] FROM counted), {SEQSCAN_OFF}
    FROM token
)
SELECT * FROM known
"""  # noqa: S608  constants
_OWN_COLUMNS = 3


def _look_up(jti: uuid.UUID, other: Statement | None) -> Credential | None:
    own: dict[str, Any] = {"jti": jti}
    if other is None:
        rows = execute_with_reconnect(_LOOK_UP, own)
    else:
        rows = execute_with_reconnect(
            f"{_LOOK_UP} LEFT JOIN LATERAL ({other.sql}) AS other ON true", {**own, **other.parameters}
        )
    if not rows:
        return None
    [(said, counted, _set, *_), *_] = rows
    credential = _read(said)
    rate = Rate(credential.rate_limit, *counted) if counted else None
    return replace(credential, rate=rate, rows=[row[_OWN_COLUMNS:] for row in rows] if other else None)


@lru_cache(maxsize=1_000)
def _read(row: str) -> Credential:
    """Kept for as long as the database says the same of the token."""
    said = json.loads(row)
    return Credential(
        token_id=said["token_id"],
        name=said["name"],
        scopes=frozenset(said["scopes"]),
        source_systems=[SourceSystem(**system) for system in said["source_systems"] or []],
        expires_at=datetime.fromisoformat(said["expires_at"]),
        rate_limit=said["rate_limit"],
    )
