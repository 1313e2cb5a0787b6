"""Ids that look the same are one id: they are normalised, and invisible characters are refused by name."""

import re
import sys
import unicodedata
from io import StringIO

import pytest
from django.core.management import call_command
from jsonschema import Draft202012Validator

from ordinavo.common import identifiers
from targets.models import Target
from tests.api import error_codes
from tests.factories import SourceSystemFactory, TargetFactory, TargetTemplateFactory

WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
INVISIBLE = ["\x1c", "\x1f", "\x7f", "\xad", "\u061c", "\u200b", "\u200d", "\u202e", "\u2066", "\U000e0041"]
BATCH = "/inbound/targets/batch"
ZERO_WIDTH = "must not contain the invisible character U+200B (ZERO WIDTH SPACE)"


def schema_of_external_id(api):
    TargetTemplateFactory(key="visit")
    return api.get("/templates/visit").json()["jsonSchema"]["properties"]["externalId"]


@pytest.mark.parametrize("space", list(WHITE_SPACE))
def test_white_space_at_the_ends_of_an_id_does_not_count(api, space):
    api.send("DEL-1")
    assert api.send(f"{space}DEL-1{space}")["status"] == "Updated"


def test_composed_and_decomposed_letters_are_the_same_id(api):
    api.send("Ko\u0308ln-1")
    assert api.send("Köln-1")["status"] == "Updated"
    assert api.target("Ko\u0308ln-1")["externalId"] == "Köln-1"


def test_a_batch_applies_two_forms_of_an_id_to_one_target(api):
    targets = [{"externalId": one, "title": "T"} for one in ("Ko\u0308ln", "Köln", "\ufeffKöln ")]
    items = api.post({"targets": targets}, BATCH).json()["items"]
    assert [item["status"] for item in items] == ["Created", "Updated", "Updated"]


@pytest.mark.parametrize("character", INVISIBLE)
@pytest.mark.parametrize("place", ["{}DEL", "DE{}L", "DEL{}"])
def test_an_invisible_character_is_refused_by_its_code_point(api, character, place):
    item = api.send(place.format(character))
    assert error_codes(item) == [("invalid_external_id", "externalId")]
    assert f"invisible character U+{ord(character):04X}" in item["errorMessage"]


@pytest.mark.parametrize(
    ("document", "code", "field"),
    [
        ({"templateKey": "v\u200bisit"}, "unknown_template", "templateKey"),
        ({"customer": {"externalId": "C\u200b1"}}, "invalid_field", "customer.externalId"),
        ({"customer": {"customerNumber": "1\u200b0"}}, "invalid_field", "customer.customerNumber"),
        ({"location": {"externalId": "L\u200b1"}}, "invalid_field", "location.externalId"),
        ({"contact": {"externalId": "P\u200b1"}}, "invalid_field", "contact.externalId"),
    ],
)
def test_every_id_in_a_target_is_read_the_same_way(api, document, code, field):
    item = api.send(**document)
    assert error_codes(item) == [(code, field)]
    assert item["errorMessage"].startswith(f"{field} {ZERO_WIDTH}; ")


def test_a_sent_id_is_stored_normalised(api):
    api.send(customer={"externalId": "\ufeffKo\u0308ln ", "customerNumber": " 1\u00a0"})
    customer = api.target()["customer"]
    assert (customer["externalId"], customer["customerNumber"]) == ("Köln", "1")


@pytest.mark.parametrize("path", ["/inbound/targets", BATCH])
def test_an_invisible_character_in_the_source_system_is_named(api, path):
    target = {"externalId": "A", "title": "T"}
    response = api.post(target | {"sourceSystem": "logistics\u200b_erp", "targets": [target]}, path)
    assert (response.status_code, response.json()["error"]["code"]) == (403, "source_system_not_allowed")
    assert response.json()["error"]["message"].startswith(f"sourceSystem {ZERO_WIDTH}.")


def test_white_space_around_a_source_system_does_not_count(api):
    target = {"externalId": "A", "title": "T", "sourceSystem": "\u00a0logistics_erp\ufeff"}
    assert api.post(target).status_code == 201
    items = api.post({"sourceSystem": "logistics_erp ", "targets": [target]}, BATCH).json()["items"]
    assert [item["status"] for item in items] == ["Updated"]


def test_the_id_of_a_batch_is_normalised_and_filtered_in_any_form(api):
    batch = {"batchId": "\ufeffNa\u0308chte ", "targets": [{"externalId": "A", "title": "T"}]}
    api.post(batch, BATCH)
    assert [job["batchId"] for job in api.get("/import-jobs?batchId=Na\u0308chte").json()["results"]] == ["Nächte"]
    refused = api.post(batch | {"batchId": "N\u200b1"}, BATCH)
    assert refused.json()["error"]["code"] == "invalid_batch"
    assert refused.json()["error"]["message"] == f"batchId {ZERO_WIDTH}."


