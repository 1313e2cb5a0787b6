"""Idempotency-Key: two requests with the same key are one import."""

import json
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from importjobs.models import ImportJob
from inbound import tokens
from inbound.models import IdempotencyRecord, RateWindow
from targets.models import Target
from tests.api import Api
from tests.factories import ApiTokenFactory, TargetFactory
from tests.queries import count_queries, wait_until_another_connection_is_blocked

STOP = {"externalId": "DEL-1", "title": "Delivery"}
BATCH = "/inbound/targets/batch"


def keyed(api, body, path="/inbound/targets", key="one"):
    return api.post(body, path, **{"Idempotency-Key": key})


@pytest.mark.parametrize(("body", "path"), [(STOP, "/inbound/targets"), ({"targets": [STOP, {}]}, BATCH)])
def test_the_second_request_is_answered_like_the_first_and_imports_nothing(api, body, path):
    first, second = keyed(api, body, path), keyed(api, body, path)
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert (first.get("Idempotent-Replayed"), second["Idempotent-Replayed"]) == (None, "true")
    assert ImportJob.objects.count() == 1


def test_a_rejection_is_repeated_too(api):
    first, second = keyed(api, {"externalId": "DEL-1"}), keyed(api, {"externalId": "DEL-1"})
    assert (first.status_code, second.status_code, second["Idempotent-Replayed"]) == (422, 422, "true")


def test_a_key_in_quotes_is_the_same_as_without_quotes(api):
    keyed(api, STOP, key="one")
    assert keyed(api, STOP, key='"one"')["Idempotent-Replayed"] == "true"


def test_the_same_key_with_another_body_is_a_conflict(api):
    keyed(api, STOP)
    response = keyed(api, STOP | {"title": "Other"})
    assert (response.status_code, response.json()["error"]["code"]) == (422, "idempotency_conflict")
    assert Target.objects.get().title == "Delivery"


def test_a_key_holds_below_both_base_paths(api):
    keyed(api, STOP)
    assert keyed(api, STOP, "/api/connect/v1/inbound/targets")["Idempotent-Replayed"] == "true"


def test_each_token_has_its_own_keys(api, erp):
    keyed(api, STOP)
    assert "Idempotent-Replayed" not in keyed(Api(ApiTokenFactory(source_systems=[erp])), STOP)


def test_a_token_is_answered_what_it_was_answered_before_and_not_what_another_token_was(api, erp):
    other = Api(ApiTokenFactory(source_systems=[erp]))
    keyed(api, STOP)
    first = keyed(other, STOP | {"title": "Other"})
    second = keyed(other, STOP | {"title": "Other"})
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second["Idempotent-Replayed"] == "true"


def test_the_same_key_and_body_on_the_other_path_is_a_conflict(api):
    body = {"targets": [STOP]}
    keyed(api, body, BATCH)
    assert keyed(api, body, "/inbound/targets").json()["error"]["code"] == "idempotency_conflict"


def rotated(token, days=7):
    """Rotate a token. Return the new token and a client that uses it."""
    new, raw = tokens.rotate(token=token, days=days)
    return new, Api(raw=raw)


@pytest.mark.parametrize("days", [0, 7])
@pytest.mark.parametrize(("body", "path"), [(STOP, "/inbound/targets"), ({"targets": [STOP, {}]}, BATCH)])
def test_a_retry_with_the_rotated_token_is_answered_like_the_first_request(api, token, body, path, days):
    first = keyed(api, body, path)
    _new, successor = rotated(token, days)
    second = keyed(successor, body, path)
    assert (second.status_code, second.content) == (first.status_code, first.content)
    assert second["Idempotent-Replayed"] == "true"
    assert ImportJob.objects.count() == 1


def test_a_key_means_the_same_to_all_tokens_of_a_rotation(api, token):
    second_token, second = rotated(token)
    _third_token, third = rotated(second_token)
    keyed(second, STOP)
    assert keyed(third, STOP)["Idempotent-Replayed"] == "true"
    assert keyed(api, STOP)["Idempotent-Replayed"] == "true"
    assert keyed(third, STOP | {"title": "Other"}).json()["error"]["code"] == "idempotency_conflict"
    assert ImportJob.objects.count() == 1


def test_a_rotation_shares_no_keys_with_the_rotation_of_another_token(api, token, erp):
    keyed(api, STOP)
    _new, unrelated = rotated(ApiTokenFactory(source_systems=[erp]))
    assert "Idempotent-Replayed" not in keyed(unrelated, STOP)


def test_a_request_error_is_not_stored(api):
    assert keyed(api, STOP | {"sourceSystem": "another"}).status_code == 403
    assert keyed(api, STOP).status_code == 201


def test_a_rehearsal_neither_uses_nor_stores_a_key(api):
    keyed(api, STOP, "/inbound/targets?validateOnly=true")
    assert keyed(api, STOP).status_code == 201
    assert keyed(api, STOP, "/inbound/targets?validateOnly=true").json()["validateOnly"] is True


@pytest.mark.parametrize(("body", "path"), [(STOP, "/inbound/targets"), ({"targets": [STOP]}, BATCH)])
def test_a_rehearsal_stores_no_answer(api, body, path):
    keyed(api, body, f"{path}?validateOnly=true")
    assert not IdempotencyRecord.objects.exists()
    assert "importJobId" in keyed(api, body, path).json()
    assert ImportJob.objects.count() == 1


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", '""', "ümlaut"])
def test_a_malformed_key_is_refused(api, key):
    response = keyed(api, STOP, key=key)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_parameter")
    assert not ImportJob.objects.exists()


