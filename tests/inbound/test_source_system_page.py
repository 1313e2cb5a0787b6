"""The page of a source system: its last import, its API tokens, and the button that revokes them all."""

import html
import re
import shlex
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from importjobs.models import ImportJob
from inbound.models import ApiToken
from ordinavo.common.scopes import Scope
from targets import pauses
from targets.models import SourceSystem, Target
from tests.factories import ApiTokenFactory, ImportJobFactory, SourceSystemFactory, StaffFactory

TOKENS = reverse("admin:inbound_apitoken_changelist")


def page(system):
    return reverse("admin:targets_sourcesystem_change", args=[system.pk])


def text(response):
    return " ".join(html.unescape(re.sub("<[^>]*>", " ", response.content.decode())).split())


def test_the_page_says_that_nothing_was_sent_yet(staff, erp):
    assert "It has not sent anything yet." in text(staff.get(page(erp)))


def test_the_page_says_when_the_last_import_was_and_how_often_one_is_expected(staff, erp):
    SourceSystem.objects.update(expected_hours=24)
    ImportJobFactory(source_system=erp, created_at=timezone.now() - timedelta(hours=3))
    shown = text(staff.get(page(erp)))
    assert re.search(r"Its last import was on .* \(3 hours ago\)\.", shown)
    assert "An import is expected at least every 24 hours." in shown


def test_the_page_says_since_when_a_silent_source_system_has_sent_nothing(staff, erp):
    ImportJobFactory(source_system=erp, created_at=timezone.now() - timedelta(days=4))
    shown = staff.get(page(erp))
    assert re.search(r"No imports since .* \(4 days ago\)\.", text(shown))
    assert shown.context["is_silent"]


def test_a_paused_source_system_is_not_called_silent(staff, erp):
    ImportJobFactory(source_system=erp, created_at=timezone.now() - timedelta(days=4))
    pauses.pause_source_system(source_system=erp, reason="It moves.", by="dora")
    assert not staff.get(page(erp)).context["is_silent"]


def test_a_replay_by_staff_does_not_count_as_an_import(staff, api, erp):
    api.post({"externalId": "DEL-7"})
    ImportJob.objects.update(created_at=timezone.now() - timedelta(days=4))
    item = reverse("admin:importjobs_importitem_replay_this", args=[ImportJob.objects.get().items.get().pk])
    staff.post(item, {"payload": '{"externalId": "DEL-7", "title": "Delivery"}', "_replay": ""})
    assert Target.objects.exists()
    assert re.search(r"No imports since .* \(4 days ago\)\.", text(staff.get(page(erp))))


def test_an_expected_pause_can_be_set(staff, erp):
    data = {"name": erp.name, "active": "on", "time_zone": "", "expected_hours": "30"}
    assert staff.post(page(erp), data).status_code == 302
    assert SourceSystem.objects.get().expected_hours == 30


@pytest.mark.parametrize("hours", ["0", "2161", "x", "-1"])
def test_an_impossible_expected_pause_is_refused(staff, erp, hours):
    data = {"name": erp.name, "active": "on", "time_zone": "", "expected_hours": hours}
    assert "expected_hours" in staff.post(page(erp), data).context["adminform"].form.errors
    assert SourceSystem.objects.get().expected_hours is None


def test_the_page_lists_all_tokens_with_their_states_and_scopes(staff, erp, token):
    ApiTokenFactory(name="Old push", source_systems=[erp], scopes=["targets.read"], revoked_at=timezone.now())
    ApiTokenFactory(name="Of another", source_systems=[SourceSystemFactory()])
    shown = text(staff.get(page(erp)))
    assert re.search(r"ERP nightly push valid Import targets one at a time", shown)
    assert re.search(r"Old push revoked Read targets", shown)
    assert "Of another" not in shown


def test_a_dispatcher_does_not_see_tokens(erp, token):
    client = Client()
    client.force_login(StaffFactory(is_superuser=False, in_group="Dispatcher"))
    assert "ERP nightly push" not in text(client.get(page(erp)))


