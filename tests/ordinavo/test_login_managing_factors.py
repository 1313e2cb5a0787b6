"""Two-factor login: changes of the second factor, resets by administrators, and the setting that demands one."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission, User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.second_factor import FOLDER, PASSWORD, code, log_in, set_up


@pytest.fixture
def protected(factor, client):
    """Return a browser in which dora is logged in with her second factor."""
    log_in(client)
    client.post(f"{FOLDER}code/", {"code": code(factor[0])})
    return client


@pytest.fixture
def manager(db):
    """Return a browser of a user who may change users."""
    anna = User.objects.create_user("anna", is_staff=True)
    anna.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    client = Client()
    client.force_login(anna)
    return client


def reset_page(user):
    return f"/admin/auth/user/{user.pk}/reset-factor/"


@pytest.mark.parametrize("page", ["turn-off/", "recovery-codes/", "recovery-codes/new/"])
def test_a_change_wants_the_password_or_a_code_again(protected, page):
    assert protected.get(FOLDER + page).url.startswith(f"{FOLDER}confirm/password/")
    protected.post(FOLDER + page)
    assert Authenticator.objects.count() == 2


def test_a_set_up_long_after_the_login_wants_the_password(dora, client):
    client.force_login(dora)
    assert client.get(f"{FOLDER}set-up/").url.startswith(f"{FOLDER}confirm/password/")


def test_the_second_factor_is_turned_off_with_the_password(protected):
    confirm = protected.get(f"{FOLDER}turn-off/").url
    assert "The password is wrong" in protected.post(confirm, {"password": "wrong"}).content.decode()
    assert protected.post(confirm, {"password": PASSWORD}).url == f"{FOLDER}turn-off/"
    protected.post(f"{FOLDER}turn-off/")
    assert not Authenticator.objects.exists()
    assert log_in(Client()).url == "/admin/"


def test_new_recovery_codes_replace_the_old_ones(protected, factor):
    _key, old = factor
    protected.post(f"{FOLDER}confirm/code/", {"code": old[0]})
    new = protected.post(f"{FOLDER}recovery-codes/new/", follow=True).context["unused_codes"]
    assert len(new) == 10
    assert not set(new) & set(old)


def test_wrong_passwords_of_a_confirmation_lock_the_login(protected):
    for _time in range(5):
        response = protected.post(f"{FOLDER}confirm/password/", {"password": "wrong"})
    assert response.status_code == 429


def test_wrong_codes_of_a_confirmation_lead_to_the_page_of_a_lock(protected):
    for _time in range(11):
        response = protected.post(f"{FOLDER}confirm/code/", {"code": "000000"})
    assert response.status_code == 429
    assert "Too many attempts to log in" in response.content.decode()


def test_wrong_old_passwords_of_a_password_change_lock_the_login(dora, client):
    client.force_login(dora)
    new = {"new_password1": "tPq8vv2KzzQ1", "new_password2": "tPq8vv2KzzQ1"}
    for _time in range(5):
        response = client.post("/admin/password_change/", {"old_password": "wrong", **new})
    assert response.status_code == 429
    assert client.post("/admin/password_change/", {"old_password": PASSWORD, **new}).status_code == 429
    assert User.objects.get().check_password(PASSWORD)


def test_no_password_of_a_wrong_password_change_is_stored(dora, client):
    client.force_login(dora)
    new = {"new_password1": "tPq8vv2KzzQ1", "new_password2": "tPq8vv2KzzQ1"}
    for _time in range(2):
        client.post("/admin/password_change/?note=private", {"old_password": "almost-right", **new})
    stored = str(AccessAttempt.objects.values().get())
    assert not [text for text in ("almost-right", "tPq8vv2KzzQ1", "private") if text in stored]


def test_staff_change_their_password(dora, client):
    client.force_login(dora)
    new = {"new_password1": "tPq8vv2KzzQ1", "new_password2": "tPq8vv2KzzQ1"}
    assert client.post("/admin/password_change/", {"old_password": PASSWORD, **new}).status_code == 302
    assert User.objects.get().check_password("tPq8vv2KzzQ1")


def test_the_account_menu_leads_to_the_own_second_factor(protected):
    assert f'href="{FOLDER}"' in protected.get("/admin/").content.decode()
    assert "Unused recovery codes: 10." in protected.get(FOLDER).content.decode()


def test_a_user_admin_resets_the_second_factor_of_a_colleague(manager, dora, factor):
    page = f"/admin/auth/user/{dora.pk}/change/"
    assert "Reset second factor" in manager.get(page).content.decode()
    assert manager.get(reset_page(dora)).status_code == 200
    assert Authenticator.objects.exists()
    assert manager.post(reset_page(dora)).url == page
    assert not Authenticator.objects.exists()
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id, entry.change_message) == (
        "anna", str(dora.pk), "Second factor reset.",
    )  # fmt: skip


@pytest.mark.parametrize("is_required", [True, False])
def test_the_page_of_a_reset_says_what_happens_at_the_next_login(manager, dora, factor, settings, is_required):
    User.objects.filter(username="anna").update(password=User.objects.get(username="dora").password)
    log_in(manager, "anna")
    set_up(manager)
    settings.REQUIRE_SECOND_FACTOR = is_required
    page = manager.get(reset_page(dora)).content.decode()
    assert "make sure who asks for it" in page
    assert ("a new second factor must be set up" in page) == is_required


def listed(manager, **choice):
    """Return whether each user of the list has a second factor, by the user's name."""
    rows = manager.get("/admin/auth/user/", choice).context["cl"].result_list
    return {user.username: user.is_protected for user in rows}


