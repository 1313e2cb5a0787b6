"""Fixtures for tests in Chromium. A test fails if a page logs an error, violates its policy or asks another host."""

import os
import shutil
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import sync_playwright

AXE = Path(__file__).parent / "node_modules" / "axe-core" / "axe.min.js"
PASSWORD = "a long and quiet word"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip

# Blocked by the Content-Security-Policy. Chromium logs most of them itself, but not all as errors.
REPORT_POLICY_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", blocked =>
  console.error(`Content-Security-Policy blocked ${blocked.blockedURI} by ${blocked.effectiveDirective}`))
"""

# Playwright runs an event loop in this thread, and Django would refuse database access beside one.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def pytest_configure(config):
    """Declare the marker of tests whose pages may log an error, such as one for a status."""
    config.addinivalue_line("markers", "expected_problems(text): a text of the errors that the page may log")


@pytest.fixture(scope="session")
def browser():
    """Start Chromium."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert chromium, "Install Chromium (Debian's package chromium), or set CHROMIUM to its path."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser, live_server, request):
    """Return a page of an English browser. The test's marker `expected_problems` names an error that it may log."""
    marker = request.node.get_closest_marker("expected_problems")
    yield from _page(browser, live_server, expected=marker.args[0] if marker else None, locale="en-GB")


@pytest.fixture
def dark_page(browser, live_server):
    """Return a page of a browser in dark mode."""
    yield from _page(browser, live_server, locale="en-GB", color_scheme="dark")


@pytest.fixture
def german_page(browser, live_server):
    """Return a page of a German browser."""
    yield from _page(browser, live_server, locale="de-DE")


def _page(browser, live_server, expected=None, **options):
    context = browser.new_context(base_url=live_server.url, timezone_id="Europe/Berlin", **options)
    context.add_init_script(REPORT_POLICY_VIOLATIONS)
    page = context.new_page()
    problems = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("request", lambda request: problems.append(request.url) if _is_foreign(request, live_server) else None)
    yield page
    context.close()
    assert [problem for problem in problems if not (expected and expected in problem)] == []


def _is_foreign(request, live_server):
    return not request.url.startswith((f"{live_server.url}/", "data:", "blob:"))


@pytest.fixture
def dora(transactional_db):
    """Return the superuser `dora`."""
    return User.objects.create_superuser("dora", password=PASSWORD)


@pytest.fixture
def log_in():
    """Return a function that logs in to the admin by its form."""

    def log_in(page, username="dora"):
        page.goto("/admin/login/")
        page.fill("#id_username", username)
        page.fill("#id_password", PASSWORD)
        page.press("#id_password", "Enter")
        page.wait_for_url("**/admin/")

    return log_in


@pytest.fixture
def violations():
    """Return a function that lists the serious and critical accessibility violations that axe finds on a page."""

    def violations(page):
        page.evaluate(AXE.read_text())
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        return [
            (rule["id"], node["target"], node["html"][:200])
            for rule in found
            if rule["impact"] in ("serious", "critical")
            for node in rule["nodes"]
        ]

    return violations
