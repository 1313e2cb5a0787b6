"""The list of codes has every code that the source names, and no other."""

import pytest
from rest_framework import exceptions

from ordinavo.api import errors
from ordinavo.common.codes import Code
from ordinavo.openapi import codes
from tests.source import found, raised

# What the REST framework raises on its own, under the names that it or the contract gives it.
OF_THE_FRAMEWORK = [
    exceptions.ParseError, exceptions.NotAuthenticated, exceptions.AuthenticationFailed, exceptions.NotFound,
    exceptions.MethodNotAllowed, exceptions.NotAcceptable, exceptions.UnsupportedMediaType,
]  # fmt: skip


def of_the_framework() -> set[str]:
    return {errors._CODES.get(error.default_code, error.default_code) for error in OF_THE_FRAMEWORK}


def test_every_code_of_a_request_error_is_listed_and_no_other():
    in_source = (
        {code for _status, code in raised()} | of_the_framework() | {code for code, _ in errors._BY_STATUS.values()}
    )
    assert set(codes.names(codes.REQUEST_ERRORS)) == in_source


def test_every_code_of_a_finding_is_listed_and_no_other():
    listed = codes.names(codes.ITEM_ERRORS) + codes.names(codes.WARNINGS)
    assert len(listed) == len(set(listed))
    assert set(listed) == set(found())


def test_staff_have_a_remedy_for_every_error_of_an_item():
    assert set(codes.names(codes.ITEM_ERRORS)) == set(Code.item_errors())


@pytest.mark.parametrize(("status", "said"), errors._BY_STATUS.items())
def test_a_code_is_listed_with_the_status_it_has(status, said):
    assert (status, said[0]) in [(code.http, code.code) for code in codes.REQUEST_ERRORS]


def test_an_item_has_the_status_that_a_single_import_answers():
    from inbound.api.views import _STATUS

    listed = {code.code: code.http for code in codes.ITEM_ERRORS if code.http not in (422, 500)}
    assert listed == {code: status for code, status in _STATUS.items() if code in codes.names(codes.ITEM_ERRORS)}
