"""Bulk changes, imports and colleagues at the same moment: nothing waits for long, nothing is lost or done twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import psycopg
import pytest
from django.db import connection, transaction

from targets import bulk_changes
from targets.models import BulkChange, Target, TargetEdit
from tests.api import warning_codes
from tests.factories import TargetFactory
from tests.queries import wait_until_another_connection_is_blocked
from tests.targets.bulk import apply, choose, message_of, preview_of

ROUNDS = 4
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stops(erp):
    return TargetFactory.create_batch(3, source_system=erp, route_date=date(2026, 11, 28))


@pytest.fixture
def other():
    """Return another connection, which is rolled back at the end of the test."""
    given = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    with psycopg.connect(**{name: given[name] for name in names if name in given}) as other:
        yield other
        other.rollback()


def hold(other, target):
    other.execute("SELECT FROM targets_target WHERE id = %s FOR NO KEY UPDATE", [target.pk])


def test_a_target_that_another_transaction_holds_is_named_and_the_others_are_changed(staff, stops, other):
    change = choose(staff, "cancel_selected", stops)
    hold(other, stops[1])
    said = message_of(staff, apply(staff, change))
    assert "2 targets were cancelled. 1 was not changed: being changed by an import or a colleague (1)." in said
    assert list(Target.objects.filter(status="Active")) == [stops[1]]


def test_the_locked_targets_can_be_tried_again(staff, stops, other):
    change = choose(staff, "cancel_selected", stops)
    hold(other, stops[1])
    apply(staff, change, reason="Storm")
    other.rollback()
    again = staff.post(f"/admin/targets/bulkchange/{BulkChange.objects.get().pk}/repeat/")["Location"]
    assert "1 target will be cancelled." in preview_of(staff, again)
    assert 'value="Storm"' in preview_of(staff, again)
    apply(staff, again)
    assert not Target.objects.filter(status="Active").exists()


def test_an_undo_that_found_a_target_locked_can_be_repeated_for_it(staff, stops, other):
    apply(staff, choose(staff, "cancel_selected", stops))
    undo = f"/admin/targets/bulkchange/{BulkChange.objects.get().pk}/undo/"
    hold(other, stops[1])
    apply(staff, undo)
    other.rollback()
    apply(staff, undo)
    assert Target.objects.filter(status="Active").count() == 3
    assert TargetEdit.objects.filter(kind="Reopened").count() == 3


def click_four_times(staff, path):
    """Send the form of a page in four threads at once. Return the statuses of the answers."""

    def click(_number):
        try:
            return apply(staff, path).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        return list(pool.map(click, range(4)))


def test_a_double_click_applies_the_change_once(staff, stops):
    assert click_four_times(staff, choose(staff, "cancel_selected", stops)) == [302] * 4
    assert (TargetEdit.objects.count(), BulkChange.objects.get().changed) == (3, 3)


def test_a_double_click_undoes_a_change_once(staff, stops):
    apply(staff, choose(staff, "cancel_selected", stops))
    assert click_four_times(staff, f"/admin/targets/bulkchange/{BulkChange.objects.get().pk}/undo/") == [302] * 4
    assert [change.changed for change in BulkChange.objects.all()] == [3, 3]


def test_an_import_that_arrives_meanwhile_waits_and_keeps_the_correction(api, stops):
    chosen = Target.objects.filter(pk__in=[stop.pk for stop in stops])
    day = {"day": "2026-11-30", "moveWindow": True}
    change = bulk_changes.prepare(action="move", targets=chosen, by="dora", parameters=day)

    def send():
        try:
            return api.item(
                {"externalId": stops[0].external_id, "title": "New", "planning": {"routeDate": "2026-12-01"}}
            )
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            bulk_changes.apply(change=change, parameters=day, reason="Storm", by="dora")
            sent = pool.submit(send)
            wait_until_another_connection_is_blocked()
        assert ("kept_correction", "planning.routeDate") in warning_codes(sent.result())
    moved = Target.objects.get(pk=stops[0].pk)
    assert (moved.title, moved.route_date) == ("New", date(2026, 11, 30))


def test_batches_and_bulk_changes_of_the_same_targets_cause_no_deadlock(staff, api, erp):
    stops = TargetFactory.create_batch(200, source_system=erp)

    def send(number):
        items = [{"externalId": stop.external_id, "title": f"Round {number}"} for stop in reversed(stops)]
        try:
            return api.post({"targets": items}, "/inbound/targets/batch").json()["rejectedItems"]
        finally:
            connection.close()

    with ThreadPoolExecutor() as pool:
        sent = [pool.submit(send, number) for number in range(ROUNDS)]
        for action in ["cancel_selected", "reopen_selected"] * ROUNDS:
            assert apply(staff, choose(staff, action, stops)).status_code == 302
        assert [future.result() for future in sent] == [0] * ROUNDS
    counted = [change.changed + sum(map(len, change.unchanged.values())) for change in BulkChange.objects.all()]
    assert counted == [200] * 2 * ROUNDS


def test_a_failure_changes_nothing(staff, stops):
    change = choose(staff, "cancel_selected", stops)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'Broken'; END $$;"
            "CREATE TRIGGER fail BEFORE INSERT ON targets_targetedit FOR EACH ROW EXECUTE FUNCTION fail()"
        )
    try:
        staff.raise_request_exception = False
        assert apply(staff, change).status_code == 500
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION fail CASCADE")
    assert not Target.objects.filter(status="Cancelled").exists()
    assert BulkChange.objects.get().applied_at is None