def test_a_key_takes_four_more_queries(api):
    plain = count_queries(lambda: api.post(STOP | {"externalId": "DEL-2"}))
    assert count_queries(lambda: keyed(api, STOP)) == plain + 4


def test_old_records_and_counts_are_deleted_by_prune_inbound(api, settings, capsys):
    keyed(api, STOP, key="old")
    IdempotencyRecord.objects.update(created_at=IdempotencyRecord.objects.get().created_at - timedelta(hours=25))
    keyed(api, STOP, key="new")
    RateWindow.objects.create(key="address:192.0.2.1", minute=1, count=1)
    call_command("prune_inbound")
    assert capsys.readouterr().out == "1 answers and 1 counts deleted.\n"
    assert not RateWindow.objects.filter(key="address:192.0.2.1").exists()
    assert IdempotencyRecord.objects.get().key == "new"


@pytest.fixture
def post(live_server, token):
    usual = tokens.encode(token)

    def send(document, path="/inbound/targets", raw=usual, **headers):
        headers |= {"Authorization": f"Bearer {raw}", "Content-Type": "application/json"}
        request = urllib.request.Request(live_server.url + path, data=json.dumps(document).encode(), headers=headers)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    return send


@pytest.mark.django_db(transaction=True)
def test_simultaneous_requests_with_one_key_are_one_import(post):
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: post(STOP, **{"Idempotency-Key": "one"}), range(8)))
    assert Counter(status for status, _answer in answers) == {201: 8}
    assert len({answer["importJobId"] for _status, answer in answers}) == 1
    assert ImportJob.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_simultaneous_requests_with_one_key_and_all_tokens_of_a_rotation_are_one_import(post, token):
    second, second_raw = tokens.rotate(token=token, days=7)
    _third, third_raw = tokens.rotate(token=second, days=7)
    signed = [tokens.encode(token), second_raw, third_raw] * 3
    with ThreadPoolExecutor(len(signed)) as pool:
        answers = list(pool.map(lambda raw: post(STOP, raw=raw, **{"Idempotency-Key": "one"}), signed))
    assert {status for status, _answer in answers} == {201}
    assert len({answer["importJobId"] for _status, answer in answers}) == 1
    assert ImportJob.objects.count() == 1


@contextmanager
def running_request(token):
    """Keep the record of a first request with the key "one" uncommitted for the block."""
    with transaction.atomic():
        first = {"fingerprint": "first", "status": 0, "body": "", "created_at": timezone.now()}
        IdempotencyRecord.objects.create(token=token, key="one", **first)
        yield


@pytest.mark.django_db(transaction=True)
def test_a_retry_with_the_rotated_token_is_refused_while_the_first_request_runs(post, token, settings):
    settings.LOCK_WAIT_SECONDS = 0.2
    _new, successor = tokens.rotate(token=token, days=7)
    with running_request(token):
        status, answer = post(STOP, raw=successor, **{"Idempotency-Key": "one"})
    assert (status, answer["error"]["code"]) == (409, "idempotency_in_progress")


@pytest.mark.django_db(transaction=True)
def test_a_second_request_is_refused_while_the_first_runs(post, token, settings):
    settings.LOCK_WAIT_SECONDS = 0.2
    with running_request(token):
        status, answer = post(STOP, **{"Idempotency-Key": "one"})
    assert (status, answer["error"]["code"]) == (409, "idempotency_in_progress")
    assert not ImportJob.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_requests_with_one_key_that_wait_for_a_locked_target_are_one_import(post, erp):
    held = TargetFactory(source_system=erp, external_id="DEL-1")
    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            Target.objects.select_for_update().get(pk=held.pk)
            pending = [pool.submit(post, STOP, **{"Idempotency-Key": "one"}) for _ in range(2)]
            wait_until_another_connection_is_blocked()
        answers = [done.result() for done in pending]
    assert [status for status, _answer in answers] == [200, 200]
    assert ImportJob.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_request_waits_for_the_first_one_with_its_key_only_so_long_however_long_it_waits_for_other_locks(api, token):
    inserted, answered = Event(), Event()

    def hold_the_key():
        with transaction.atomic():
            IdempotencyRecord.objects.create(token=token, key="one", status=0, created_at=timezone.now())
            inserted.set()
            answered.wait(60)
        connection.close()

    with ThreadPoolExecutor() as pool, connection.cursor() as cursor:
        held = pool.submit(hold_the_key)
        inserted.wait(60)
        cursor.execute("SET lock_timeout = 0; SET statement_timeout = '15s'")
        try:
            response = keyed(api, STOP)
        finally:
            answered.set()
            cursor.execute("RESET lock_timeout; RESET statement_timeout")
    held.result()
    assert (response.status_code, response.json()["error"]["code"]) == (409, "idempotency_in_progress")


@pytest.mark.django_db(transaction=True)
def test_simultaneous_batches_of_the_same_ids_in_opposite_order_all_succeed(post):
    ids = [f"DEL-{n}" for n in range(300)]
    sent = [{"targets": [{"externalId": one, "title": "x"} for one in order]} for order in (ids, ids[::-1])] * 4
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: post(body, BATCH), sent))
    assert {status for status, _answer in answers} == {200}
    assert sum(answer["createdItems"] for _status, answer in answers) == Target.objects.count() == 300
