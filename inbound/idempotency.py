"""The same request twice is one import: the Idempotency-Key header (draft-ietf-httpapi-idempotency-key-header).

The record of a key is written in the transaction of its import, so that no crash keeps one without the other.
While that runs, a second request with the key waits for it in the unique constraint, but not for long."""

import re
from collections.abc import Callable
from hashlib import sha256

from django.db import OperationalError, transaction
from django.http import HttpResponse
from psycopg.errors import LockNotAvailable
from rest_framework.request import Request

from inbound.errors import IdempotencyConflict, IdempotencyInProgress, InvalidParameter
from inbound.models import IdempotencyRecord
from ordinavo.common.sql import execute
from targets.races import retry_lost_races, translate_lost_races

PATIENCE_MS = 3_000
KEY = re.compile(r'[\x21\x23-\x7e][\x21-\x7e]{0,254}|"[\x21-\x7e]{1,255}"')


def once(request: Request, *, token_id: int, body: bytes, act: Callable[[bool], HttpResponse]) -> HttpResponse:
    """Answers what the key's first request was answered; the first one acts, and is told whether it does so again.

    An exception of `act` leaves no record. Raises IdempotencyConflict, IdempotencyInProgress and InvalidParameter."""
    key = key_of(request)
    if key is None:
        return act(False)
    fingerprint = sha256(request.path_info.rpartition("/inbound/")[2].encode() + b"\n" + body).hexdigest()
    return retry_lost_races(lambda is_retry: _once(token_id, key, fingerprint, act, is_retry))


def _once(
    token_id: int, key: str, fingerprint: str, act: Callable[[bool], HttpResponse], is_retry: bool
) -> HttpResponse:
    with translate_lost_races(), transaction.atomic():
        record = _claim(token_id, key, fingerprint)
        if record is None:
            return _again(token_id, key, fingerprint)
        response = act(is_retry)
        answer = {"status": response.status_code, "body": response.content.decode()}
        IdempotencyRecord.objects.filter(pk=record).update(**answer)
    return response


def key_of(request: Request) -> str | None:
    """Raises InvalidParameter for one that is none."""
    sent = request.META.get("HTTP_IDEMPOTENCY_KEY")
    if sent is None:
        return None
    if not KEY.fullmatch(sent):
        raise InvalidParameter("Idempotency-Key must have 1 to 255 visible ASCII characters, bare or in quotes.")
    return sent[1:-1] if len(sent) > 2 and sent[0] == sent[-1] == '"' else sent


# The patience is for the wait of this statement alone.
_CLAIM = """
WITH patience AS MATERIALIZED (
    SELECT current_setting('lock_timeout') AS usual, set_config('lock_timeout', %(patience)s, true) AS now
)
INSERT INTO inbound_idempotencyrecord (token_id, key, fingerprint, status, body, created_at)
SELECT %(token_id)s, %(key)s, %(fingerprint)s, 0, '', now() FROM patience
ON CONFLICT (token_id, key) DO NOTHING
RETURNING id, (SELECT set_config('lock_timeout', usual, true) FROM patience)
"""


def _claim(token_id: int, key: str, fingerprint: str) -> int | None:
    """The id of a new record, or None where there is one."""
    values: dict[str, int | str] = {
        "token_id": token_id,
        "key": key,
        "fingerprint": fingerprint,
        "patience": str(PATIENCE_MS),
    }
    try:
        rows = execute(_CLAIM, values)
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise IdempotencyInProgress from error
        raise
    return rows[0][0] if rows else None


def _again(token_id: int, key: str, fingerprint: str) -> HttpResponse:
    record = IdempotencyRecord.objects.filter(token_id=token_id, key=key).first()
    if record is None:  # pruned in this moment
        raise IdempotencyInProgress
    if record.fingerprint != fingerprint:
        raise IdempotencyConflict
    return HttpResponse(
        record.body,
        status=record.status,
        content_type="application/json",
        headers={"Idempotent-Replayed": "true"},
    )
