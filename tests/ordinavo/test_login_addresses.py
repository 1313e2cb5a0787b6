"""The login of the admin: one address cannot try many user names."""

from datetime import timedelta

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

LOGIN = "/admin/login/"
PASSWORD = "right and long"


@pytest.fixture(autouse=True)
def dora(db):
    return User.objects.create_user("dora", password=PASSWORD, is_staff=True)


def attempt(username, password="Summer2026!", address="192.0.2.1", **headers):
    client = Client(REMOTE_ADDR=address, headers=headers)
    return client.post(LOGIN, {"username": username, "password": password, "next": "/admin/"})


def spray(names, **where):
    return [attempt(f"name{number}", **where).status_code for number in range(names)]


def test_sixty_names_from_one_address_get_twenty_attempts():
    assert spray(60) == [200] * 19 + [429] * 41


def test_the_locked_address_may_not_log_in_with_the_right_password_either():
    spray(20)
    response = attempt("dora", PASSWORD)
    assert response.status_code == 429
    assert "Wait 15 minutes" in response.content.decode()


def test_the_page_of_a_locked_address_is_german_for_a_german_browser():
    spray(20)
    assert "Warten Sie 15 Minuten" in attempt("dora", **{"Accept-Language": "de"}).content.decode()


def test_another_address_is_not_locked():
    spray(20)
    assert attempt("dora", PASSWORD, address="192.0.2.2").status_code == 302


def test_the_lock_of_an_address_ends_after_fifteen_minutes_although_attempts_go_on():
    spray(60)
    failed_at = timezone.now() - timedelta(minutes=15)
    assert AccessAttempt.objects.update(attempt_time=failed_at) == 20
    assert attempt("dora", PASSWORD).status_code == 302


def test_a_login_does_not_reset_the_count_of_its_address():
    spray(19)
    assert attempt("dora", PASSWORD).status_code == 302
    assert attempt("anna").status_code == 429


def test_an_ipv6_network_counts_as_one_address():
    for last in range(20):
        response = attempt(f"name{last}", address=f"2001:db8::{last:x}")
    assert response.status_code == 429
    assert attempt("dora", PASSWORD, address="2001:db8::ffff").status_code == 429
    assert attempt("dora", PASSWORD, address="2001:db8:0:1::1").status_code == 302


def test_the_limit_of_an_address_is_a_setting(settings):
    settings.LOGIN_FAILURES_PER_ADDRESS = 3
    assert spray(4) == [200, 200, 429, 429]


def test_a_limit_of_zero_locks_no_address(settings):
    settings.LOGIN_FAILURES_PER_ADDRESS = 0
    assert spray(25) == [200] * 25
