"""Staff who change a target that another transaction holds are told so, and lose nothing that they typed."""

from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection
from django.urls import reverse

from importjobs.models import ImportItem
from targets.models import Target, TargetEdit
from tests.forms import unchanged_form_data

pytestmark = pytest.mark.django_db(transaction=True)
MESSAGE = "An import or a colleague is changing the target"


@pytest.fixture
def target(api):
    api.send()
    return Target.objects.get()


@contextmanager
def held(target):
    """Hold the row of a target in another transaction for the block, and let staff wait for it only briefly."""
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
    given = connection.get_connection_params()
    names = ("dbname", "user", "password", "host", "port")
    with psycopg.connect(**{name: given[name] for name in names if name in given}) as other:
        other.execute("SELECT FROM targets_target WHERE id = %s FOR UPDATE", [target.pk])
        yield
        other.rollback()


def test_the_form_of_a_held_target_shows_an_error_and_what_was_typed(staff, target):
    url = reverse("admin:targets_target_change", args=[target.pk])
    typed = unchanged_form_data(staff, url) | {"title": "Typed by Dora"}
    with held(target):
        page = staff.post(url, typed).content.decode()
    assert f"{MESSAGE} {target}. Nothing was saved; try again." in page
    assert 'value="Typed by Dora"' in page
    assert staff.post(url, typed).status_code == 302
    assert Target.objects.get().title == "Typed by Dora"


def test_the_form_to_cancel_a_held_target_keeps_the_reason(staff, target):
    url = reverse("admin:targets_target_cancel_this", args=[target.pk])
    with held(target):
        page = staff.post(url, {"reason": "Customer moved"}).content.decode()
    assert MESSAGE in page
    assert 'value="Customer moved"' in page
    assert not TargetEdit.objects.exists()


def test_a_replay_of_a_held_target_is_answered_503_and_changes_nothing(staff, api, target, settings):
    api.post({"externalId": target.external_id, "title": "x" * 300})
    item = ImportItem.objects.get(status="Rejected")
    many = reverse("admin:importjobs_importitem_replay_many")
    with held(target):
        response = staff.post(many, {"items": str(item.pk), "over_newer": "on"})
    item.refresh_from_db()
    assert (response.status_code, item.handled_at) == (503, None)
    assert int(response["Retry-After"]) > 0
    assert "An import or a colleague is changing this record." in response.content.decode()
