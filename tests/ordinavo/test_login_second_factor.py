"""Two-factor login: the set-up, the code after the password, and recovery codes."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.test import Client

from tests.second_factor import FOLDER, PASSWORD, code, log_in, set_up


def is_logged_in(client):
    return client.get("/admin/").status_code == 200


def enter(client, value):
    return client.post(f"{FOLDER}code/", {"code": value})


def test_the_page_of_the_set_up_shows_a_qr_code_and_the_key(dora, client):
    log_in(client)
    response = client.get(f"{FOLDER}set-up/")
    page = response.content.decode()
    assert 'src="data:image/svg+xml;base64,' in page
    assert response.context["form"].secret in page
    assert "no-store" in response["Cache-Control"]


def test_a_wrong_code_does_not_turn_the_second_factor_on(dora, client):
    log_in(client)
    client.get(f"{FOLDER}set-up/")
    assert "The code is wrong" in client.post(f"{FOLDER}set-up/", {"code": "000000"}).content.decode()
    assert not Authenticator.objects.exists()


def test_the_login_asks_for_the_code_after_the_password(factor, client):
    key, _codes = factor
    assert log_in(client).url == f"{FOLDER}code/"
    assert not is_logged_in(client)
    assert enter(client, code(key)).url == "/admin/"
    assert is_logged_in(client)


def test_the_login_leads_to_the_page_that_was_asked_for(factor, client):
    log_in(client, next="/admin/targets/target/")
    assert enter(client, code(factor[0])).url == "/admin/targets/target/"


def test_a_login_does_not_lead_to_another_host(factor, client):
    log_in(client, next="https://evil.example/")
    assert enter(client, code(factor[0])).url == "/admin/"


def test_the_code_alone_logs_nobody_in(factor, client):
    assert enter(client, code(factor[0])).url == "/admin/login/"


def test_a_wrong_code_logs_nobody_in(factor, client):
    log_in(client)
    assert "The code is wrong" in enter(client, "000000").content.decode()
    assert not is_logged_in(client)


@pytest.mark.parametrize(
    ("language", "advice"), [("en", "the clock of the phone is right"), ("de", "ob die Uhr des Handys richtig geht")]
)
def test_a_wrong_code_advises_to_check_the_clock(factor, client, language, advice):
    log_in(client)
    answer = client.post(f"{FOLDER}code/", {"code": "000000"}, headers={"Accept-Language": language})
    assert advice in answer.content.decode()


def test_phones_show_digits_for_the_code_and_offer_to_fill_it_in(factor, client):
    log_in(client)
    [field] = re.findall(r'<input[^>]*name="code"[^>]*>', client.get(f"{FOLDER}code/").content.decode())
    assert 'inputmode="numeric"' in field
    assert 'autocomplete="one-time-code"' in field


def test_a_code_works_once(factor, client):
    used = code(factor[0])
    log_in(client)
    assert enter(client, used).status_code == 302
    other = Client()
    log_in(other)
    assert "was used before" in enter(other, used).content.decode()
    assert not is_logged_in(other)


def test_the_code_of_the_set_up_is_used_up(dora, client, django_capture_on_commit_callbacks):
    log_in(client)
    with django_capture_on_commit_callbacks(execute=True):
        key, _codes = set_up(client)
    other = Client()
    log_in(other)
    assert "was used before" in enter(other, code(key, step=-1)).content.decode()


def test_a_recovery_code_replaces_the_app_once(factor, client):
    _key, codes = factor
    assert len(set(codes)) == 10
    log_in(client)
    assert enter(client, codes[0]).status_code == 302
    other = Client()
    log_in(other)
    assert enter(other, codes[0]).status_code == 200
    assert enter(other, codes[1]).status_code == 302


@pytest.mark.parametrize(("language", "text"), [("en", "Codes left: 8."), ("de", "Noch übrig: 8.")])
def test_a_login_by_a_recovery_code_says_how_many_are_left(factor, client, language, text):
    for value in factor[1][:2]:
        client = Client(headers={"Accept-Language": language})
        log_in(client)
        enter(client, value)
    assert text in client.get("/admin/").content.decode()
    assert text not in client.get("/admin/").content.decode()


def test_a_login_by_the_app_says_nothing_of_recovery_codes(factor, client):
    log_in(client)
    page = client.post(f"{FOLDER}code/", {"code": code(factor[0])}, follow=True)
    assert "Codes left" not in page.content.decode()


def test_five_wrong_codes_lock_the_second_factor_of_the_user_from_every_address(factor):
    for last in range(5):
        client = Client(REMOTE_ADDR=f"192.0.2.{last}")
        log_in(client)
        enter(client, "000000")
    log_in(client)
    assert "Too many wrong codes. Wait 15 minutes" in enter(client, code(factor[0])).content.decode()
    assert not is_logged_in(client)


def test_twenty_wrong_codes_from_one_address_lock_it_for_all_users(db, client):
    for number in range(5):
        User.objects.create_user(f"user{number}", password=PASSWORD, is_staff=True)
        owner, thief = Client(REMOTE_ADDR="192.0.2.9"), Client(REMOTE_ADDR="198.51.100.1")
        log_in(owner, f"user{number}")
        key, _codes = set_up(owner)
        log_in(thief, f"user{number}")
        answers = [enter(thief, "000000").content.decode() for _attempt in range(4)]
        assert "The code is wrong" in answers[-1]
    assert "Too many wrong codes" in enter(thief, code(key)).content.decode()


def test_the_second_factor_is_asked_of_superusers_as_well(db, client):
    User.objects.create_superuser("dora", password=PASSWORD)
    log_in(client)
    set_up(client)
    other = Client()
    assert log_in(other).url == f"{FOLDER}code/"


def test_recovery_codes_are_shown_once(factor, client):
    key, codes = factor
    log_in(client)
    enter(client, code(key))
    client.post(f"{FOLDER}confirm/code/", {"code": codes[0]})
    page = client.get(f"{FOLDER}recovery-codes/").content.decode()
    assert "shown only once" in page
    assert not any(value in page for value in codes)


def test_no_secret_of_a_second_factor_is_stored_in_the_clear(factor):
    key, codes = factor
    stored = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert "secret" in stored
    assert not any(value in stored for value in (key, *codes))


def test_a_second_factor_survives_a_new_secret_key_with_the_old_one_as_fallback(factor, client, settings):
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another secret key of the tests, which protects nothing"
    log_in(client)
    assert enter(client, code(factor[0])).status_code == 302


def test_no_code_fits_if_the_secret_key_is_lost(factor, client, settings):
    settings.SECRET_KEY = "another secret key of the tests, which protects nothing"
    log_in(client)
    assert "The code is wrong" in enter(client, code(factor[0])).content.decode()


@pytest.mark.parametrize("page", ["account/emailaddress", "mfa/authenticator"])
def test_the_admin_has_no_page_of_stored_secrets(staff, page):
    assert staff.get(f"/admin/{page}/").status_code == 404


@pytest.mark.parametrize("path", ["signup/", "password/reset/", "email/", "webauthn/"])
def test_no_other_page_of_allauth_exists(staff, path):
    assert staff.get(f"/admin/second-factor/{path}").status_code == 404