def test_all_valid_tokens_of_a_source_system_are_revoked_at_once(staff, api, erp, token):
    shop = SourceSystemFactory(name="Shop")
    both = ApiTokenFactory(name="Shared", source_systems=[erp, shop])
    other = ApiTokenFactory(name="Of the shop", source_systems=[shop])
    asked = staff.get(page(erp).replace("change", "revoke-tokens"))
    assert "Shared It is also for: Shop." in text(asked)
    chosen = re.findall(r'name="token" value="(\d+)"', asked.content.decode())
    staff.post(page(erp).replace("change", "revoke-tokens"), {"token": chosen})
    assert api.get("/targets").status_code == 401
    by = {token.name: token.revoked_by for token in ApiToken.objects.all()}
    assert by == {"ERP nightly push": "dora", both.name: "dora", other.name: ""}


def test_a_token_that_was_issued_after_the_question_is_not_revoked(staff, erp, token):
    asked = staff.get(page(erp).replace("change", "revoke-tokens"))
    chosen = re.findall(r'name="token" value="(\d+)"', asked.content.decode())
    new = ApiTokenFactory(source_systems=[erp])
    staff.post(page(erp).replace("change", "revoke-tokens"), {"token": chosen})
    assert [valid.pk for valid in ApiToken.objects.filter(revoked_at=None)] == [new.pk]


def test_ids_of_other_tokens_revoke_nothing(staff, erp):
    other = ApiTokenFactory(source_systems=[SourceSystemFactory()])
    staff.post(page(erp).replace("change", "revoke-tokens"), {"token": [other.pk, "x"]})
    assert ApiToken.objects.get().is_valid


def names(response):
    return {token.name for token in response.context["cl"].result_list}


def test_tokens_are_found_by_source_system_scope_and_status(staff, erp, token):
    shop = SourceSystemFactory(name="Shop")
    ApiTokenFactory(name="Reader", source_systems=[shop], scopes=["targets.read"])
    ApiTokenFactory(name="Revoked", source_systems=[shop], scopes=["metrics.read"], revoked_at=timezone.now())
    ApiTokenFactory(name="Expired", source_systems=[shop], expires_at=timezone.now() - timedelta(days=1))
    assert names(staff.get(f"{TOKENS}?source_systems__id__exact={erp.pk}")) == {"ERP nightly push"}
    assert names(staff.get(f"{TOKENS}?scope=metrics.read&status=revoked")) == {"Revoked"}
    assert names(staff.get(f"{TOKENS}?status=valid")) == {"ERP nightly push", "Reader"}
    assert names(staff.get(f"{TOKENS}?status=expired&q=shop")) == {"Expired"}


@pytest.mark.parametrize("query", ["status=x", "scope=x"])
def test_an_unknown_value_of_a_filter_leads_to_the_list_without_filters(staff, query):
    assert staff.get(f"{TOKENS}?{query}").status_code == 302


@pytest.mark.parametrize("scope", Scope.values)
def test_the_command_after_issuing_works_with_the_scopes_given(staff, client, erp, scope):
    expires = timezone.localtime() + timedelta(days=90)
    data = {"name": "Shop", "scopes": [scope], "rate_limit": "100", "source_systems": [erp.pk]}
    data |= {"expires_at_0": f"{expires:%Y-%m-%d}", "expires_at_1": f"{expires:%H:%M:%S}"}
    shown = staff.post(reverse("admin:inbound_apitoken_add"), data).content.decode()
    command = shlex.split(html.unescape(re.search(r'<pre id="curl"[^>]*>(.*?)</pre>', shown, re.DOTALL)[1]))
    path = command[1].removeprefix("http://testserver")
    headers = {"Authorization": command[3].removeprefix("Authorization: ")}
    if "-d" in command:
        answer = client.post(path, command[-1], content_type="application/json", headers=headers)
    else:
        answer = client.get(path, headers=headers)
    assert answer.status_code in (200, 201)
    assert not ImportJob.objects.exists()
