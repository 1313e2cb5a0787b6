"""The login of the admin: too many wrong passwords lock it, and sessions end."""

import re
from datetime import timedelta
from ipaddress import ip_network

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.utils import timezone

LOGIN = "/admin/login/"


def attempt(password, username="dora", address="192.0.2.1", **headers):
    client = Client(REMOTE_ADDR=address, headers=headers)
    return client.post(LOGIN, {"username": username, "password": password, "next": "/admin/"})


def fail(times, **who):
    for _time in range(times):
        response = attempt("wrong", **who)
    return response


def test_five_failures_lock_the_login_even_for_the_right_password(dora):
    assert fail(5).status_code == 429
    response = attempt("right and long")
    assert response.status_code == 429
    assert "Wait 15 minutes" in response.content.decode()
    assert response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "A new password does not end the lock."), ("de", "Ein neues Passwort hebt die Sperre nicht auf.")],
)
def test_the_page_of_a_lock_looks_like_the_login(dora, client, language, text):
    fail(5)
    response = attempt("right and long", **{"Accept-Language": language})
    page, login = response.content.decode(), client.get(LOGIN).content.decode()
    assert text in page
    styles = re.findall(r'<link href="[^"]+" rel="stylesheet"|--color-primary-600: [^;]+', login)
    assert styles
    assert [style for style in [*styles, "Ordinavo Connect"] if style not in page] == []


def test_four_failures_do_not_lock_the_login(dora):
    fail(4)
    assert attempt("right and long").status_code == 302
    fail(4)
    assert attempt("right and long").status_code == 302


@pytest.mark.parametrize("who", [{"username": "anna"}, {"address": "192.0.2.2"}])
def test_another_user_name_or_address_is_not_locked(dora, who):
    fail(5, **who)
    assert attempt("right and long").status_code == 302


def test_a_forwarded_address_is_ignored_without_a_trusted_proxy(dora):
    for last in range(6):
        response = attempt("wrong", **{"X-Forwarded-For": f"198.51.100.{last}"})
    assert response.status_code == 429


def test_the_address_that_a_trusted_proxy_reports_counts(dora, settings):
    settings.TRUSTED_PROXIES = [ip_network("192.0.2.1")]
    for last in range(6):
        forwarded = f"203.0.113.{last}, 198.51.100.1"
        response = attempt("wrong", **{"X-Forwarded-For": forwarded})
    assert response.status_code == 429
    assert attempt("right and long", **{"X-Forwarded-For": "198.51.100.2"}).status_code == 302


def test_an_address_stays_locked_if_the_server_writes_it_as_ipv6(dora):
    fail(5)
    assert attempt("right and long", address="::ffff:192.0.2.1").status_code == 429


def test_a_form_that_another_site_wrote_is_refused(dora):
    client = Client(enforce_csrf_checks=True)
    client.force_login(dora)
    assert client.post("/admin/logout/").status_code == 403
    assert client.get("/admin/").status_code == 200


def test_scripts_can_read_neither_cookie(dora):
    client = Client()
    client.get(LOGIN)
    client.post(LOGIN, {"username": "dora", "password": "right and long"})
    cookies = client.cookies.values()
    assert {cookie.key for cookie in cookies} == {"csrftoken", "sessionid"}
    assert all(cookie["httponly"] and cookie["samesite"] == "Lax" for cookie in cookies)


def test_each_page_prolongs_the_session(dora):
    client = Client()
    client.post(LOGIN, {"username": "dora", "password": "right and long"})
    Session.objects.update(expire_date=timezone.now() + timedelta(minutes=1))
    client.get("/admin/password_change/")
    assert Session.objects.get().expire_date > timezone.now() + timedelta(hours=9)


def test_a_session_ends_after_ten_hours_and_with_the_browser(dora):
    client = Client()
    cookie = client.post(LOGIN, {"username": "dora", "password": "right and long"}).cookies["sessionid"]
    assert cookie["max-age"] == ""
    assert settings.SESSION_COOKIE_AGE == 36_000


def test_a_page_is_answered_although_its_session_cannot_be_saved(dora):
    client = Client()
    client.force_login(dora)
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'made to fail' USING ERRCODE = 'admin_shutdown'; END $$"
        )
        cursor.execute("CREATE TRIGGER fail BEFORE UPDATE ON django_session FOR EACH ROW EXECUTE FUNCTION fail()")
    assert client.get("/admin/").status_code == 200


def test_a_page_is_answered_although_the_driver_refuses_to_save_its_session(dora):
    client = Client()
    client.force_login(dora)

    def close_cursor(execute, sql, parameters, many, context):
        """Let psycopg raise InterfaceError for the statement that saves the session."""
        if sql.startswith('UPDATE "django_session"'):
            context["cursor"].close()
        return execute(sql, parameters, many, context)

    with connection.execute_wrapper(close_cursor):
        assert client.get("/admin/").status_code == 200
    assert client.get("/admin/").status_code == 200
