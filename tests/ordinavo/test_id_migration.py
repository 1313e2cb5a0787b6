"""The migration that normalises stored external ids, in a database of its own."""

import pytest
from django.core.management import call_command

from targets.models import Target
from tests.factories import SourceSystemFactory, TargetFactory
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
    for external_id, system in ids.items():
        TargetFactory(source_system=system, external_id=external_id)
    call_command("migrate", "targets", "0003", verbosity=0)
    call_command("migrate", verbosity=0)
    stored = list(Target.objects.order_by("pk").values_list("external_id", flat=True))
    assert stored == ["Köln", "Mu\u0308ller", "Müller", "A\u200b1", "DEL 1", "Müll"]
