"""Passwords that staff may not choose."""

import pytest
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

REASON = "The password contains your name or the name of this product or server. Choose other words."
REFUSED = {
    "the product": "ordinavoordinavo",
    "the product with digits": "Ordinavo20261",
    "the product in lookalikes": "0rd1n4v0-2026",
    "the product between other words": "my-Ordinavo-login",
    "the host": "connect.acme!",
    "the user name": "miller.d-2026",
    "the last name": "xx-Müller-9876",
    "the last name without an accent": "xx-muller-9876",
    "the local part of the email": "dmueller12345",
    "a short name and digits": "Max123456789",
    "a short name repeated": "maxMAXmax2026",
}
ACCEPTED = [
    "a long and quiet word",
    "maximum-weight-of-goods",
    "tPq8-vv2K_zzQ1",
    "123-rain-on-the-roof",
]


def user():
    return User(username="miller.d", first_name="Max", last_name="Müller", email="dmueller@example.com")


def reasons(password):
    try:
        validate_password(password, user())
    except ValidationError as error:
        return error.messages
    return []


@pytest.mark.parametrize("case", REFUSED)
def test_a_password_of_guessable_words_is_refused(settings, case):
    settings.ALLOWED_HOSTS = ["connect-acme.example", "localhost", "127.0.0.1", "[::1]", "*"]
    assert REASON in reasons(REFUSED[case])


@pytest.mark.parametrize("password", ACCEPTED)
def test_a_password_of_other_words_is_accepted(settings, password):
    settings.ALLOWED_HOSTS = ["connect-acme.example", "localhost", "127.0.0.1", "[::1]", "*"]
    assert reasons(password) == []


@pytest.mark.parametrize(("length", "is_refused"), [(11, True), (12, False)])
def test_a_password_has_twelve_characters(length, is_refused):
    assert bool(reasons("tPq8vv2KzzQ1"[:length])) is is_refused


def test_the_form_of_a_new_user_refuses_the_name_of_the_product(staff):
    password = "Ordinavo-2026"
    form = {"username": "anna", "usable_password": "true", "password1": password, "password2": password}
    response = staff.post("/admin/auth/user/add/", form)
    assert REASON in response.content.decode()
    assert not User.objects.filter(username="anna").exists()


def test_an_administrator_cannot_give_a_colleague_such_a_password(staff):
    anna = User.objects.create_user("annabel", is_staff=True)
    password = "4nn4bel-2026"
    form = {"usable_password": "true", "password1": password, "password2": password}
    response = staff.post(f"/admin/auth/user/{anna.pk}/password/", form)
    assert REASON in response.content.decode()


def test_staff_cannot_choose_such_a_password(client, db):
    client.force_login(User.objects.create_user("dora", password="right and long", is_staff=True))
    form = {"old_password": "right and long", "new_password1": "Dora-Dora-2026", "new_password2": "Dora-Dora-2026"}
    response = client.post("/admin/password_change/", form)
    assert REASON in response.content.decode()
    assert User.objects.get().check_password("right and long")


def test_createsuperuser_refuses_such_a_password_from_the_environment(db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "Ordinavo-2026")
    with pytest.raises(CommandError, match="The password contains your name"):
        call_command("createsuperuser", username="anna", email="anna@example.com", interactive=False)
    assert not User.objects.exists()


def test_createsuperuser_accepts_another_password_from_the_environment(db, monkeypatch):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", "a long and quiet word")
    call_command("createsuperuser", username="anna", email="anna@example.com", interactive=False, verbosity=0)
    assert User.objects.get().check_password("a long and quiet word")
