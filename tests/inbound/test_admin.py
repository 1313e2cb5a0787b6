"""The admin pages of API tokens: issue, change, rotate and revoke."""

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
from tests.factories import ApiTokenFactory

LIST = reverse("admin:inbound_apitoken_changelist")
ADD = reverse("admin:inbound_apitoken_add")


def order(erp, **changed):
    expires = timezone.localtime() + timedelta(days=90)
    return {
        "name": "Shop",
        "scopes": ["targets.read", "integration.health.read"],
        "rate_limit": "100",
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
        ({"expires_at_0": "2020-01-01"}, "Choose a time in the future"),
        ({"expires_at_0": "2999-01-01"}, "Choose a time in the future"),
        ({"name": "ERP nightly push"}, "A token with this name exists"),
    ],
)
def test_a_token_with_invalid_rights_or_validity_is_not_issued(staff, erp, token, changed, message):
    response = staff.post(ADD, order(erp, **changed))
    assert message in response.content.decode()
    assert ApiToken.objects.count() == 1


def test_rights_can_be_changed_until_the_token_is_revoked(staff, erp, api, token):
    changed = {"name": token.name, "scopes": ["targets.read"], "source_systems": [erp.pk], "rate_limit": "5"}
    assert staff.post(page(token), changed).status_code == 302
    assert api.get("/targets").status_code == 200
    assert api.get("/integration/health").status_code == 403


def revoke(staff, token, way):
    if way == "from its page":
        return staff.post(page(token).replace("change", "revoke"))
    chosen = {"action": "revoke_selected", "_selected_action": [token.pk]}
    assert token.name in staff.post(LIST, chosen).content.decode()
    assert ApiToken.objects.get(pk=token.pk).is_valid
    return staff.post(LIST, chosen | {"confirmed": "yes"})


@pytest.mark.parametrize("way", ["from the list", "from its page"])
def test_a_revoked_token_is_refused_and_cannot_be_changed(staff, api, token, way):
    assert staff.get(page(token).replace("change", "revoke")).status_code == 200
    revoke(staff, token, way)
    assert api.get("/integration/health").status_code == 401
    record = ApiToken.objects.values().get()
    assert record["revoked_by"] == "dora"
    assert staff.post(page(token), {"name": "Back again"}).status_code == 403
    for action in ("rotate", "revoke"):
        assert staff.post(page(token).replace("change", action), {"days": "90"}).status_code == 404
    assert ApiToken.objects.values().get() == record


def test_an_expired_token_cannot_be_changed(staff, erp):
    token = ApiTokenFactory(expires_at=timezone.now() - timedelta(days=1), source_systems=[erp])
    assert staff.post(page(token), {"name": "Back again"}).status_code == 403
    assert "expired" in staff.get(LIST).content.decode()


class TestRotation:
    @pytest.fixture
    def rotate(self, staff, token):
        def rotate(days):
            response = staff.post(page(token).replace("change", "rotate"), {"days": str(days)})
            return Api(raw=re.search(r"eyJ[\w-]+\.[\w-]+\.[\w-]+", html.unescape(response.content.decode()))[0])

        return rotate

    def test_the_new_token_has_the_same_name_and_rights(self, rotate, api, token):
        before = api.get("/integration/health").json()["token"]
        after = rotate(7).get("/integration/health").json()["token"]
        assert {name: after[name] for name in ("name", "scopes", "sourceSystems")} == {
            name: before[name] for name in ("name", "scopes", "sourceSystems")
        }

    def test_the_new_token_has_no_rights_that_the_old_one_did_not_have(self, rotate, token):
        token.scopes = ["integration.health.read"]
        token.save()
        assert rotate(7).get("/integration/health").json()["token"]["scopes"] == ["integration.health.read"]

    def test_the_old_token_stays_valid_for_the_chosen_days(self, rotate, api, token):
        rotate(7)
        token.refresh_from_db()
        assert api.get("/integration/health").status_code == 200
        assert timedelta(days=6, hours=23) < token.expires_at - timezone.now() < timedelta(days=7)

    def test_zero_days_end_the_old_token_at_once(self, rotate, api):
        rotate(0)
        assert api.get("/integration/health").status_code == 401

    def test_the_old_token_is_never_extended(self, rotate, token):
        expires = token.expires_at
        rotate(90)
        token.refresh_from_db()
        assert token.expires_at == expires

    def test_the_pages_of_both_tokens_link_to_each_other(self, rotate, staff, token):
        rotate(7)
        new = ApiToken.objects.get(rotated_from=token)
        assert page(new) in staff.get(page(token)).content.decode()
        assert page(token) in staff.get(page(new)).content.decode()

    @pytest.mark.parametrize("days", ["-1", "91", "", "a"])
    def test_an_invalid_number_of_days_is_refused(self, staff, token, days):
        assert staff.post(page(token).replace("change", "rotate"), {"days": days}).status_code == 200
        assert ApiToken.objects.count() == 1


