"""The management command `seed_demo`."""

import re

from django.core.management import call_command

from importjobs.models import ImportItem
from targets.models import Target
from tests.api import Api, example
from tests.factories import ApiTokenFactory


def test_the_demo_has_many_targets_that_completed_jobs_have_created(db, capsys):
    call_command("seed_demo")
    assert Target.objects.count() >= 24
    assert set(ImportItem.objects.filter(job__status="Completed").values_list("status", flat=True)) == {"Created"}
    assert not Target.objects.filter(external_id=example("upsert")["externalId"]).exists()


def test_the_demo_has_rejected_items_of_several_kinds(db, capsys):
    call_command("seed_demo")
    rejected = ImportItem.objects.filter(job__status="Failed")
    assert {item.error_code for item in rejected} == {
        "invalid_field", "invalid_time_window", "invalid_custom_field", "missing_external_id",
    }  # fmt: skip


def test_a_second_run_changes_no_target_and_prints_no_password(db, capsys):
    call_command("seed_demo")
    targets = list(Target.objects.values())
    first = capsys.readouterr().out
    call_command("seed_demo")
    assert list(Target.objects.values()) == targets
    assert "password" in first
    assert "password" not in capsys.readouterr().out


def test_the_printed_password_logs_in_to_the_admin(db, client, capsys):
    call_command("seed_demo")
    password = re.search(r"password: (\S+)", capsys.readouterr().out)[1]
    response = client.post("/admin/login/", {"username": "demo", "password": password}, follow=True)
    assert "What needs attention" in response.content.decode()


def test_the_documented_delivery_is_not_part_of_the_demo_data_and_can_be_created(db, capsys):
    call_command("seed_demo")
    system = Target.objects.first().source_system
    response = Api(ApiTokenFactory(source_systems=[system])).post(example("upsert"))
    assert (response.status_code, response.json()["warningItems"]) == (201, 0)
