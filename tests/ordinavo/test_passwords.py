"""Which passwords staff may have."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse


def add_user(staff, password):
    sent = {"username": "anna.weber", "password1": password, "password2": password, "usable_password": "true"}
    staff.post(reverse("admin:auth_user_add"), sent)
    return User.objects.filter(username="anna.weber").exists()


@pytest.mark.parametrize(
    "password",
    ["Kz7!x", "1qaz2wsx3edc", "5820947163829", "ana.webber12"],
    ids=["too short", "common", "only digits", "like the user name"],
)
def test_a_weak_password_is_refused(staff, password):
    assert not add_user(staff, password)


def test_a_long_password_of_several_words_is_accepted(staff):
    assert add_user(staff, "Regen auf vier Paletten")