def test_the_list_of_users_shows_and_filters_by_the_second_factor(manager, dora, factor):
    assert listed(manager) == {"anna": False, "dora": True}
    assert listed(manager, second_factor="yes") == {"dora": True}
    assert listed(manager, second_factor="no") == {"anna": False}
    page = manager.get("/admin/auth/user/").content.decode()
    assert page.count("field-is_protected") == 2
    assert manager.get("/admin/auth/user/?second_factor=maybe").status_code == 302


def test_the_list_of_users_takes_as_many_queries_for_more_users(manager, dora, factor, django_assert_num_queries):
    manager.get("/admin/auth/user/")
    with CaptureQueriesContext(connection) as two_users:
        manager.get("/admin/auth/user/")
    User.objects.bulk_create(User(username=f"user{number}") for number in range(5))
    with django_assert_num_queries(len(two_users)):
        manager.get("/admin/auth/user/")


def test_staff_without_the_permission_reset_no_second_factor(dora, factor, client):
    client.force_login(User.objects.create_user("vera", is_staff=True))
    assert client.post(reset_page(dora)).status_code == 403
    assert Authenticator.objects.exists()


def test_only_superusers_reset_the_second_factor_of_a_superuser(manager, dora, factor):
    User.objects.update(is_superuser=True)
    User.objects.filter(username="anna").update(is_superuser=False)
    assert manager.post(reset_page(dora)).status_code == 403
    User.objects.update(is_superuser=True)
    assert manager.post(reset_page(dora)).status_code == 302
    assert not Authenticator.objects.exists()


def test_nobody_skips_the_password_by_a_reset_of_the_own_second_factor(protected, dora):
    dora.is_superuser = True
    dora.save()
    assert protected.post(reset_page(dora)).url == FOLDER
    assert Authenticator.objects.exists()


def test_the_page_of_a_user_says_since_when_there_is_a_second_factor(manager, dora, factor):
    page = manager.get(f"/admin/auth/user/{dora.pk}/change/").content.decode()
    assert "Since " in page
    assert factor[0] not in page


