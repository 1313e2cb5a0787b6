"""The permissions of each role on each page of the admin, as one table."""

import pytest
from django.test import Client

from importjobs.models import ImportItem
from inbound.models import ApiToken
from targets.models import Target
from tests.factories import StaffFactory

ROLES = ["Viewer", "Dispatcher", "Integration admin"]
READ = {"Viewer": 200, "Dispatcher": 200, "Integration admin": 200}
DISPATCHER = {"Viewer": 403, "Dispatcher": 200, "Integration admin": 403}
INTEGRATION = {"Viewer": 403, "Dispatcher": 403, "Integration admin": 200}
NOBODY = dict.fromkeys(ROLES, 403)

TABLE = [
    ("GET", "/admin/", READ),
    ("GET", "/admin/targets/target/", READ),
    ("GET", "/admin/targets/target/{target}/change/", READ),
    ("GET", "/admin/targets/target/{target}/history/", READ),
    ("GET", "/admin/targets/target/export/", READ),
    ("GET", "/admin/importjobs/importjob/export/", READ),
    ("GET", "/admin/importjobs/importitem/export/", READ),
    ("POST", "/admin/targets/target/{target}/change/", DISPATCHER),
    ("GET", "/admin/targets/target/{target}/cancel/", DISPATCHER),
    ("POST", "/admin/targets/target/{target}/cancel/", DISPATCHER),
    ("GET", "/admin/targets/target/{target}/reopen/", DISPATCHER),
    ("POST", "/admin/targets/target/{target}/reopen/", DISPATCHER),
    ("GET", "/admin/targets/target/add/", NOBODY),
    ("GET", "/admin/targets/target/{target}/delete/", NOBODY),
    ("GET", "/admin/importjobs/importjob/", READ),
    ("GET", "/admin/importjobs/importjob/{job}/change/", READ),
    ("GET", "/admin/importjobs/importjob/{job}/replay/", DISPATCHER),
    ("GET", "/admin/importjobs/importitem/", READ),
    ("GET", "/admin/importjobs/importitem/{item}/change/", READ),
    ("GET", "/admin/importjobs/importitem/{item}/replay/", DISPATCHER),
    ("POST", "/admin/importjobs/importitem/{item}/replay/", DISPATCHER),
    ("GET", "/admin/importjobs/importitem/{item}/dismiss/", DISPATCHER),
    ("POST", "/admin/importjobs/importitem/{item}/dismiss/", DISPATCHER),
    ("POST", "/admin/importjobs/importitem/replay-many/", DISPATCHER | {"Dispatcher": 302}),
    ("GET", "/admin/importjobs/importitem/add/", NOBODY),
    ("GET", "/admin/importjobs/importitem/{item}/delete/", NOBODY),
    ("GET", "/admin/templates/targettemplate/", READ),
    ("GET", "/admin/templates/targettemplate/{template}/change/", READ),
    ("GET", "/admin/templates/targettemplate/{template}/payload/", READ),
    ("POST", "/admin/templates/targettemplate/{template}/change/", INTEGRATION),
    ("GET", "/admin/templates/targettemplate/add/", INTEGRATION),
    ("GET", "/admin/targets/sourcesystem/", READ),
    ("GET", "/admin/targets/sourcesystem/{system}/change/", READ),
    ("GET", "/admin/targets/sourcesystem/add/", INTEGRATION),
    ("GET", "/admin/targets/sourcesystem/{system}/history/", READ),
    ("POST", "/admin/targets/sourcesystem/{system}/change/", INTEGRATION),
    ("GET", "/admin/targets/sourcesystem/{system}/pause/", INTEGRATION),
    ("POST", "/admin/targets/sourcesystem/{system}/pause/", INTEGRATION),
    ("GET", "/admin/targets/sourcesystem/{system}/resume/", INTEGRATION),
    ("POST", "/admin/targets/sourcesystem/{system}/resume/", INTEGRATION | {"Integration admin": 302}),
    ("GET", "/admin/inbound/apitoken/", INTEGRATION),
    ("GET", "/admin/inbound/apitoken/{token}/change/", INTEGRATION),
    ("GET", "/admin/inbound/apitoken/add/", INTEGRATION),
    ("POST", "/admin/inbound/apitoken/add/", INTEGRATION),
    ("GET", "/admin/inbound/apitoken/{token}/rotate/", INTEGRATION),
    ("POST", "/admin/inbound/apitoken/{token}/rotate/", INTEGRATION),
    ("GET", "/admin/inbound/apitoken/{token}/revoke/", INTEGRATION),
    ("GET", "/admin/inbound/apitoken/{token}/delete/", NOBODY),
    ("GET", "/admin/auth/user/", NOBODY),
    ("GET", "/admin/auth/user/add/", NOBODY),
    ("GET", "/admin/auth/group/", NOBODY),
]
CASES = [(method, path, role, status) for method, path, by_role in TABLE for role, status in by_role.items()]


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


@pytest.mark.parametrize(("method", "path", "role", "status"), CASES)
def test_a_role_has_the_permissions_of_the_table(numbers, method, path, role, status):
    user = StaffFactory(is_superuser=False, in_group=role)
    assert ask(user, method, path, numbers).status_code == status


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _by_role in TABLE if path != "/admin/"])
def test_staff_without_a_role_have_no_permissions(numbers, method, path):
    assert ask(StaffFactory(is_superuser=False), method, path, numbers).status_code == 403


@pytest.mark.parametrize(("method", "path"), [(method, path) for method, path, _by_role in TABLE])
@pytest.mark.parametrize("who", ["anonymous", "not staff"])
def test_users_who_are_not_staff_are_sent_to_the_login(numbers, method, path, who):
    user = StaffFactory(is_superuser=False, is_staff=False) if who != "anonymous" else None
    response = ask(user, method, path, numbers)
    assert (response.status_code, response["Location"].partition("?")[0]) == (302, "/admin/login/")


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
