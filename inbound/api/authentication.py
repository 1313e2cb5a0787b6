"""Authenticate API requests by their token (RFC 6750)."""

import uuid
from io import BytesIO
from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from importjobs import runner
from inbound import networks, rate_limits, source_systems
from inbound.api.request_body import read_document
from inbound.credentials import Authenticated, Credential, find_credential, find_credential_and_rows, verified_id
from inbound.errors import AddressNotAllowed, RateLimited, Unauthorized
from ordinavo.common import gzip_body
from ordinavo.common.client_address import client_address
from ordinavo.common.errors import ApiError
from ordinavo.common.request_context import context_of, has_unarrived_body

# A larger body, packed or unpacked, is read after its token is known to be valid, so that it costs nothing without one.
SMALL_BODY_BYTES = 16 * 1024


class TokenAuthentication(BaseAuthentication):
    """Authenticate `Authorization: Bearer …`. The Credential becomes `request.auth`."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Credential]:
        """Return an anonymous user and the rights of the token. Count the request for the rate limit of the token.

        A failed authentication is counted for the client's address instead. Stores the Rate of the one that counted,
        and the prefetched rows if any, in the RequestContext. Raises Unauthorized if there is no valid token,
        AddressNotAllowed if the token may not be used from the client's address, RateLimited if the token, or the
        address of a failed authentication, is over its limit, and django.db.OperationalError if the database cannot be
        reached. A request from a network that is not allowed counts for the token and not as a failed authentication.
        """
        scheme, _, raw = request.META.get("HTTP_AUTHORIZATION", "").strip().partition(" ")
        token_id = verified_id(raw.strip()) if scheme.lower() == "bearer" else None
        found = self.find_token(request, token_id) if token_id else None
        if found is None:
            _count_failure(request)
            raise Unauthorized(_INVALID_TOKEN if scheme else _NO_TOKEN)
        context = context_of(request)
        context.rate, context.prefetched = found.rate, found.prefetched
        context.token = f"{found.credential.name} ({found.credential.token_id})"
        _check_network(request, found.credential)
        if found.rate and found.rate.is_exceeded:
            raise RateLimited(found.rate, f"This token may send at most {found.rate.limit:,} requests a minute.")
        return AnonymousUser(), found.credential

    def find_token(self, request: Request, token_id: uuid.UUID) -> Authenticated | None:
        """Return the rights and the Rate of a token whose signature is valid. Count the request for its rate limit.

        If the body has not arrived yet, the request is not counted: it will be when its body is there. The Rate is None
        then, and if the token has no limit. A token over its limit is returned too: the caller looks at
        `rate.is_exceeded`. Returns None, and counts nothing, if the token is unknown, expired or revoked. Raises
        django.db.OperationalError if the database cannot be reached.
        """
        return find_credential(token_id, counts_request=not has_unarrived_body(request))

    def authenticate_header(self, request: Request) -> str:
        """Return "Bearer", the scheme that WWW-Authenticate names if a request is not authenticated."""
        return "Bearer"


class SingleImportAuthentication(TokenAuthentication):
    """Authenticate a single import, and read the stored target in the round trip that looks up the token.

    To know which target, it reads the body first if it is small. A fault of the body is reported by the view, after
    the token turned out to be valid.
    """

    def find_token(self, request: Request, token_id: uuid.UUID) -> Authenticated | None:
        """Return the rights and Rate of a token, and as `prefetched`, by one query, the target that a small body names.

        Counts the request, unless its body has not arrived; the Rate is None then, and for a token without a limit. A
        token over its limit is returned too. `prefetched` is one row without a target if none is stored, and None if
        the body has not arrived, is over SMALL_BODY_BYTES, has no announced length, cannot be read or names no source
        system. Returns None, uncounted, for an unknown, expired or revoked token. Raises OperationalError if the
        database cannot be reached.
        """
        if has_unarrived_body(request):
            return super().find_token(request, token_id)
        document = _small_document(request)
        key = source_systems.sent_key(document) if document else None
        if document is None or not isinstance(key, str):
            return find_credential(token_id)
        return find_credential_and_rows(token_id, runner.stored_target_query(document, source_system_key=key))


_NO_TOKEN = "Send your API token with each request, as 'Authorization: Bearer …'."  # noqa: S105  a message
_INVALID_TOKEN = (
    "The token is not valid: it is unknown, expired or revoked. "  # noqa: S105  a message
    "Ask an administrator for a new one and send it as 'Authorization: Bearer …'."
)


def _check_network(request: Request, credential: Credential) -> None:
    """Raise AddressNotAllowed if the token is restricted to networks and the client's address is in none of them.

    A client without an address, as on a Unix socket, is in no network.
    """
    if not credential.allowed_networks:
        return
    address = client_address(request._request)
    if not networks.contains(credential.allowed_networks, address):
        raise AddressNotAllowed(address)


def _count_failure(request: Request) -> None:
    """Count a failed authentication of the client's address, and store its Rate in the RequestContext.

    Counts nothing, and stores None, if the setting FAILED_AUTHENTICATIONS_PER_MINUTE is 0. Raises RateLimited if the
    address is over its limit.
    """
    rate = rate_limits.count_failed_authentication(client_address(request._request))
    context_of(request).rate = rate
    if rate and rate.is_exceeded:
        raise RateLimited(rate, f"This address may fail to authenticate at most {rate.limit:,} times a minute.")


def _small_document(request: Request) -> dict[str, Any] | None:
    """Return the JSON object of a body of at most SMALL_BODY_BYTES, also after unpacking, or None for any other body.

    None also if the length is not announced or the body cannot be read. The RequestContext stores the object or the
    error, so the view, which asks for the body again, gets the same.
    """
    length = request.META.get("CONTENT_LENGTH") or ""
    if not length.isdecimal() or int(length) > SMALL_BODY_BYTES:
        return None
    try:
        if gzip_body.is_gzip(request._request):
            gzip_body.read(BytesIO(request._request.body), SMALL_BODY_BYTES)  # raises if the unpacked body is larger
        return read_document(request)
    except ApiError:
        return None