def test_the_command_resets_a_second_factor(dora, factor):
    out = StringIO()
    call_command("reset_second_factor", "dora", stdout=out)
    assert "logs in with the password alone" in out.getvalue()
    assert log_in(Client()).url == "/admin/"
    assert LogEntry.objects.get().object_id == str(dora.pk)


@pytest.mark.parametrize(("name", "message"), [("dora", "has no second factor"), ("nobody", "There is no user")])
def test_the_command_says_what_is_wrong(dora, name, message):
    with pytest.raises(CommandError, match=message):
        call_command("reset_second_factor", name)


@pytest.mark.parametrize("page", ["/admin/", "/admin/targets/target/", "/admin/password_change/"])
def test_staff_without_a_second_factor_must_set_one_up_if_the_setting_demands_it(dora, client, settings, page):
    settings.REQUIRE_SECOND_FACTOR = True
    log_in(client)
    assert client.get(page).url == f"{FOLDER}set-up/"
    assert client.post(page).url == f"{FOLDER}set-up/"
    assert "required here" in client.get(f"{FOLDER}set-up/").content.decode()


def test_the_demanded_set_up_opens_the_admin(dora, client, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    log_in(client)
    set_up(client)
    assert client.get("/admin/").status_code == 200


def after_set_up(client):
    """Set up a second factor, and return where the page of the recovery codes leads to."""
    key = client.get(f"{FOLDER}set-up/").context["form"].secret
    page = client.post(f"{FOLDER}set-up/", {"code": code(key, step=-1)}, follow=True)
    assert f'href="{page.context["continue_to"]}"' in page.content.decode()
    return page.context["continue_to"]


@pytest.mark.parametrize("page", ["/admin/targets/target/?q=A-1", "/admin/password_change/"])
def test_the_demanded_set_up_leads_to_the_page_that_was_asked_for(dora, client, settings, page):
    settings.REQUIRE_SECOND_FACTOR = True
    client.get(log_in(client, next=page).url)
    assert after_set_up(client) == page


@pytest.mark.parametrize("page", ["https://evil.example/", "//evil.example/", "/admin/"])
def test_the_demanded_set_up_leads_to_the_start_page_rather_than_to_another_host(dora, client, settings, page):
    settings.REQUIRE_SECOND_FACTOR = True
    client.get(log_in(client, next=page).url)
    assert after_set_up(client) == "/admin/"


def test_the_demanded_set_up_leads_to_the_start_page_after_a_form(dora, client, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    log_in(client)
    client.post("/admin/targets/target/add/")
    assert after_set_up(client) == "/admin/"


def test_a_set_up_that_nobody_demands_leads_back_to_the_second_factor(dora, client):
    log_in(client)
    assert after_set_up(client) == FOLDER


def test_staff_may_log_out_before_the_demanded_set_up(dora, client, settings):
    settings.REQUIRE_SECOND_FACTOR = True
    log_in(client)
    assert client.post("/admin/logout/").status_code == 200


def test_an_account_manager_cannot_change_a_superuser(manager, dora):
    User.objects.filter(pk=dora.pk).update(is_superuser=True)
    new = {"password1": "another long secret", "password2": "another long secret", "usable_password": "true"}
    assert manager.post(f"/admin/auth/user/{dora.pk}/password/", new).status_code == 403
    assert manager.post(f"/admin/auth/user/{dora.pk}/change/", {"username": "renamed"}).status_code == 403
    dora.refresh_from_db()
    assert (dora.username, dora.check_password(PASSWORD)) == ("dora", True)


def test_an_account_manager_cannot_become_a_superuser(manager):
    anna = User.objects.get(username="anna")
    rights = {"is_staff": "on", "is_superuser": "on", "date_joined_0": "2026-01-01", "date_joined_1": "00:00:00"}
    page = manager.post(f"/admin/auth/user/{anna.pk}/change/", {"username": "anna_2"} | rights)
    anna.refresh_from_db()
    assert (page.status_code, anna.username, anna.is_superuser) == (302, "anna_2", False)
