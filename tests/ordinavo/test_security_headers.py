"""Headers that tell browsers what they may load and store."""

import pytest

NOTHING = "default-src 'none'; frame-ancestors 'none'"
PAGES = ["/admin/", "/admin/login/", "/admin/targets/target/", "/admin/second-factor/", "/docs"]


def directives(response):
    parts = response["Content-Security-Policy"].split("; ")
    return {name: values for name, _space, values in (part.partition(" ") for part in parts)}


@pytest.mark.parametrize("page", PAGES)
def test_pages_load_only_scripts_that_are_files_of_this_host(staff, page):
    policy = directives(staff.get(page))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"].startswith("'self'")
    assert "unsafe-inline" not in policy["script-src"]
    assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"


def test_forms_of_the_admin_are_sent_to_this_host_only(staff):
    assert directives(staff.get("/admin/"))["form-action"] == "'self'"


def test_the_documentation_evaluates_no_text_as_script(client):
    assert directives(client.get("/docs"))["script-src"] == "'self'"


@pytest.mark.parametrize("page", ["/admin/", "/admin/login/", "/admin/second-factor/"])
def test_pages_are_not_stored_and_see_no_devices(staff, client, page):
    for browser in (staff, client):
        response = browser.get(page, follow=True)
        assert "no-store" in response["Cache-Control"]
        assert "camera=()" in response["Permissions-Policy"]
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == response["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("path", ["/integration/health", "/targets", "/import-jobs", "/targets/0", "/nowhere"])
def test_answers_of_the_api_load_nothing_and_are_not_stored(api, path):
    response = api.get(path)
    assert response["Content-Security-Policy"] == NOTHING
    assert response["Cache-Control"] == "no-store"


def test_answers_to_strangers_load_nothing_either(client, db):
    assert client.get("/targets")["Content-Security-Policy"] == NOTHING
    assert client.get("/targets", headers={"Host": "evil.example"})["Content-Security-Policy"] == NOTHING


def test_a_single_read_may_be_kept_by_its_reader(api):
    answer = api.get(f"/targets/{api.send()['targetId']}")
    assert answer["Cache-Control"] == "private, no-cache"
