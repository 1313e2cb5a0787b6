"""The change log says who changed what, from which value to which."""

import html
import re

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client

from inbound.models import ApiToken
from tests.factories import (
    ApiTokenFactory,
    CustomFieldFactory,
    SourceSystemFactory,
    StaffFactory,
    TargetTemplateFactory,
)

LOG = "/admin/auditlog/logentry/"


def text_of(cell):
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", cell)).split())


def entries(client, query=""):
    """Return the rows of the list as text: who, object, action, changes."""
    shown = client.get(LOG + query).content.decode()
    body = re.search(r'id="result_list".*?</table>', shown, re.DOTALL)[0]
    names = ("who", "subject", "action_column", "changes_column")
    columns = [re.findall(rf'<td class="field-{name}[^>]*>(.*?)</td>', body, re.DOTALL) for name in names]
    return [tuple(text_of(cell) for cell in row) for row in zip(*columns, strict=True)]


@pytest.fixture
def dora(db):
    client = Client()
    client.force_login(StaffFactory(username="dora"))
    return client


def test_a_changed_template_is_logged_with_both_values_and_the_user(dora):
    template = TargetTemplateFactory(key="stop", name="Stop")
    data = {
        "name": "Delivery stop",
        "active": "on",
        "defaults": "{}",
        "fields-TOTAL_FORMS": "0",
        "fields-INITIAL_FORMS": "0",
    }
    dora.post(f"/admin/templates/targettemplate/{template.pk}/change/", data)
    assert entries(dora)[0] == ("dora", "Template Delivery stop", "Changed", "Name: Stop → Delivery stop")


def test_a_new_choice_of_a_custom_field_is_logged(dora):
    field = CustomFieldFactory(key="unloading", label="Unloading", type="choice", choices=["ramp"])
    row = {"key": "unloading", "label": "Unloading", "type": "choice", "choices": "ramp,crane", "position": "0"}
    row |= {"id": field.pk, "template": field.template_id, "active": "on", "unit": "", "help": ""}
    data = {f"fields-0-{name}": value for name, value in row.items()}
    data |= {"name": field.template.name, "active": "on", "defaults": "{}"}
    data |= {"fields-TOTAL_FORMS": "1", "fields-INITIAL_FORMS": "1"}
    dora.post(f"/admin/templates/targettemplate/{field.template_id}/change/", data)
    assert entries(dora)[0] == ("dora", "Custom field Unloading", "Changed", "Choices: ramp → ramp, crane")


def test_a_pause_is_logged_with_its_reason(dora):
    system = SourceSystemFactory(name="Old ERP")
    dora.post(f"/admin/targets/sourcesystem/{system.pk}/pause/", {"reason": "It moves."})
    who, subject, action, changes = entries(dora)[0]
    assert (who, subject, action) == ("dora", "Source system Old ERP", "Changed")
    assert "Reason: – → It moves." in changes
    assert "Paused by: – → dora" in changes


def test_a_revocation_is_logged(dora):
    token = ApiTokenFactory(name="Nightly push")
    dora.post(f"/admin/inbound/apitoken/{token.pk}/revoke/")
    who, subject, action, changes = entries(dora)[0]
    assert (who, subject, action) == ("dora", "API token Nightly push", "Changed")
    assert "Revoked by: – → dora" in changes


def test_a_token_issued_by_a_command_is_logged_with_its_scopes_and_source_systems(dora, erp):
    call_command("issue_token", "Shop", "--source-system", "logistics_erp", "--scope", "targets.read")
    systems, created = entries(dora)[:2]
    assert systems == ("Command or system", "API token Shop", "Changed", f"Source systems: + {erp.name}")
    assert created[:3] == ("Command or system", "API token Shop", "Created")
    assert "Scopes: Read targets" in created[3]


def test_a_role_given_to_a_user_is_logged(dora):
    max_ = StaffFactory(username="max", is_superuser=False)
    role = Group.objects.get(name="Dispatcher")
    data = {"username": "max", "is_staff": "on", "is_active": "on", "groups": [role.pk]}
    data |= {"date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    dora.post(f"/admin/auth/user/{max_.pk}/change/", data)
    assert ("dora", "User max", "Changed", "Groups: + Dispatcher") in entries(dora)


def test_a_changed_password_is_logged_without_it(dora):
    user = StaffFactory(username="max")
    data = {"password1": "a-long-new-password", "password2": "a-long-new-password", "usable_password": "true"}
    dora.post(f"/admin/auth/user/{user.pk}/password/", data)
    assert User.objects.get(pk=user.pk).check_password("a-long-new-password")
    assert entries(dora)[0][3] == "Password: – → (hidden)"


def test_the_name_of_a_deleted_user_stays(dora):
    other = Client()
    other.force_login(StaffFactory(username="eva"))
    system = SourceSystemFactory(name="Shop")
    other.post(f"/admin/targets/sourcesystem/{system.pk}/pause/", {"reason": "It moves."})
    User.objects.get(username="eva").delete()
    assert [who for who, subject, *_ in entries(dora) if subject == "Source system Shop"][0] == "eva"


def test_a_deleted_template_is_logged_with_its_own_values_only(dora):
    template = TargetTemplateFactory(key="stop", name="Stop")
    dora.post(f"/admin/templates/targettemplate/{template.pk}/delete/", {"post": "yes"})
    who, subject, action, changes = entries(dora)[0]
    assert (who, subject, action) == ("dora", "Template Stop", "Deleted")
    assert sorted(re.findall(r"(\w+):", changes)) == ["Active", "Key", "Name"]


def test_requests_with_a_token_write_nothing_into_the_log(dora, api):
    before = len(entries(dora))
    api.send("DEL-1")
    assert ApiToken.objects.get().last_used_at
    assert len(entries(dora)) == before


def test_the_log_is_filtered_by_kind_action_user_and_searched_by_name(dora):
    system = SourceSystemFactory(name="Shop")
    TargetTemplateFactory(name="Stop")
    dora.post(f"/admin/targets/sourcesystem/{system.pk}/pause/", {"reason": "It moves."})
    kinds = dict(re.findall(r"\?kind=(\d+)[^>]*>\s*([^<]*?)\s*<", dora.get(LOG).content.decode()))
    (templates,) = [pk for pk, name in kinds.items() if name == "Templates"]
    assert [subject for _who, subject, *_ in entries(dora, f"?kind={templates}")] == ["Template Stop"]
    paused = ("dora", "Source system Shop", "Changed")
    assert [row[:3] for row in entries(dora, "?q=shop&action=1")] == [paused]
    assert paused in [row[:3] for row in entries(dora, f"?actor__id__exact={User.objects.get(username='dora').pk}")]


@pytest.mark.parametrize("query", ["?kind=x", "?kind=999", "?action=3"])
def test_an_unknown_filter_value_leads_to_the_list_without_filters(dora, query):
    assert dora.get(LOG + query).status_code == 302


def test_users_see_only_what_is_about_objects_that_they_may_view(dora):
    SourceSystemFactory(name="Shop")
    admin = Client()
    admin.force_login(StaffFactory(username="ina", is_superuser=False, in_group="Integration admin"))
    kinds = {subject.rsplit(" ", 1)[0] for _who, subject, *_ in entries(admin)}
    assert kinds == {"Source system"}