@pytest.mark.parametrize("days", ["30", "730"])
def test_a_token_is_valid_for_the_chosen_time(staff, erp, days):
    staff.post(ADD, order(erp, valid_for=days, expires_at_0="", expires_at_1=""))
    left = ApiToken.objects.get().expires_at - timezone.now()
    assert timedelta(days=int(days) - 1) < left <= timedelta(days=int(days))


def test_a_link_to_revoke_asks_first(staff, api, token):
    staff.get(page(token).replace("change", "revoke"))
    assert api.get("/integration/health").status_code == 200


def test_a_token_cannot_be_deleted(staff, token):
    assert staff.post(reverse("admin:inbound_apitoken_delete", args=[token.pk]), {"post": "yes"}).status_code == 403


def test_revoking_all_tokens_includes_those_on_other_pages(staff, erp):
    ApiTokenFactory.create_batch(101)
    everything = {"action": "revoke_selected", "select_across": "1", "_selected_action": [ApiToken.objects.first().pk]}
    asked = staff.post(LIST, everything).content.decode()
    chosen = re.findall(r'name="_selected_action" value="(\d+)"', asked)
    staff.post(LIST, {"action": "revoke_selected", "confirmed": "yes", "_selected_action": chosen})
    assert not ApiToken.objects.filter(revoked_at=None).exists()


@pytest.mark.parametrize(
    ("entered", "stored"),
    [
        ("", []),
        ("192.0.2.0/24\r\n2001:DB8::/32", ["192.0.2.0/24", "2001:db8::/32"]),
        (" 192.0.2.7 , 192.0.2.7/32;198.51.100.0/255.255.255.0", ["192.0.2.7", "198.51.100.0/24"]),
        ("::ffff:192.0.2.0/120 ::ffff:192.0.2.7", ["192.0.2.0/24", "192.0.2.7"]),
    ],
)
def test_allowed_networks_are_stored_in_their_normal_form(staff, erp, entered, stored):
    staff.post(ADD, order(erp, allowed_networks=entered))
    assert ApiToken.objects.get().allowed_networks == stored


@pytest.mark.parametrize(
    ("entered", "message"),
    [
        ("192.0.2.0/24 office", "office is not a network."),
        ("192.0.2.0/33", "192.0.2.0/33 is not a network."),
        ("fe80::1%eth0", "fe80::1%eth0 is not a network."),
        ("192.0.2.5/24", "Enter 192.0.2.0/24 for the network, or 192.0.2.5 alone."),
        ("\n".join(f"192.0.2.{number}" for number in range(101)), "Enter at most 100 networks."),
    ],
)
def test_a_text_that_is_no_network_is_refused_and_shown_again(staff, erp, entered, message):
    content = html.unescape(staff.post(ADD, order(erp, allowed_networks=entered)).content.decode())
    assert message in content
    assert entered in content
    assert not ApiToken.objects.exists()


def test_the_networks_of_a_token_are_shown_and_can_be_changed(staff, erp):
    token = ApiTokenFactory(source_systems=[erp], allowed_networks=["192.0.2.0/24", "192.0.2.7", "2001:db8::/32"])
    assert "192.0.2.0/24, 192.0.2.7, + 1" in staff.get(LIST).content.decode()
    assert "192.0.2.0/24\n192.0.2.7\n2001:db8::/32" in staff.get(page(token)).content.decode()
    staff.post(page(token), order(erp, allowed_networks="192.0.2.0/24"))
    token.refresh_from_db()
    assert token.allowed_networks == ["192.0.2.0/24"]


@pytest.mark.parametrize(("language", "shown"), [("de", "30 Tage"), ("en", "30 days"), ("de", "1 Jahr")])
def test_the_choices_of_a_new_token_are_in_the_language_of_the_browser(staff, language, shown):
    page = staff.get("/admin/inbound/apitoken/add/", headers={"Accept-Language": language}).content.decode()
    assert shown in page
