"""Tokens are issued, shown once and revoked in the admin."""

import html
import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.sessions.models import Session
from django.urls import reverse
from django.utils import timezone

from inbound.models import ApiToken
from tests.api import Api

LIST = reverse("admin:inbound_apitoken_changelist")
ADD = reverse("admin:inbound_apitoken_add")


def order(erp, **changed):
    expires = timezone.localtime() + timedelta(days=90)
    return {
        "name": "Shop",
        "scopes": ["targets.read", "integration.health.read"],
        "source_systems": [erp.pk],
        "expires_at_0": f"{expires:%Y-%m-%d}",
        "expires_at_1": f"{expires:%H:%M:%S}",
    } | changed


def page(token):
    return reverse("admin:inbound_apitoken_change", args=[token.pk])


def test_an_issued_token_is_shown_once_and_works(staff, erp):
    response = staff.post(ADD, order(erp))
    raw = re.search(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", html.unescape(response.content.decode()))[0]
    health = Api(raw=raw).get("/integration/health").json()
    token = ApiToken.objects.get()
    assert health["token"]["scopes"] == ["integration.health.read", "targets.read"]
    assert health["token"]["sourceSystems"] == ["logistics_erp"]
    assert token.created_by.username == "dora"
    assert "no-store" in response["Cache-Control"]
    for url in (page(token), LIST):
        assert raw not in staff.get(url).content.decode()
    stored = [*ApiToken.objects.values(), *LogEntry.objects.values(), *Session.objects.values()]
    assert raw not in str(stored)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"scopes": []}, "This field is required."),
        ({"scopes": ["everything"]}, "Select a valid choice."),
        ({"source_systems": []}, "This field is required."),
        ({"expires_at_0": "2020-01-01"}, "Choose a time from now"),
        ({"expires_at_0": "2999-01-01"}, "Choose a time from now"),
        ({"name": "ERP nightly push"}, "A token of this name exists"),
    ],
)
def test_a_token_that_makes_no_sense_is_not_issued(staff, erp, token, changed, message):
    response = staff.post(ADD, order(erp, **changed))
    assert message in response.content.decode()
    assert ApiToken.objects.count() == 1


def test_rights_can_be_changed_until_the_token_is_revoked(staff, erp, api, token):
    changed = {"name": token.name, "scopes": ["targets.read"], "source_systems": [erp.pk]}
    assert staff.post(page(token), changed).status_code == 302
    assert api.get("/targets").status_code == 200
    assert api.get("/integration/health").status_code == 403


@pytest.mark.parametrize("way", ["from the list", "from its page"])
def test_a_revoked_token_is_shut_out_and_stays_revoked(staff, erp, api, token, way):
    if way == "from the list":
        staff.post(LIST, {"action": "revoke_selected", "_selected_action": [token.pk]})
    else:
        rights = {"name": token.name, "scopes": token.scopes, "source_systems": [erp.pk]}
        button = re.search(r'name="(\w*revoke_this)"', staff.get(page(token)).content.decode())[1]
        staff.post(page(token), rights | {button: "1"})
    assert api.get("/integration/health").status_code == 401
    revoked_at = ApiToken.objects.get().revoked_at
    assert staff.post(page(token), {"name": "Back again"}).status_code == 403
    assert (ApiToken.objects.get().name, ApiToken.objects.get().revoked_at) == (token.name, revoked_at)


def test_a_token_cannot_be_deleted(staff, token):
    assert staff.post(reverse("admin:inbound_apitoken_delete", args=[token.pk]), {"post": "yes"}).status_code == 403
