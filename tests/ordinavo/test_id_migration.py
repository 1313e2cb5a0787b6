"""The migrations that normalise stored external ids, in a database of their own."""

import pytest
from django.core.management import call_command

from importjobs import replays
from importjobs.models import ImportItem
from targets.models import Target
from tests.api import Api
from tests.factories import ApiTokenFactory, SourceSystemFactory, TargetFactory
from tests.ordinavo.test_migrations import default_connection_to
from tests.servers import fresh_database


@pytest.fixture(scope="module")
def other_database(django_db_setup, django_db_blocker):
    """Let Django use an empty database of the current schema."""
    with django_db_blocker.unblock(), fresh_database() as name, default_connection_to(name):
        call_command("migrate", verbosity=0)
        yield


def test_stored_ids_are_normalised_unless_they_would_meet_another_or_are_invisible(other_database):
    one, other = SourceSystemFactory(), SourceSystemFactory()
    ids = {"Ko\u0308ln": one, "Mu\u0308ller": one, "Müller": one, "A\u200b1": one, "DEL 1": one, "Mu\u0308ll": other}
    ids["\u0958" * 128] = one  # NFC would make it twice as long
    for external_id, system in ids.items():
        TargetFactory(source_system=system, external_id=external_id)
    call_command("migrate", "targets", "0003", verbosity=0)
    call_command("migrate", verbosity=0)
    stored = list(Target.objects.order_by("pk").values_list("external_id", flat=True))
    assert stored == ["Köln", "Mu\u0308ller", "Müller", "A\u200b1", "DEL 1", "Müll", "\u0958" * 128]


def test_a_replay_after_the_migration_does_not_overwrite_an_import_under_a_newer_spelling(other_database):
    api = Api(ApiTokenFactory(source_systems=[SourceSystemFactory()]))
    api.send("Köln-1", address={"country": "XX"})
    ImportItem.objects.filter(external_id="Köln-1").update(external_id=" Ko\u0308ln-1")
    api.send("Köln-1")
    call_command("migrate", "importjobs", "0003", verbosity=0)
    call_command("migrate", verbosity=0)
    replayed = replays.replay_all(items=ImportItem.objects.all(), by="dora", correlation_id="", over_newer=False)
    assert (replayed.skipped, replayed.items) == (1, [])
    assert len(api.get("/import-jobs?externalId=K%C3%B6ln-1").json()["results"]) == 2


def test_all_items_are_normalised_in_batches_unless_their_ids_would_be_empty_or_too_long(other_database):
    api = Api(ApiTokenFactory(source_systems=[SourceSystemFactory()]))
    odd = {"\ufeff": "\ufeff", "\u0958" * 128: "\u0958" * 128, "A\u0308\u200b": "Ä\u200b", " B": "B"}
    job = api.post({"targets": [{"externalId": str(n)} for n in range(1004)]}, "/inbound/targets/batch").json()
    items = ImportItem.objects.filter(job=job["importJobId"])
    items.update(external_id="O\u0308")
    for position, external_id in enumerate(odd):
        items.filter(position=1000 + position).update(external_id=external_id)
    call_command("migrate", "importjobs", "0003", verbosity=0)
    call_command("migrate", verbosity=0)
    assert list(items.order_by("position").values_list("external_id", flat=True)) == ["Ö"] * 1000 + list(odd.values())
