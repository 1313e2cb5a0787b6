"""Answer a repeated request like its first one: the header Idempotency-Key.

The source is draft-ietf-httpapi-idempotency-key-header. The record of a key is written in the transaction of its
import, so no crash can leave one without the other. While the first request runs, a second one with the same key waits
for it on the unique constraint of the record. Like every wait for a lock, it waits without a database connection.
"""

import re
from collections.abc import Callable
from functools import partial
from hashlib import sha256

from django.db import OperationalError, transaction
from django.http import HttpResponse

from inbound.errors import IdempotencyConflict, IdempotencyInProgress
from inbound.models import IdempotencyRecord
from ordinavo.common.errors import InvalidParameter
from ordinavo.common.limits import MAX_IDEMPOTENCY_KEY_LENGTH as MAX_LENGTH
from ordinavo.common.lock_waits import SHORT_WAIT_MS, is_lock_timeout, limit_sql
from ordinavo.common.sql import execute
from targets.races import retry_conflicts, translate_lost_races

KEY = re.compile(rf'[\x21\x23-\x7e][\x21-\x7e]{{0,{MAX_LENGTH - 1}}}|"[\x21-\x7e]{{1,{MAX_LENGTH}}}"')
"""A header value: visible ASCII characters, bare or in quotes."""


def parse_key(header: str | None) -> str | None:
    """Return the key of an Idempotency-Key header without its quotes, or None if the header was not sent.

    Raises InvalidParameter if the header does not match KEY, for example if it is empty or too long.
    """
    if header is None:
        return None
    if not KEY.fullmatch(header):
        raise InvalidParameter(
            f"Idempotency-Key must have 1 to {MAX_LENGTH} visible ASCII characters, bare or in quotes."
        )
    return header[1:-1] if len(header) > 2 and header[0] == header[-1] == '"' else header


def once(
    *,
    key: str | None,
    token_id: int,
    path: str,
    body: bytes,
    perform: Callable[[bool], HttpResponse],
    wait_seconds: float,
) -> HttpResponse:
    """Return what `perform` answers, or the stored answer if the key was used before with the same `token_id`.

    `token_id` is the id of the first token of a rotation, so that a key means the same to all tokens rotated from it.
    `perform(is_retry)` does the work in the transaction of the record. Its answer is stored whatever its HTTP status.
    It is called again with True if the transaction lost a race, for example because another one deleted what the work
    refers to, or if another one held a lock; for locks it waits `wait_seconds` at most. Without a key it is called
    once, with False, and nothing is stored.

    Raises IdempotencyConflict if the key was used with another path or body, IdempotencyInProgress if the first request
    with the key does not end within `wait_seconds`, TargetLocked or TooManyWaiting if another transaction holds a
    target, and django.db.OperationalError after five lost races. Any other exception of `perform` is not caught: the
    transaction is rolled back, and no answer is stored.
    """
    if key is None:
        return perform(False)
    endpoint = path.rpartition("/inbound/")[2]  # the same below both base paths
    fingerprint = sha256(endpoint.encode() + b"\n" + body).hexdigest()

    def attempt(is_retry: bool) -> HttpResponse:
        """Perform the work or repeat the stored answer, in one transaction. Raises LostRace if it lost a race."""
        return _perform_or_repeat(token_id, key, fingerprint, partial(perform, is_retry))

    return retry_conflicts(attempt, wait_seconds=wait_seconds)


def _perform_or_repeat(token_id: int, key: str, fingerprint: str, perform: Callable[[], HttpResponse]) -> HttpResponse:
    """In one transaction, insert the record of a key, call `perform` and store its answer.

    If the key has a record, return the stored answer instead. Raises LostRace, for the caller to retry, if `perform` or
    the commit failed only because of another transaction: a deadlock, a deleted row, or a target just created. Raises
    IdempotencyConflict if the record has another fingerprint, IdempotencyInProgress if another request with the key
    does not end within SHORT_WAIT_MS or the record was deleted meanwhile, and what `perform` raises. After any
    exception nothing is stored.
    """
    with translate_lost_races(), transaction.atomic():
        record_id = _insert_record(token_id, key, fingerprint)
        if record_id is None:
            return _stored_answer(token_id, key, fingerprint)
        response = perform()
        answer = {"status": response.status_code, "body": response.content.decode()}
        IdempotencyRecord.objects.filter(pk=record_id).update(**answer)
    return response


_INSERT = f"""
INSERT INTO inbound_idempotencyrecord (token_id, key, fingerprint, status, body, created_at)
SELECT %(token_id)s, %(key)s, %(fingerprint)s, 0, '', now() WHERE {limit_sql(SHORT_WAIT_MS)}
ON CONFLICT (token_id, key) DO NOTHING
RETURNING id
"""  # noqa: S608  constants


def _insert_record(token_id: int, key: str, fingerprint: str) -> int | None:
    """Insert a record without an answer and return its id, or None if the token has a record of this key.

    If another transaction is inserting the key, wait for its end. Raises IdempotencyInProgress after SHORT_WAIT_MS, and
    django.db.OperationalError if the database fails. The limit holds for the whole transaction. Must run in a
    transaction, which then holds the lock on the key.
    """
    try:
        rows = execute(_INSERT, {"token_id": token_id, "key": key, "fingerprint": fingerprint})
    except OperationalError as error:
        if is_lock_timeout(error):
            raise IdempotencyInProgress from error
        raise
    return rows[0][0] if rows else None


def _stored_answer(token_id: int, key: str, fingerprint: str) -> HttpResponse:
    """Return the stored answer of a key, with its HTTP status and the header Idempotent-Replayed.

    Raises IdempotencyConflict if it was stored for another path or body, and IdempotencyInProgress if it was deleted
    meanwhile, so that the client sends the request again.
    """
    record = IdempotencyRecord.objects.filter(token_id=token_id, key=key).first()
    if record is None:  # prune_inbound has deleted it since the insert
        raise IdempotencyInProgress
    if record.fingerprint != fingerprint:
        raise IdempotencyConflict
    return HttpResponse(
        record.body,
        status=record.status,
        content_type="application/json",
        headers={"Idempotent-Replayed": "true"},
    )
