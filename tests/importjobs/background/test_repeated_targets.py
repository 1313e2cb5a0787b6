"""A rehearsal applies the documents of one externalId to each other, in whatever parts they are."""

import pytest
from django.db import connection

from importjobs.background.documents import PART
from importjobs.background.outcomes import HandedBack
from importjobs.background.processing import process
from importjobs.models import BackgroundRun
from targets.models import Target
from tests.workers import work

BATCH = "/inbound/targets/batch"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rehearse(api):
    """Return a function that submits a rehearsal with each document in a part of its own, and returns its path."""

    def post(*documents):
        targets = []
        for number, document in enumerate(documents):
            targets += [document | {"externalId": "A", "title": f"Delivery {number}"}]
            targets += [{"externalId": f"{number}-{n}", "title": "x"} for n in range(PART - 1)]
        return api.post({"targets": targets}, f"{BATCH}?validateOnly=true", Prefer="respond-async")["Location"]

    return post


@pytest.fixture
def items(api):
    """Return a function that returns the status and the error code of each item of the repeated target."""

    def read(location):
        results = api.get(f"{location}/items?externalId=A").json()["results"]
        return [(item["status"], item.get("errorCode")) for item in results]

    return read


def test_a_target_that_an_earlier_part_would_create_exists_for_a_later_one(rehearse, items):
    location = rehearse({"operation": "create"}, {"operation": "create"}, {"operation": "update"})
    work()
    assert items(location) == [("Created", None), ("Rejected", "external_id_exists"), ("Updated", None)]
    assert not Target.objects.exists()


def test_the_rehearsal_gives_the_statuses_that_the_import_gives(api, rehearse, items):
    documents = [{"sourceVersion": 2}, {"sourceVersion": 1}, {"operation": "cancel", "sourceVersion": 3}]
    location = rehearse(*documents)
    work()
    imported = [api.item(one | {"externalId": "A", "title": f"Delivery {n}"}) for n, one in enumerate(documents)]
    assert [status for status, _code in items(location)] == [item["status"] for item in imported]
    assert len({item["status"] for item in imported}) == 3


def test_a_stored_target_is_changed_by_each_part_in_turn(api, rehearse):
    api.send("A", title="Stored")
    location = rehearse({}, {})
    work()
    items = api.get(f"{location}/items?externalId=A").json()["results"]
    changes = [(change["from"], change["to"]) for item in items for change in item["changes"]]
    assert changes == [("Stored", "Delivery 0"), ("Delivery 0", "Delivery 1")]
    assert Target.objects.get().title == "Stored"


def test_another_worker_goes_on_with_what_earlier_parts_would_make(rehearse, items):
    location = rehearse({"operation": "create"}, {"operation": "create"}, {"operation": "create"})
    with pytest.raises(HandedBack):
        process(BackgroundRun.objects.get().pk, should_stop=lambda: True)
    work()
    assert items(location) == [("Created", None)] + [("Rejected", "external_id_exists")] * 2


@pytest.fixture
def second_part_fails_once():
    """Let the first attempt to record a second part end as in a deadlock, so that it is repeated at once."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE SEQUENCE attempt")
        cursor.execute(
            "CREATE FUNCTION fail_once() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF nextval('attempt') = 2 THEN RAISE EXCEPTION 'made to fail' USING ERRCODE = '40P01'; END IF; "
            "RETURN NULL; END $$"
        )
        cursor.execute(
            "CREATE TRIGGER fail_once BEFORE INSERT ON importjobs_rehearseditem EXECUTE FUNCTION fail_once()"
        )
        yield
        cursor.execute("SELECT nextval('attempt')")
        assert cursor.fetchone()[0] == 5  # three parts, and one of them twice
        cursor.execute("DROP FUNCTION fail_once CASCADE")
        cursor.execute("DROP SEQUENCE attempt")


def test_a_part_that_is_repeated_does_not_meet_its_own_changes(api, rehearse, second_part_fails_once):
    location = rehearse({}, {"operation": "cancel"}, {"operation": "cancel"})
    work()
    items = api.get(f"{location}/items?externalId=A").json()["results"]
    codes = [[warning["code"] for warning in item["warnings"]] for item in items]
    assert codes == [[], [], ["already_cancelled"]]