@pytest.mark.parametrize(
    ("path", "name"),
    [
        *(("/targets", name) for name in (
            "externalId", "sourceSystem", "templateKey", "customer.externalId", "customer.customerNumber",
            "location.externalId",
        )),
        *(("/import-jobs", name) for name in ("externalId", "sourceSystem", "batchId")),
    ],
)  # fmt: skip
def test_a_filter_refuses_an_invisible_character_by_name(api, path, name):
    response = api.get(f"{path}?{name}=A\u200b1")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_parameter")
    assert response.json()["error"]["message"] == f"{name}: {ZERO_WIDTH}."


@pytest.mark.parametrize("name", ["externalId", "sourceSystem"])
def test_a_filter_of_white_space_is_refused_instead_of_ignored(api, name):
    response = api.get(f"/targets?{name}=\ufeff")
    assert response.json()["error"]["message"] == f"{name}: must not be blank."


def test_filters_find_an_id_in_any_form(api):
    api.send("Köln-1")
    for form in ("Ko\u0308ln-1", "%20K%C3%B6ln-1%EF%BB%BF"):
        assert api.get(f"/targets?externalId={form}&sourceSystem=%20logistics_erp").json()["results"]
        assert api.get(f"/import-jobs?externalId={form}").json()["results"]


def test_the_length_of_an_id_is_counted_after_it_is_normalised(api):
    assert api.send(" " + "o\u0308" * 128 + " ")["status"] == "Created"
    assert error_codes(api.send("o\u0308" * 129)) == [("invalid_external_id", "externalId")]


@pytest.mark.parametrize("place", ["{}ID", "I{}D", "ID{}", "{}"])
def test_the_schema_agrees_with_the_reader_about_every_character(api, place):
    pattern = re.compile(schema_of_external_id(api)["pattern"])
    planes = [*range(0xD800), *range(0xE000, 0x20000), *range(0xE0000, 0xE1000), sys.maxunicode]
    wrong = []
    for character in map(chr, planes):
        text = place.format(character)
        try:
            accepted = bool(identifiers.parse(text))
        except identifiers.InvisibleCharacter:
            accepted = False
        if bool(pattern.search(text)) != accepted:
            wrong.append(f"U+{ord(character):04X}")
    assert wrong == []


def test_every_control_and_format_character_is_invisible():
    found = [c for c in map(chr, range(sys.maxunicode + 1)) if unicodedata.category(c) in ("Cc", "Cf")]
    for character in found:
        with pytest.raises(identifiers.InvisibleCharacter):
            identifiers.parse(f"I{character}D")
    assert len(found) > 200


@pytest.mark.parametrize("place", ["{}ID", "I{}D", "ID{}"])
def test_the_schema_agrees_with_the_api_about_odd_characters(api, place):
    validator = Draft202012Validator(schema_of_external_id(api))
    for character in [*WHITE_SPACE, *INVISIBLE, "é", "\u0301", "\u180e", "\ufffd", "🚚", "\U0001d173"]:
        external_id = place.format(character)
        item = api.post({"externalId": external_id, "title": "T"}, "/inbound/targets?validateOnly=true").json()[
            "items"
        ][0]
        assert validator.is_valid(external_id) == (item["status"] == "Created"), f"U+{ord(character):04X}"


def report():
    """Run the command and return its exit code and the lines that it prints."""
    output = StringIO()
    try:
        call_command("report_equal_ids", stdout=output)
    except SystemExit as end:
        return end.code, output.getvalue().splitlines()
    return 0, output.getvalue().splitlines()


def test_the_command_reports_nothing_for_ids_as_they_are_read_now(api):
    api.send("DEL 1")
    api.send("Köln")
    assert report() == (0, ["0 targets have external ids that no import can name."])


def test_the_command_lists_stored_ids_that_no_import_can_name(db):
    erp = SourceSystemFactory(key="erp")
    kept = TargetFactory(source_system=erp, external_id="Köln")
    twin = TargetFactory(source_system=erp, external_id="Ko\u0308ln", status=Target.Status.CANCELLED)
    hidden = TargetFactory(source_system=erp, external_id="A\u200b1")
    code, lines = report()
    assert code == 1
    assert lines == [
        f"erp\tA\\u200b1\ttarget {hidden.pk}\tActive\t{ZERO_WIDTH}",
        f"erp\tKo\\u0308ln\ttarget {twin.pk}\tCancelled\tequals target {kept.pk}\ttarget {kept.pk} is Active",
        "2 targets have external ids that no import can name.",
    ]
