"""Every page for staff is accessible, fits its width, and has landmarks and names: on a phone, and in a dark theme."""

import re

import pytest

from tests.access.conftest import objects, sessions  # noqa: F401 - fixtures
from tests.access.table import OUTSIDERS, PAGES, SUPERUSER
from tests.access.test_pages import path_of

OPENED = [route for route, page in PAGES.items() if SUPERUSER in page.get.who - OUTSIDERS and page.get.answer == 200]
"""The routes whose GET shows something to a superuser."""
ICON = re.compile(
    r"\b(dock_to_right|arrow_\w+|filter_list|chevron_\w+|unfold_more|progress_activity|logout|more_\w+)\b"
)
LANDMARKS = """() => ({
  banner: document.querySelectorAll("header").length,
  main: document.querySelectorAll("main").length,
  headings: document.querySelectorAll("h1").length,
  cells: [...document.querySelectorAll("thead th")]
    .filter(cell => !cell.scope && cell.textContent.trim()).length,
  dangling: [...document.querySelectorAll("[aria-describedby]")]
    .flatMap(input => input.getAttribute("aria-describedby").split(" ")).filter(id => !document.getElementById(id)),
})"""
EXPECTED = {"banner": 1, "main": 1, "headings": 1, "cells": 0, "dangling": []}


@pytest.fixture
def visit(transactional_db, request, browser, live_server):
    """Return a function that opens each page as a superuser, and yields its route and the page."""
    ids, session = request.getfixturevalue("objects"), request.getfixturevalue("sessions")[SUPERUSER]

    def visit(**options):
        context = browser.new_context(base_url=live_server.url, locale="en-GB", **options)
        context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        for route in OPENED:
            answer = context.request.get(path_of(route, ids))
            if answer.headers.get("content-type", "").startswith("text/html") and "<main" in answer.text():
                page.goto(path_of(route, ids))
                yield route, page
        context.close()

    return visit


def test_every_page_is_accessible_and_fits_a_phone(visit, violations):
    problems, visited = {}, 0
    for route, page in visit(viewport={"width": 400, "height": 900}):
        visited += 1
        if found := violations(page):
            problems[route] = found
        if (needed := page.evaluate("document.scrollingElement.scrollWidth")) > 401:
            problems[f"{route} is too wide"] = needed
    assert problems == {}
    assert visited > 50


def test_every_page_is_accessible_in_the_dark_and_has_landmarks_and_names_without_words_of_icons(visit, violations):
    problems, visited = {}, 0
    for route, page in visit(color_scheme="dark", viewport={"width": 1400, "height": 900}):
        visited += 1
        if violated := violations(page):
            problems[f"{route} in the dark"] = violated
        if (found := page.evaluate(LANDMARKS)) != EXPECTED:
            problems[route] = {name: value for name, value in found.items() if value != EXPECTED[name]}
        page.locator(".material-symbols-outlined[aria-hidden]").first.wait_for(state="attached")
        spoken = page.locator("body").aria_snapshot()
        if words := ICON.findall(spoken):
            problems[f"{route} says icons"] = words
        if 'navigation "Main menu"' not in spoken:
            problems[f"{route} has no menu"] = True
    assert problems == {}
    assert visited > 50
