"""What the pages show to a role. tests/access has the table of what each role may do."""

import pytest
from django.test import Client

from importjobs.models import ImportItem
from inbound.models import ApiToken
from targets.models import Target
from tests.factories import StaffFactory


@pytest.fixture
def numbers(api, delivery_stop):
    api.send(templateKey="delivery_stop")
    api.post({"title": "no id"})
    item, target = ImportItem.objects.get(status="Rejected"), Target.objects.get()
    return {
        "target": target.pk,
        "item": item.pk,
        "job": item.job_id,
        "template": delivery_stop.pk,
        "system": target.source_system_id,
        "token": ApiToken.objects.get().pk,
    }


def ask(user, method, path, numbers):
    client = Client()
    if user:
        client.force_login(user)
    return client.generic(method, path.format(**numbers))


def test_staff_without_a_role_see_an_empty_start_page(numbers):
    content = ask(StaffFactory(is_superuser=False), "GET", "/admin/", numbers).content.decode()
    assert "What needs attention" not in content
    assert "/admin/targets/target/" not in content


def test_a_viewer_sees_no_buttons_for_changes(numbers):
    viewer = StaffFactory(is_superuser=False, in_group="Viewer")
    target = ask(viewer, "GET", "/admin/targets/target/{target}/change/", numbers).content.decode()
    item = ask(viewer, "GET", "/admin/importjobs/importitem/{item}/change/", numbers).content.decode()
    assert 'name="_save"' not in target
    assert "/cancel/" not in target
    assert "/pause/" not in ask(viewer, "GET", "/admin/targets/sourcesystem/{system}/change/", numbers).content.decode()
    assert "/replay/" not in item
