"""Every code of the API: a client can get it, with its status, and docs/errors.md documents it."""

import re

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from ordinavo.common.codes import Code, Kind
from ordinavo.openapi import tables
from tests import provocations
from tests.api import Api
from tests.factories import ApiTokenFactory
from tests.provocations import SERVER_ERRORS

ERRORS = (settings.BASE_DIR / "docs" / "errors.md").read_text()


def documented(section: str) -> list[str]:
    """Return the codes in the table of a section, in order."""
    text = ERRORS.split(f"## {section}\n")[1].split("\n## ")[0]
    return re.findall(r"^\| (?:(?:\d+|–) \| )?`(\w+)` \|", text, re.MULTILINE)


@pytest.mark.parametrize(
    ("section", "codes"),
    [
        ("Errors of the request", Code.of_kind(Kind.REQUEST)),
        ("Errors of an item", Code.item_errors()),
        ("Warnings", Code.of_kind(Kind.WARNING)),
    ],
)
def test_every_code_is_documented_once_in_its_section(section, codes):
    assert documented(section) == codes


@pytest.mark.parametrize("code", [code for code in Code.of_kind(Kind.REQUEST) if code not in SERVER_ERRORS])
def test_a_refused_request_is_answered_with_the_code_and_its_status(api, code):
    response = provocations.REQUEST_ERRORS[code](api)
    assert (response.status_code, response.json()["error"]["code"]) == (code.http, code)


@pytest.mark.parametrize("code", Code.of_kind(Kind.ITEM))
def test_a_rejected_single_import_is_answered_with_the_code_and_its_status(api, code):
    provocations.prepare(api)
    response = api.post(provocations.ITEM_ERRORS[code])
    assert (response.status_code, response.json()["items"][0]["errorCode"]) == (code.http, code)


def test_a_batch_of_which_the_service_fails_to_import_every_item_has_internal_errors_and_status_422(api):
    provocations.make_inserts_fail("targets_target", "XX000")
    response = api.post({"targets": [provocations.NEW]}, "/inbound/targets/batch")
    assert (response.status_code, response.json()["items"][0]["errorCode"]) == (422, Code.INTERNAL_ERROR)


def test_a_single_import_that_the_service_fails_to_import_is_a_request_error_with_status_500(api):
    provocations.make_inserts_fail("targets_target", "XX000")
    response = api.post(provocations.NEW)
    assert (response.status_code, response.json()["error"]["code"]) == (500, Code.INTERNAL_ERROR)


def test_the_table_of_item_errors_has_no_status_for_an_error_that_no_single_import_has():
    assert f"| – | `{Code.INTERNAL_ERROR}` |" in tables.item_errors()
    assert f"| {Code.INTERNAL_ERROR.http} | `{Code.INTERNAL_ERROR}` |" in tables.request_errors()


def test_every_warning_is_one_of_an_item_or_of_a_batch():
    assert provocations.WARNINGS.keys() | provocations.BATCH_WARNINGS.keys() == set(Code.of_kind(Kind.WARNING))


@pytest.mark.parametrize("code", provocations.BATCH_WARNINGS)
def test_a_batch_itself_can_carry_each_warning_of_a_batch(api, code):
    answer = api.post(provocations.BATCH_WARNINGS[code], "/inbound/targets/batch").json()
    assert [warning["code"] for warning in answer["warnings"]] == [code]
    assert answer["items"][0]["warnings"] == []


@pytest.mark.parametrize("code", provocations.WARNINGS)
def test_an_import_that_succeeds_can_carry_each_warning(api, code):
    provocations.prepare(api)
    response = api.post(provocations.WARNINGS[code])
    assert response.status_code in (200, 201)
    assert code in [warning["code"] for warning in response.json()["items"][0]["warnings"]]


@pytest.mark.parametrize("code", Code)
def test_every_code_says_what_it_means_and_what_to_do(code):
    assert code.meaning.endswith(".")
    assert code.remedy.endswith(".")


@pytest.mark.parametrize("code", [code for code in Code.of_kind(Kind.WARNING) if code in provocations.WARNINGS])
def test_every_warning_of_an_item_has_a_badge_of_its_own(code):
    assert str(code.badge) not in {"", code.value}
    assert [other for other in Code if str(other.badge) == str(code.badge)] == [code]


@pytest.mark.parametrize("code", Code.item_errors())
def test_staff_have_a_remedy_for_every_item_error(code):
    assert str(code.staff_remedy)


def test_the_example_of_an_error_in_the_documentation_has_the_real_shape(erp):
    error = Api(ApiTokenFactory(source_systems=[erp], scopes=["import_jobs.read"])).get("/targets").json()["error"]
    shown = re.search(r"```json\n(.*?)```", ERRORS, re.DOTALL)[1]
    assert error.pop("message") in shown
    assert all(f'"{name}"' in shown for name in error)
    assert error["requiredScope"] == "targets.read"


def test_the_generated_tables_are_up_to_date():
    call_command("build_docs", check=True)


@pytest.fixture
def outdated(tmp_path, settings):
    settings.BASE_DIR = tmp_path
    (tmp_path / "docs").mkdir()
    for name in ("files.md", "guide.md"):
        (tmp_path / "docs" / name).write_text("No table here.\n")
    errors = tmp_path / "docs" / "errors.md"
    errors.write_text("Before.\n\n<!-- generated: warnings -->\nold\n<!-- end of generated -->\n\nAfter.\n")
    return errors


def test_an_outdated_table_fails_the_check_and_is_not_changed(outdated):
    with pytest.raises(CommandError, match=r"docs/errors\.md are out of date"):
        call_command("build_docs", check=True)
    assert "\nold\n" in outdated.read_text()


def test_an_outdated_table_is_written_again_and_the_text_around_it_stays(outdated):
    call_command("build_docs")
    text = outdated.read_text()
    assert text.startswith("Before.\n\n<!-- generated: warnings -->\n\n| code |")
    assert text.endswith("|\n\n<!-- end of generated -->\n\nAfter.\n")
    assert "old" not in text.splitlines()
