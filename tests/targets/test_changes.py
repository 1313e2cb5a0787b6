"""GET /changes: pages, cursors, and changes that are committed late."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from targets import bulk_changes, corrections
from targets.models import Target
from tests.api import Api
from tests.factories import ApiTokenFactory, SourceSystemFactory, TargetFactory
from tests.queries import count_queries, wait_until_earlier_transactions_have_ended

pytestmark = pytest.mark.django_db(transaction=True)


def changes(api, after=None, limit=None):
    """Return the answer to GET /changes, once every earlier change has been committed or rolled back."""
    wait_until_earlier_transactions_have_ended()
    return changes_now(api, after, limit)


def changes_now(api, after=None, limit=None):
    sent = {"after": after, "limit": limit}
    response = api.get("/changes?" + "&".join(f"{name}={value}" for name, value in sent.items() if value is not None))
    assert response.status_code == 200, response.content
    return response.json()


def ids(answer):
    return [target["externalId"] for target in answer["results"]]


def in_another_connection(act, *arguments, **keywords):
    """Call a function in a thread with its own database connection, and return what it returns."""

    def closing():
        try:
            return act(*arguments, **keywords)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(closing).result()


def test_without_a_cursor_all_targets_are_answered_as_the_list_answers_them(api, delivery_stop):
    api.send("DEL-1", templateKey="delivery_stop", customFields={"delivery_weight_kg": "12.50"})
    api.send("DEL-2", businessValue={"expectedRevenue": "0.1234567890"}, address={"latitude": 51.1, "longitude": 7.3})
    api.item({"externalId": "DEL-2", "operation": "cancel"})
    answer = changes(api)
    assert ids(answer) == ["DEL-1", "DEL-2"]
    assert answer["results"][::-1] == api.get("/targets").json()["results"]


def test_numbers_are_answered_with_every_digit(api):
    api.post('{"externalId": "DEL-1", "title": "T", "businessValue": {"expectedRevenue": 12345678901234567.123456789}}')
    wait_until_earlier_transactions_have_ended()
    assert b'"expectedRevenue":12345678901234567.123456789' in api.get("/changes").content


def test_a_cursor_leads_to_what_changed_since(api):
    api.send("DEL-1"), api.send("DEL-2"), api.send("DEL-3")
    cursor = changes(api)["cursor"]
    api.send("DEL-3", title="Changed"), api.send("DEL-1", title="Changed"), api.send("DEL-3", title="Changed again")
    answer = changes(api, cursor)
    assert [(target["externalId"], target["title"]) for target in answer["results"]] == [
        ("DEL-1", "Changed"), ("DEL-3", "Changed again"),
    ]  # fmt: skip


def test_a_cursor_is_answered_even_if_nothing_changed(api):
    empty = changes(api)
    assert (empty["results"], empty["hasMore"]) == ([], False)
    idle = changes(api, empty["cursor"])
    api.send("DEL-1")
    assert ids(changes(api, idle["cursor"])) == ["DEL-1"]
    assert ids(changes(api, empty["cursor"])) == ["DEL-1"]


def test_a_cursor_stays_at_the_last_change(api, erp):
    """PostgreSQL may use the id of a transaction again that changed nothing, after a crash."""
    api.send("DEL-1")
    cursor = changes(api)["cursor"]
    with transaction.atomic():
        TargetFactory(source_system=erp)
        transaction.set_rollback(True)
    assert changes(api, cursor)["cursor"] == cursor


def test_pages_split_even_what_one_transaction_wrote(api):
    api.post({"targets": [{"externalId": f"DEL-{n}", "title": "T"} for n in range(5)]}, "/inbound/targets/batch")
    pages, cursor = [], None
    while not pages or pages[-1]["hasMore"]:
        pages.append(changes(api, cursor, limit=2))
        cursor = pages[-1]["cursor"]
    assert [ids(page) for page in pages] == [["DEL-0", "DEL-1"], ["DEL-2", "DEL-3"], ["DEL-4"]]


def test_a_full_page_without_a_successor_is_the_last(api):
    api.send("DEL-1"), api.send("DEL-2")
    answer = changes(api, limit=2)
    assert (ids(answer), answer["hasMore"]) == (["DEL-1", "DEL-2"], False)


def test_a_target_that_changes_between_two_pages_is_answered_again(api):
    api.send("DEL-1"), api.send("DEL-2")
    first = changes(api, limit=1)
    api.send("DEL-1", title="Changed")
    assert ids(changes(api, first["cursor"])) == ["DEL-2", "DEL-1"]


def test_a_change_that_is_committed_late_is_not_missed(api, erp):
    cursor = changes(api)["cursor"]
    with transaction.atomic():
        TargetFactory(source_system=erp, external_id="BEGUN-FIRST")
        in_another_connection(TargetFactory, source_system=erp, external_id="COMMITTED-FIRST")
        meanwhile = in_another_connection(changes_now, api, cursor)
    answer = changes(api, meanwhile["cursor"])
    assert (ids(meanwhile), ids(answer)) == ([], ["BEGUN-FIRST", "COMMITTED-FIRST"])


def test_a_change_that_is_rolled_back_is_not_answered(api, erp):
    cursor = changes(api)["cursor"]
    with transaction.atomic():
        TargetFactory(source_system=erp, external_id="DEL-1")
        transaction.set_rollback(True)
    assert ids(changes(api, cursor)) == []


def cancel_together(target):
    chosen = bulk_changes.prepare(action="cancel", targets=Target.objects.filter(pk=target.pk), by="dora")
    bulk_changes.apply(change=chosen, parameters={}, reason="Storm", by="dora")


@pytest.mark.parametrize(
    "change",
    [
        lambda target: corrections.correct(target=target, values={"title": "Corrected"}, by="dora"),
        lambda target: corrections.cancel(target=target, reason="Gone", by="dora"),
        cancel_together,
        lambda target: Target.objects.update(title="Updated"),
        lambda target: connection.cursor().execute("UPDATE targets_target SET title = 'SQL'"),
    ],
    ids=["a correction", "a cancellation by staff", "a bulk change", "a query of Django", "SQL"],
)
def test_every_way_to_change_a_target_is_noticed(api, erp, change):
    target = TargetFactory(source_system=erp)
    cursor = changes(api)["cursor"]
    change(target)
    assert ids(changes(api, cursor)) == [target.external_id]


def test_targets_of_other_source_systems_are_not_answered(api, erp):
    TargetFactory(source_system=erp, external_id="OWN")
    TargetFactory(external_id="FOREIGN")
    answer = changes(api)
    TargetFactory(external_id="FOREIGN-2")
    assert (ids(answer), ids(changes(api, answer["cursor"]))) == (["OWN"], [])


def test_a_token_without_source_systems_sees_nothing(api):
    api.send("DEL-1")
    answer = changes(Api(ApiTokenFactory()))
    assert (answer["results"], answer["hasMore"]) == ([], False)


def test_changes_of_several_source_systems_are_answered_in_one_order(erp):
    shop = SourceSystemFactory()
    for number, system in enumerate([erp, shop, shop, erp, erp]):
        TargetFactory(source_system=system, external_id=f"DEL-{number}")
    first = changes(api := Api(ApiTokenFactory(source_systems=[shop, erp])), limit=3)
    assert ids(first) == ["DEL-0", "DEL-1", "DEL-2"]
    assert ids(changes(api, first["cursor"])) == ["DEL-3", "DEL-4"]


def test_old_targets_of_a_source_system_that_a_token_gets_later_are_answered(api, token, erp):
    shop = SourceSystemFactory()
    for number in range(2):
        TargetFactory(source_system=shop, external_id=f"OLD-{number}")
    TargetFactory(source_system=erp, external_id="KNOWN")
    cursor = changes(api)["cursor"]
    token.source_systems.add(shop)
    TargetFactory(source_system=erp, external_id="NEW")
    first = changes(api, cursor, limit=1)
    assert (ids(first), ids(changes(api, first["cursor"]))) == (["OLD-0"], ["OLD-1", "NEW"])


def test_a_page_takes_two_queries(api):
    api.send("DEL-1"), api.send("DEL-2")
    cursor = changes(api, limit=1)["cursor"]
    assert count_queries(lambda: api.get(f"/changes?after={cursor}")) == 2


@pytest.fixture
def restored(erp):
    """Return targets as a restored dump has them: with ids of transactions that this cluster has not begun."""
    targets = [TargetFactory(source_system=erp, external_id=f"DEL-{number}") for number in range(2)]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE targets_target DISABLE TRIGGER targets_target_change_xid")
        cursor.execute("UPDATE targets_target SET change_xid = '1000000000000'")
        cursor.execute("ALTER TABLE targets_target ENABLE ALWAYS TRIGGER targets_target_change_xid")
    return targets


def test_changes_are_unavailable_after_a_restore_instead_of_incomplete(api, restored):
    response = api.get("/changes")
    assert (response.status_code, response.json()["error"]["code"], response["Retry-After"]) == (
        503,
        "unavailable",
        "60",
    )
    assert "manage.py reorder_changes" in response.json()["error"]["message"]


def test_a_command_makes_changes_available_again(api, restored, capsys):
    call_command("reorder_changes")
    assert capsys.readouterr().out == "2 targets marked as changed.\n"
    cursor = changes(api)["cursor"]
    api.send("DEL-1", title="Changed")
    assert ids(changes(api, cursor)) == ["DEL-1"]


def test_the_command_marks_only_targets_that_are_not_in_order(api, capsys):
    api.send("DEL-1")
    cursor = changes(api)["cursor"]
    call_command("reorder_changes")
    assert capsys.readouterr().out == "0 targets marked as changed.\n"
    assert ids(changes(api, cursor)) == []


def test_the_command_can_mark_every_target_so_that_copies_read_all_again(api, capsys):
    api.send("DEL-1"), api.send("DEL-2")
    before = changes(api)
    call_command("reorder_changes", "--all")
    assert changes(api, before["cursor"])["results"] == before["results"]
