"""Errors are pages of the product: in the reader's language, with a request id and a way back."""

import html

import pytest
from django.contrib.auth.models import Group
from django.test import Client, RequestFactory

from ordinavo.error_pages import server_error
from tests.factories import StaffFactory, TargetFactory

ADDRESS = "/admin/targets/target/{}/change/"


def text(response):
    return html.unescape(response.content.decode())


def browser_of(role, **options):
    user = StaffFactory(is_superuser=False)
    user.groups.set(Group.objects.filter(name=role))
    client = Client(**options)
    client.force_login(user)
    return client


def test_an_address_that_does_not_exist_has_a_page_with_the_request_id_and_a_way_back(staff):
    response = staff.get("/admin/nowhere/")
    assert (response.status_code, "This page does not exist" in text(response)) == (404, True)
    assert f"<code>{response['X-Correlation-Id']}</code>" in text(response)
    assert '<a href="/admin/">Back to the overview</a>' in text(response)


def test_an_error_page_has_the_headers_of_a_page(staff):
    response = staff.get("/admin/nowhere/")
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert "script-src 'self'" in response["Content-Security-Policy"]


@pytest.mark.parametrize("language", ["en", "de"])
def test_an_error_page_names_the_language_of_the_reader(staff, language):
    page = text(staff.get("/admin/nowhere/", headers={"Accept-Language": language}))
    assert f'<html lang="{language}">' in page


def test_a_page_that_the_role_does_not_include_says_whom_to_ask(db):
    response = browser_of("Viewer").get("/admin/targets/sourcesystem/add/")
    assert response.status_code == 403
    assert "ask an administrator for another role" in text(response)


def test_a_user_without_a_role_is_told_so_on_the_overview_and_on_any_page(db):
    client = browser_of("nothing")
    assert "Your account has no role yet" in text(client.get("/admin/"))
    response = client.get("/admin/targets/target/")
    assert (response.status_code, "Your account has no role yet" in text(response)) == (403, True)


def test_the_overview_does_not_say_to_users_with_a_role_that_they_have_none(db):
    assert "Your account has no role yet" not in text(browser_of("Viewer").get("/admin/"))


def test_a_form_without_a_valid_token_leads_back_to_its_page_and_shows_nothing_that_was_sent(db):
    client = browser_of("Dispatcher", enforce_csrf_checks=True)
    address = ADDRESS.format(TargetFactory().pk)
    response = client.post(address, {"title": "sent by another site"})
    assert (response.status_code, "This form was too old to be sent" in text(response)) == (403, True)
    assert f'<a class="main" href="{address}">Open the form again</a>' in text(response)
    assert ("sent by another site" in text(response), "<form" in text(response)) == (False, False)


def test_only_a_page_after_a_form_says_to_the_script_that_the_form_was_lost(db):
    client = browser_of("Dispatcher", enforce_csrf_checks=True)
    address = ADDRESS.format(TargetFactory().pk)
    assert "<body data-form-lost>" in text(client.post(address))
    assert "<body>" in text(client.get("/admin/nowhere/"))


def test_too_many_inputs_are_a_request_that_cannot_be_read(staff, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2
    response = staff.post(ADDRESS.format(TargetFactory().pk), {"a": "1", "b": "2", "c": "3"})
    assert (response.status_code, "This request cannot be read" in text(response)) == (400, True)


def test_a_host_that_is_not_allowed_has_a_page_too():
    response = Client().get("/admin/", headers={"Host": "other.example"})
    assert (response.status_code, "This request cannot be read" in text(response)) == (400, True)


class TestFailure:
    @pytest.fixture(autouse=True)
    def _failing_urls(self, settings, db):
        settings.ROOT_URLCONF = "tests.ordinavo.failing_urls"
        self.client = Client(raise_request_exception=False)

    def test_of_a_page_is_a_page_with_the_request_id(self):
        response = self.client.get("/admin/fails/")
        assert (response.status_code, "Something went wrong" in text(response)) == (500, True)
        assert response["X-Correlation-Id"] in text(response)
        assert '<a class="main" href="/admin/fails/">Try again</a>' in text(response)

    def test_of_a_form_says_that_nothing_was_saved(self):
        assert "Nothing was saved. What you typed comes back" in text(self.client.post("/admin/fails/"))

    def test_of_the_api_stays_json(self):
        response = self.client.get("/fails")
        assert (response.status_code, response["Content-Type"]) == (500, "application/json")


def test_the_page_of_a_failure_needs_no_database():
    page = text(server_error(RequestFactory().get("/admin/")))  # pytest-django refuses every query here
    assert "Something went wrong" in page


@pytest.mark.parametrize("address", ["/admin/", "/admin/login/"])
def test_every_page_says_what_does_not_work_without_javascript(staff, address):
    client = staff if address == "/admin/" else Client()
    assert "JavaScript is switched off." in text(client.get(address))


def test_the_script_that_keeps_forms_knows_its_user(staff):
    user = staff.session["_auth_user_id"]
    assert f"ordinavo/keep_form.js?user={user}" in text(staff.get("/admin/"))
    assert 'ordinavo/keep_form.js?user="' in text(Client().get("/admin/login/"))
