"""What imports and staff lock, and in which order, while another transaction holds a lock that they need."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import OperationalError, connection, transaction
from django.urls import reverse

from importjobs import replays, runner
from importjobs.models import ImportItem, ImportJob
from inbound import tokens
from inbound.models import ApiToken
from targets import pauses
from targets.models import Target
from tests.api import Api
from tests.factories import TargetFactory
from tests.queries import wait_until_another_connection_is_blocked

pytestmark = pytest.mark.django_db(transaction=True)
BATCH = "/inbound/targets/batch"
FAULTY = {"externalId": "DEL-1", "title": "Delivery", "address": {"country": "XX"}}


def run(act, *arguments):
    """Call `act` in a thread that then closes its connection."""
    try:
        return act(*arguments)
    finally:
        connection.close()


@contextmanager
def waiting(act):
    """Open a transaction, and yield a function that starts `act` in another thread and returns its future.

    The function returns when `act` waits for a lock of the transaction, which ends with the block.
    """
    with ThreadPoolExecutor() as pool, transaction.atomic():
        yield lambda: _begin(pool, act)


def _begin(pool, act):
    future = pool.submit(run, act)
    wait_until_another_connection_is_blocked()
    return future


def query(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def stop(external_id, **fields):
    return {"externalId": external_id, "title": "Delivery"} | fields


@pytest.fixture
def no_index_scans():
    """Make PostgreSQL read rows in the order of the table, unless a query sorts them."""
    name = connection.settings_dict["NAME"]
    command(f"ALTER DATABASE {name} SET enable_indexscan = off")
    yield
    command(f"ALTER DATABASE {name} RESET enable_indexscan")


def command(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)


def is_locked(external_id):
    try:
        with transaction.atomic():
            Target.objects.select_for_update(nowait=True).get(external_id=external_id)
    except OperationalError:
        return True
    return False


def test_a_batch_locks_its_targets_in_the_order_of_their_ids(api, erp, no_index_scans):
    for external_id in ("DEL-2", "DEL-1"):  # stored in another order than that of their ids
        TargetFactory(source_system=erp, external_id=external_id)
    sent = {"targets": [stop("DEL-2"), stop("DEL-1")]}
    with waiting(lambda: api.post(sent, BATCH)) as begin:
        Target.objects.select_for_update().get(external_id="DEL-1")
        begin()
        assert not is_locked("DEL-2")


# The advisory locks of the one backend that waits for this transaction: those it has, and the one it waits for.
ADVISORY_LOCKS = """
SELECT granted, objid FROM pg_locks WHERE locktype = 'advisory' AND pid = (
    SELECT pid FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)) LIMIT 1
)
"""


def test_a_batch_waits_for_another_one_with_the_same_new_id_and_locks_in_one_order(api, erp):
    ids = [f"DEL-{n}" for n in range(300)]
    sent = {"targets": [stop(external_id) for external_id in ids]}
    with waiting(lambda: api.post(sent, BATCH)) as begin:
        runner.import_batch(
            documents=[stop("DEL-9")],
            batch=runner.Batch(),
            source_system=erp,
            submitted_by="another",
            correlation_id="c-1",
        )
        answered = begin()
        locks = query(ADVISORY_LOCKS)
    [awaited] = [number for granted, number in locks if not granted]
    assert all(number < awaited for granted, number in locks if granted)
    assert answered.result().json()["createdItems"] == 299


def test_a_batch_keeps_what_changes_while_it_waits_for_a_target(api, erp):
    target = TargetFactory(source_system=erp, external_id="DEL-1")
    sent = {"targets": [{"externalId": "DEL-1", "customer": {"phone": "+49"}}]}
    with waiting(lambda: api.post(sent, BATCH)) as begin:
        Target.objects.filter(pk=target.pk).update(title="Changed meanwhile")
        begin()
    assert list(Target.objects.values_list("title", "customer_phone")) == [("Changed meanwhile", "+49")]


@contextmanager
def before_each_write(*acts):
    """Call the first act before the first write of targets, the second one before the second, each in a thread."""
    left = list(acts)

    def wrapper(execute, sql, params, many, context):
        if ("INSERT INTO targets_target" in sql or "UPDATE targets_target" in sql) and left:
            with ThreadPoolExecutor() as pool:
                pool.submit(run, left.pop(0)).result()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield


def test_the_second_attempt_of_an_import_holds_its_target_until_it_has_written(api, erp):
    TargetFactory(source_system=erp, external_id="DEL-1")
    found = []
    with before_each_write(
        lambda: Target.objects.update(customer_phone="+49 201"), lambda: found.append(is_locked("DEL-1"))
    ):
        assert api.send("DEL-1")["status"] == "Updated"
    assert found == [True]


@pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}], ids=["no key", "key"])
def test_the_loser_of_a_race_causes_no_error_of_the_database(api, erp, headers):
    failed = []

    def wrapper(execute, sql, params, many, context):
        try:
            return execute(sql, params, many, context)
        except Exception as error:
            failed.append(error)
            raise

    created = before_each_write(lambda: TargetFactory(source_system=erp, external_id="DEL-1"))
    with connection.execute_wrapper(wrapper), created:
        assert api.post(stop("DEL-1"), **headers).json()["updatedItems"] == 1
    assert failed == []


@pytest.fixture
def item(api):
    api.post(FAULTY)
    return ImportItem.objects.get()


def replay_one(staff, item):
    page = reverse("admin:importjobs_importitem_change", args=[item.pk]).replace("change", "replay")
    fixed = json.dumps(FAULTY | {"address": {"country": "DE"}})
    return lambda: staff.post(page, {"payload": fixed, "_replay": ""}, follow=True)


def replay_many(staff, item):
    page = reverse("admin:importjobs_importitem_replay_many")
    return lambda: staff.post(page, {"items": str(item.pk)}, follow=True)


@pytest.mark.parametrize("replay", [replay_one, replay_many])
def test_an_item_that_a_colleague_handles_meanwhile_is_not_replayed(staff, item, replay):
    with waiting(replay(staff, item)) as begin:
        replays.dismiss(items=ImportItem.objects.all(), note="Mine", by="colleague")
        posted = begin()
    assert posted.result().status_code == 200
    assert ImportJob.objects.count() == 1
    assert ImportItem.objects.get().handled_by == "colleague"


def test_an_import_that_arrives_after_the_check_of_a_replay_is_not_overwritten(staff, api, item):
    with waiting(replay_one(staff, item)) as begin:
        ImportItem.objects.select_for_update().get(pk=item.pk)
        posted = begin()
        api.send("DEL-1", title="Newer")
    assert "The target has been imported in the meantime" in posted.result().content.decode()
    assert Target.objects.get().title == "Newer"


def rotate(staff, token):
    page = reverse("admin:inbound_apitoken_change", args=[token.pk]).replace("change", "rotate")
    return lambda: staff.post(page, {"days": "7"})


def test_a_token_that_a_colleague_revokes_meanwhile_is_not_rotated(staff, token):
    with waiting(rotate(staff, token)) as begin:
        tokens.revoke(token=token, by="colleague")
        posted = begin()
    assert "Only a valid token can be rotated." in posted.result().content.decode()
    assert Api(token).get("/integration/health").status_code == 401
    assert ApiToken.objects.count() == 1


def test_a_token_that_is_revoked_while_it_is_changed_stays_revoked(staff, token):
    page = reverse("admin:inbound_apitoken_change", args=[token.pk])
    rights = {"scopes": token.scopes, "source_systems": [token.source_systems.get().pk], "rate_limit": "7"}
    with waiting(lambda: staff.post(page, {"name": token.name} | rights)) as begin:
        tokens.revoke(token=token, by="colleague")
        begin()
    token.refresh_from_db()
    assert (token.rate_limit, token.revoked_by) == (7, "colleague")


def test_a_token_that_a_colleague_rotates_meanwhile_is_not_rotated_again_with_the_old_rights(staff, token):
    with waiting(rotate(staff, token)) as begin:
        tokens.rotate(token=token, days=0)
        begin()
    assert ApiToken.objects.filter(revoked_at=None).count() == 1


def test_a_source_system_that_a_colleague_pauses_meanwhile_keeps_the_first_reason(staff, erp):
    page = reverse("admin:targets_sourcesystem_change", args=[erp.pk]).replace("change", "pause")
    with waiting(lambda: staff.post(page, {"reason": "Mine"})) as begin:
        pauses.pause_source_system(source_system=erp, reason="First", by="colleague")
        begin()
    erp.refresh_from_db()
    assert (erp.paused_reason, erp.paused_by) == ("First", "colleague")


def test_a_batch_during_which_the_database_fails_records_nothing(api):
    def fail(execute, sql, params, many, context):
        if "INSERT INTO targets_target" in sql:
            raise OperationalError("gone")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        assert api.post({"targets": [stop("DEL-1"), stop("DEL-2")]}, BATCH).status_code == 503
    assert not ImportJob.objects.exists()
