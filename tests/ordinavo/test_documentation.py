"""docs/errors.md has every code that the code has, and no other, each with the status it is answered with."""

import re

import pytest
from django.conf import settings
from rest_framework import exceptions

from ordinavo.api import errors
from ordinavo.common.codes import Code
from targets import corrections
from targets.models import Target
from tests.api import Api
from tests.factories import ApiTokenFactory, CustomFieldFactory, TargetTemplateFactory
from tests.source import found, raised

DOCUMENT = (settings.BASE_DIR / "docs" / "errors.md").read_text()
# DRF raises these itself; the answer to http:// is Django's.
NOT_OURS = [exceptions.MethodNotAllowed, exceptions.NotAcceptable, exceptions.NotFound, exceptions.UnsupportedMediaType]
REDIRECT = (301, "moved_permanently")


def documented(section):
    """The rows of its table: status and code, or the code alone."""
    table = DOCUMENT.split(f"## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| (?:(\d+) \| )?`(\w+)` \|", table, re.MULTILINE)


def test_every_error_of_a_request_is_documented_and_no_other():
    ours = set(raised()) | {(status, code) for status, (code, _message) in errors._BY_STATUS.items()}
    ours |= {(error.status_code, error.default_code) for error in NOT_OURS} | {REDIRECT}
    ours |= {(401, errors._CODES["not_authenticated"]), (400, errors._CODES["parse_error"])}
    assert sorted((int(status), code) for status, code in documented("Errors of the request")) == sorted(ours)


def test_every_code_of_an_item_is_documented_and_no_other():
    tables = [documented("Errors of an item"), documented("Warnings")]
    listed = [code for table in tables for _status, code in table]
    assert sorted(listed) == sorted(set(found()))


def test_an_error_is_what_staff_have_a_remedy_for_and_the_rest_are_warnings():
    assert {code for _status, code in documented("Errors of an item")} == set(Code.item_errors())


# Each code is provoked ---------------------------------------------------------------------

STOP = {"externalId": "DEL-1", "title": "Delivery", "sourceVersion": 2}
ADDRESS = {"city": "Essen"}
FAULTY = {
    "missing_external_id": {"title": "x"},
    "invalid_external_id": {"externalId": 1, "title": "x"},
    "missing_title": {"externalId": "DEL-2"},
    "invalid_operation": STOP | {"operation": "delete"},
    "invalid_field": STOP | {"customer": "Anna"},
    "invalid_time_window": STOP | {"planning": {
        "timeWindowStartUtc": "2026-06-25T08:00:00Z", "timeWindowEndUtc": "2026-06-25T08:00:00Z"}},
    "incomplete_coordinates": STOP | {"address": {"latitude": 51.45}},
    "unknown_template": STOP | {"templateKey": "nothing"},
    "invalid_custom_field": STOP | {"templateKey": "visit", "customFields": {"count": "eight"}},
    "missing_custom_field": {"externalId": "DEL-2", "title": "x", "templateKey": "visit"},
    "external_id_exists": STOP | {"operation": "create", "sourceVersion": 3},
    "external_id_unknown": {"externalId": "DEL-2", "operation": "update"},
    "version_conflict": STOP | {"title": "Other"},
}  # fmt: skip
DOUBTFUL = {
    "unknown_field": STOP | {"colour": "red"},
    "unknown_custom_field": {"externalId": "DEL-2", "title": "x", "customFields": {"colour": "red"}},
    "missing_coordinates": {"externalId": "DEL-2", "title": "x", "address": ADDRESS},
    "due_outside_time_window": {"externalId": "DEL-2", "title": "x", "planning": {
        "dueAtUtc": "2026-06-25T07:00:00Z", "timeWindowStartUtc": "2026-06-25T08:00:00Z"}},
    "already_cancelled": {"externalId": "DEL-0", "operation": "cancel"},
    "target_reopened": {"externalId": "DEL-0", "title": "x"},
    "kept_correction": STOP | {"sourceVersion": 3},
    "stale_version": STOP | {"sourceVersion": 1},
    "cancelled_before_import": {"externalId": "DEL-2", "operation": "cancel", "sourceVersion": 1},
}  # fmt: skip


@pytest.fixture
def stored(api):
    template = TargetTemplateFactory(key="visit")
    CustomFieldFactory(template=template, key="count", type="integer", required=True)
    api.post(STOP)
    api.post({"externalId": "DEL-0", "title": "x"})
    api.post({"externalId": "DEL-0", "operation": "cancel"})


# Nobody can send internal_error: it is a fault of ours.
@pytest.mark.parametrize(("status", "code"), [e for e in documented("Errors of an item") if e[1] != "internal_error"])
def test_an_error_is_answered_with_the_status_it_is_documented_with(api, stored, status, code):
    response = api.post(FAULTY[code])
    assert (response.status_code, response.json()["items"][0]["errorCode"]) == (int(status), code)


@pytest.mark.parametrize("code", [code for _status, code in documented("Warnings")])
def test_a_documented_warning_can_be_met(api, stored, code):
    if code == "kept_correction":
        corrections.correct(target=Target.objects.get(external_id="DEL-1"), values={"title": "Staff's"}, by="dora")
    item = api.item(DOUBTFUL[code])
    assert code in [warning["code"] for warning in item["warnings"]]


def test_the_documented_envelope_is_the_real_one(erp):
    error = Api(ApiTokenFactory(source_systems=[erp], scopes=["import_jobs.read"])).get("/targets").json()["error"]
    told = re.search(r"```json\n(.*?)```", DOCUMENT, re.DOTALL)[1]
    assert error.pop("message") in told
    assert all(f'"{name}"' in told for name in error)
    assert error["requiredScope"] == "targets.read"
