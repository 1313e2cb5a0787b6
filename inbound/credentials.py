"""Check the API token of a request: verify its signature, then look up its rights and count the request."""

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, NamedTuple

from django.conf import settings
from rest_framework_simplejwt.exceptions import TokenError

from inbound.rate_limits import COUNT_ON_CONFLICT, CURRENT_MINUTE
from inbound.tokens import IntegrationJWT
from ordinavo.common.rate import Rate
from ordinavo.common.sql import SEQSCAN_OFF, Rows, Statement, execute_with_reconnect
from targets.models import SourceSystem

MAX_TOKEN_LENGTH = 1_000
"""Characters. Issued tokens have a few hundred; the limit bounds what a forger can fill the cache with."""


@dataclass(frozen=True)
class Credential:
    """The rights of a valid token, as its database row states them. The JWT itself states no rights."""

    token_id: int
    name: str
    scopes: frozenset[str]
    source_systems: Sequence[SourceSystem]
    expires_at: datetime
    rate_limit: int
    """Requests a minute; 0 is no limit."""
    first_token_id: int
    """The id of the token that this one was rotated from, through all rotations; its own id if it was not rotated."""
    allowed_networks: Sequence[IPv4Network | IPv6Network]
    """The networks from which the token may be used. Empty if it may be used from everywhere."""

    @property
    def source_system_ids(self) -> list[int]:
        """The ids of the source systems, active or not, to which the token gives access."""
        return [system.pk for system in self.source_systems]


class Authenticated(NamedTuple):
    """What one look-up of a token found."""

    credential: Credential
    rate: Rate | None
    """The token's rate limit after it counted this request, or None if the token has no limit."""
    prefetched: Rows | None = None
    """The rows of the second query of `find_credential_and_rows`, else None."""


def verified_id(raw: str) -> uuid.UUID | None:
    """Return the id (`jti`) of a signed token, or None if it is forged, malformed, expired or too long.

    Nothing is raised, whatever the text is. Makes no query. Results are cached, so a token that expires after its first
    use may still have an id here; the query of `find_credential` finds out that it is expired.
    """
    return _verified_id(raw, settings.TOKEN_SIGNING_KEY) if len(raw) <= MAX_TOKEN_LENGTH else None


def find_credential(token_id: uuid.UUID, *, counts_request: bool = True) -> Authenticated | None:
    """Return the rights of a token and its rate limit after this request, or None if it is unknown, expired or revoked.

    One statement also counts the request, unless `counts_request` is False (there is no Rate then), updates
    `last_used_at` at most once a minute, and makes PostgreSQL prefer indexes on this connection. A token over its
    limit is returned too: the caller looks at `rate.is_exceeded`. Raises django.db.OperationalError if the database
    cannot be reached.
    """
    rows = execute_with_reconnect(_LOOK_UP, {"jti": token_id, "counts": counts_request})
    return _authenticated(rows) if rows else None


def find_credential_and_rows(token_id: uuid.UUID, query: Statement) -> Authenticated | None:
    """Look up a token as `find_credential` does, and run another query in the same round trip.

    The rows of that query are in `prefetched`; if it finds nothing, that is one row of None values. No parameter of it
    may be named `jti` or `counts`. Also counts the request. Returns None, and counts nothing, if the token is
    unknown, expired or revoked. Raises django.db.OperationalError if the database cannot be reached.
    """
    together = f"{_LOOK_UP} LEFT JOIN LATERAL ({query.sql}) AS other ON true"
    rows = execute_with_reconnect(together, {"jti": token_id, "counts": True, **query.parameters})
    return _authenticated(rows)._replace(prefetched=[row[_OWN_COLUMNS:] for row in rows]) if rows else None


# What simplejwt and PyJWT raise for forged tokens: an exp beyond the calendar, a jti that is a list, a header nested
# a thousand levels deep.
_FORGERY_ERRORS = (
    TokenError, ValueError, TypeError, AttributeError, ArithmeticError, OSError, LookupError, RecursionError,
)  # fmt: skip


# A signature does not change, so the result is cached by the whole token. Whether the token is expired or revoked is
# read from its row with every request.
@lru_cache(maxsize=1_000)
def _verified_id(raw: str, signing_key: str) -> uuid.UUID | None:
    """Return the id of a JWT, or None if its signature, type, expiry or id is not accepted. Both are cached."""
    try:
        return uuid.UUID(IntegrationJWT(raw)["jti"])  # type: ignore[arg-type]
    except _FORGERY_ERRORS:
        return None


# One statement reads the rights of a token, counts the request, and updates last_used_at at most once a minute.
_LOOK_UP = f"""
WITH token AS (
    SELECT * FROM inbound_apitoken WHERE jti = %(jti)s AND revoked_at IS NULL AND expires_at > now()
), used AS (
    UPDATE inbound_apitoken SET last_used_at = now()
    WHERE id = (SELECT id FROM token WHERE last_used_at IS NULL OR last_used_at < now() - interval '1 minute')
), counted AS (
    INSERT INTO inbound_ratewindow AS rate (key, minute, count)
    SELECT 'token:' || id, {CURRENT_MINUTE}, 1 FROM token WHERE rate_limit > 0 AND %(counts)s::boolean
    {COUNT_ON_CONFLICT}
), known AS (
    SELECT jsonb_build_object(
        'token_id', token.id, 'name', token.name, 'scopes', token.scopes, 'expires_at', token.expires_at,
        'rate_limit', token.rate_limit, 'first_token_id', COALESCE(token.first_token_id, token.id),
        'allowed_networks', token.allowed_networks, 'source_systems', (
            SELECT jsonb_agg(
                jsonb_build_object(
                    'id', system.id, 'key', system.key, 'name', system.name, 'active', system.active,
                    'default_template_id', system.default_template_id, 'time_zone', system.time_zone,
                    'paused_at', system.paused_at, 'paused_reason', system.paused_reason
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


def _authenticated(rows: Rows) -> Authenticated:
    """Return the rights that the first row of a look-up states, and the token's Rate.

    The Rate has the limit of the token and its requests of this minute; it is None if the token has no limit. Raises
    IndexError if there is no row.
    """
    rights, counted = rows[0][:2]
    credential = _credential(rights)
    return Authenticated(credential, Rate(credential.rate_limit, *counted) if counted else None)


# Cached by the JSON text of the row, so a change of the row takes effect with the next request.
@lru_cache(maxsize=1_000)
def _credential(rights: str) -> Credential:
    """Return the rights that a look-up returned as JSON text. The object is cached and shared.

    Its source systems are model objects with only the columns of the look-up, made without a query.
    """
    row: Mapping[str, Any] = json.loads(rights)
    return Credential(
        token_id=row["token_id"],
        name=row["name"],
        scopes=frozenset(row["scopes"]),
        source_systems=[_source_system(system) for system in row["source_systems"] or []],
        expires_at=datetime.fromisoformat(row["expires_at"]),
        rate_limit=row["rate_limit"],
        first_token_id=row["first_token_id"],
        allowed_networks=[ip_network(network) for network in row["allowed_networks"]],
    )


def _source_system(row: Mapping[str, Any]) -> SourceSystem:
    """Return the source system that a row of a look-up states, as a model object made without a query."""
    paused_at = datetime.fromisoformat(row["paused_at"]) if row["paused_at"] else None
    return SourceSystem(**{**row, "paused_at": paused_at})
