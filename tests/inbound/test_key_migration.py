"""Idempotency keys that tokens used before the migration mean the same to the tokens rotated from them."""

from contextlib import contextmanager

import pytest
from django.core.management import call_command
from django.db import connection

from inbound.models import ApiToken, IdempotencyRecord
from tests.factories import ApiTokenFactory


@contextmanager
def before_the_migration():
    """Let the block fill the tables as they were before keys belonged to first tokens, then migrate."""
    call_command("migrate", "inbound", "0003", verbosity=0)
    yield
    call_command("migrate", "inbound", verbosity=0)


def chain(length):
    """Return tokens of which each was rotated from the one before it, as rotations stored them before."""
    made = [ApiTokenFactory()]
    for _ in range(length - 1):
        made.append(ApiTokenFactory(rotated_from=made[-1]))
    return made


def record(token, key, body):
    values = {"token": token, "key": key, "body": body, "fingerprint": "x", "status": 201}
    return IdempotencyRecord.objects.create(created_at=token.created_at, **values)


@pytest.fixture
def pending_triggers_run(db):
    """Let foreign keys be checked at once, because ALTER TABLE refuses to run while a check is pending."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_each_rotated_token_gets_the_first_token_of_its_rotation(pending_triggers_run):
    with before_the_migration():
        first, second, third = chain(3)
        other, alone = chain(2)[1], chain(1)[0]
    owners = dict(ApiToken.objects.values_list("pk", "first_token"))
    assert [owners[token.pk] for token in (first, second, third, alone)] == [None, first.pk, first.pk, None]
    assert owners[other.pk] == other.rotated_from_id


def test_each_key_belongs_to_the_first_token_and_the_first_answer_is_kept(pending_triggers_run):
    with before_the_migration():
        first, second, third = chain(3)
        record(third, "late", "third")
        record(second, "both", "second")
        record(third, "both", "third")
        record(third, "all", "third")
        record(first, "all", "first")
    answers = IdempotencyRecord.objects.filter(token=first).values_list("key", "body")
    assert dict(answers) == {"late": "third", "both": "second", "all": "first"}
    assert IdempotencyRecord.objects.count() == 5
