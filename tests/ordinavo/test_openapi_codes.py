"""The list of codes has every code that the source names, and no other."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from rest_framework import exceptions

from importjobs.remedies import REMEDIES
from ordinavo.api import errors
from ordinavo.openapi import codes

PACKAGES = ("ordinavo", "inbound", "importjobs", "targets", "templates")
# What the REST framework raises on its own, under the names that it or the contract gives it.
OF_THE_FRAMEWORK = [
    exceptions.ParseError, exceptions.NotAuthenticated, exceptions.AuthenticationFailed, exceptions.NotFound,
    exceptions.MethodNotAllowed, exceptions.NotAcceptable, exceptions.UnsupportedMediaType,
]  # fmt: skip


def nodes() -> Iterator[ast.AST]:
    for package in PACKAGES:
        for path in (Path(settings.BASE_DIR) / package).rglob("*.py"):
            yield from ast.walk(ast.parse(path.read_text()))


def text(node: ast.AST) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def findings() -> set[str]:
    """The codes of Finding(…) and of dictionaries that choose one, such as documents._CODES."""
    called = [node for node in nodes() if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Finding"]
    said = [part for call in called for part in ast.walk(call.args[0])]
    chosen = [
        value
        for node in nodes()
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_CODES"
        for value in getattr(node.value, "values", [])
    ]
    return {code for code in map(text, [*said, *chosen]) if code} - set(errors._CODES.values())


def defaults() -> set[str]:
    """Each `default_code = "…"` of an exception."""
    assigned = [node for node in nodes() if isinstance(node, ast.Assign)]
    return {
        code for node in assigned if getattr(node.targets[0], "id", "") == "default_code" and (code := text(node.value))
    }


def of_the_framework() -> set[str]:
    return {errors._CODES.get(error.default_code, error.default_code) for error in OF_THE_FRAMEWORK}


def test_every_code_of_a_request_error_is_listed_and_no_other():
    in_source = defaults() | of_the_framework() | {code for code, _ in errors._BY_STATUS.values()}
    assert set(codes.names(codes.REQUEST_ERRORS)) == in_source


def test_every_code_of_a_finding_is_listed_and_no_other():
    listed = codes.names(codes.ITEM_ERRORS) + codes.names(codes.WARNINGS)
    assert len(listed) == len(set(listed))
    assert set(listed) == findings()


def test_staff_have_a_remedy_for_every_error_of_an_item():
    assert set(codes.names(codes.ITEM_ERRORS)) == REMEDIES.keys()


@pytest.mark.parametrize(("status", "said"), errors._BY_STATUS.items())
def test_a_code_is_listed_with_the_status_it_has(status, said):
    assert (status, said[0]) in [(code.http, code.code) for code in codes.REQUEST_ERRORS]


def test_an_item_has_the_status_that_a_single_import_answers():
    from inbound.views import _STATUS

    listed = {code.code: code.http for code in codes.ITEM_ERRORS if code.http not in (422, 500)}
    assert listed == {code: status for code, status in _STATUS.items() if code in codes.names(codes.ITEM_ERRORS)}
