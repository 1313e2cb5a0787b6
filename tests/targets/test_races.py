"""A race that another transaction won is told apart from every other fault of the database, and retried."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from targets.models import Target
from targets.races import MAX_ATTEMPTS, LostRace, retry_lost_races, translate_lost_races
from tests.factories import SourceSystemFactory, TargetFactory, TargetTemplateFactory


def test_an_attempt_that_succeeds_is_made_once():
    calls = []
    assert retry_lost_races(lambda is_retry: calls.append(is_retry) or "done") == "done"
    assert calls == [False]


def test_a_lost_attempt_is_retried_and_told_so():
    calls = []

    def attempt(is_retry):
        calls.append(is_retry)
        if len(calls) < 3:
            raise LostRace
        return "done"

    assert retry_lost_races(attempt) == "done"
    assert calls == [False, True, True]


def test_the_database_counts_as_unavailable_after_too_many_lost_races():
    calls = []

    def attempt(is_retry):
        calls.append(is_retry)
        raise LostRace

    with pytest.raises(OperationalError) as raised:
        retry_lost_races(attempt)
    assert (len(calls), type(raised.value.__cause__)) == (MAX_ATTEMPTS, LostRace)


def test_another_fault_is_not_retried():
    calls = []

    def attempt(is_retry):
        calls.append(is_retry)
        raise IntegrityError

    with pytest.raises(IntegrityError):
        retry_lost_races(attempt)
    assert calls == [False]


def test_a_target_that_exists_already_is_a_lost_race(db):
    target = TargetFactory()
    with pytest.raises(LostRace) as raised, translate_lost_races(), transaction.atomic():
        TargetFactory(source_system=target.source_system, external_id=target.external_id)
    assert isinstance(raised.value.__cause__, IntegrityError)


def test_another_constraint_is_no_lost_race(db):
    with pytest.raises(IntegrityError), translate_lost_races(), transaction.atomic():
        SourceSystemFactory(key=SourceSystemFactory().key)


@pytest.mark.django_db(transaction=True)
def test_a_template_that_is_missing_at_the_commit_is_a_lost_race():
    target, template = TargetFactory(), TargetTemplateFactory()
    template_id = template.pk
    template.delete()
    with pytest.raises(LostRace), translate_lost_races(), transaction.atomic():
        Target.objects.filter(pk=target.pk).update(template=template_id)


@pytest.mark.django_db(transaction=True)
def test_of_two_transactions_that_wait_for_each_other_at_least_one_loses_and_retries():
    ids = [TargetFactory().pk, TargetFactory().pk]
    both_have_one = Barrier(2)

    def change(order):
        def attempt(is_retry):
            with translate_lost_races(), transaction.atomic():
                Target.objects.filter(pk=order[0]).update(title="changed")
                if not is_retry:
                    both_have_one.wait(30)
                Target.objects.filter(pk=order[1]).update(title="changed")
            return is_retry

        try:
            return retry_lost_races(attempt)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        # The loser may take its row again before the winner has woken up. Then the winner may lose the next time.
        assert any(pool.map(change, [ids, ids[::-1]]))
    assert set(Target.objects.values_list("title", flat=True)) == {"changed"}
