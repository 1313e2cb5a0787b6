"""Errors and warnings of imports are told to staff in their language, with labels instead of paths."""

import html
import re
from decimal import Decimal

import pytest
from django.utils import translation

from importjobs.models import ImportItem
from ordinavo.common.json_codec import dumps
from targets import paths
from targets.api.target_document import document_paths
from targets.finding_texts import finding_text
from tests import provocations
from tests.factories import CustomFieldFactory, TargetTemplateFactory

HOSTILE = [
    True, 8, Decimal("8.5"), -1, 10**15, "x", " ", "x" * 300, {}, [], ["x"], "1.234,5", "1'234", "25.06.2026",
    "1900-01-01", "1900-01-01T00:00:00Z", "2026-06-25T08:00:00", "high", "a\u200bb", " a\nb", "0.12345678901234",
    "123456789012345678901", 'a"; "b" was sent.', "a; b",
]  # fmt: skip
CUSTOM_TYPES = ["text", "integer", "decimal", "boolean", "date", "datetime", "choice"]


def findings(answer):
    for item in answer.json().get("items", []):
        yield from item.get("errors", [])
        yield from item.get("warnings", [])


def german(finding):
    with translation.override("de"):
        return finding_text(finding)


def untold(api, documents):
    """Return the messages of the documents that staff would get in English."""
    found = [finding for document in documents for finding in findings(api.post(dumps(document)))]
    assert found
    return {finding["message"] for finding in found if german(finding) == finding["message"]}


def test_each_error_and_warning_that_can_be_provoked_is_told_in_german(api):
    provocations.prepare(api)
    documents = [*provocations.ITEM_ERRORS.values(), *provocations.WARNINGS.values()]
    assert untold(api, documents) == set()


@pytest.mark.parametrize("path", [path for path in document_paths() if path not in ("customFields", "sourceSystem")])
def test_each_refusal_of_a_field_is_told_in_german(api, path):
    section, _, name = path.rpartition(".")
    documents = []
    for number, value in enumerate(HOSTILE):
        document = {"externalId": f"DEL-{number}", "title": "Delivery"}
        if section:
            document |= {section: {name: value}}
        else:
            document |= {name: value}
        documents.append(document)
    told = untold(api, documents) if path not in ("title", "description") else set()
    assert told == set()


@pytest.mark.parametrize("kind", CUSTOM_TYPES)
def test_each_refusal_of_a_custom_field_is_told_in_german(api, kind):
    template = TargetTemplateFactory(key="visit")
    CustomFieldFactory(template=template, key="own", type=kind, choices=["ramp"] if kind == "choice" else [])
    documents = [
        {"externalId": f"DEL-{number}", "title": "Delivery", "templateKey": "visit", "customFields": {"own": value}}
        for number, value in enumerate([*HOSTILE, "x" * 10_001])
    ]
    assert untold(api, documents) == set()


def sentence(message, own_labels=None, language="en"):
    with translation.override(language):
        return finding_text({"code": "invalid_field", "field": "", "message": message}, own_labels)


PHONE = "customer.phone must be a string in quotation marks, because a number loses leading zeros; 30123 was sent."


def test_a_sentence_has_the_label_of_the_field_instead_of_its_path():
    assert sentence(PHONE) == (
        "Phone: 30123 is not accepted. Accepted: a text in quotation marks, because a number loses leading zeros."
    )


def test_a_sentence_has_the_label_that_the_template_gives_a_custom_field():
    message = 'customFields.unloading must be one of ramp, tail_lift; "crane" was sent.'
    shown = "Unloading: “crane” is not accepted. Accepted: ramp, tail_lift."
    assert sentence(message, {"customFields.unloading": "Unloading"}) == shown
    german_text = "Entladung: „crane“ ist nicht erlaubt. Erlaubt: ramp, tail_lift."
    assert sentence(message, {"customFields.unloading": "Entladung"}, "de") == german_text


def test_the_second_name_of_a_field_has_the_label_of_the_field():
    assert sentence("location.city must be a string; 1 was sent.").startswith("City: ")


def test_times_are_told_in_the_zone_of_the_site(settings):
    message = "The time window must end after it starts; it starts 2026-06-25T13:00:00Z and ends 2026-06-25T08:00:00Z."
    assert sentence(message, language="de") == (
        "Das Zeitfenster muss nach seinem Beginn enden. Es beginnt am 25.06.2026 15:00 und endet am 25.06.2026 10:00."
    )


def test_limits_are_told_as_the_language_writes_numbers(api):
    (error,) = api.item({"externalId": "A", "title": "x", "planning": {"estimatedWorkMinutes": 20000}})["errors"]
    with translation.override("de"):
        assert "ganze Minuten von 0 bis 10.080" in finding_text(error)


def test_a_sentence_of_an_unknown_form_stays_as_it_is():
    assert sentence("It was a dark and stormy night.", language="de") == "It was a dark and stormy night."


def test_a_value_that_looks_like_a_part_of_the_sentence_stays_whole():
    message = 'title must have at most 255 characters; "a; "b" was sent." was sent.'
    assert sentence(message) == 'Title: “a; "b" was sent.” is not accepted. Accepted: at most 255 characters.'


def test_the_page_of_an_item_the_list_and_the_job_tell_the_reason_in_german(staff, api):
    provocations.prepare(api)
    CustomFieldFactory(template__key="x", key="count")
    api.post({"externalId": "N", "title": "x", "templateKey": "visit", "customFields": {"count": "eight"}})
    item = ImportItem.objects.filter(status="Rejected").latest("pk")
    item_page = f"/admin/importjobs/importitem/{item.pk}/change/"
    told = "Count: „eight“ ist nicht erlaubt. Erlaubt: eine ganze Zahl mit höchstens 18 Ziffern, zum Beispiel 8."
    for page in (item_page, "/admin/importjobs/importitem/", f"/admin/importjobs/importjob/{item.job_id}/change/"):
        shown = staff.get(page, headers={"accept-language": "de"}).content.decode()
        text = " ".join(html.unescape(re.sub("<[^>]*>", " ", shown)).split())
        assert told.lower() in text.lower()


def test_the_api_stays_english(api):
    with translation.override("de"):
        answer = api.post({"externalId": "N", "title": "x", "customer": {"phone": 1}})
    assert "customer.phone must be a string" in answer.json()["items"][0]["errorMessage"]
    assert paths.COLUMN_BY_PATH["customer.phone"] == "customer_phone"


@pytest.mark.parametrize(
    ("document", "accepted"),
    [
        ({"planning": {"priority": "soon"}}, "Niedrig, Mittel, Hoch, Dringend"),
        ({"location": {"defaultPriority": "soon"}}, "Niedrig, Mittel, Hoch, Dringend"),
    ],
)
def test_accepted_choices_are_told_by_their_labels(api, document, accepted):
    (finding,) = findings(api.post({"externalId": "A", "title": "A"} | document))
    assert f"Erlaubt: {accepted}." in german(finding)


def test_the_choice_that_is_probably_meant_is_told_by_its_label(api):
    (finding,) = findings(api.post({"externalId": "A", "title": "A", "planning": {"priority": "HIGH"}}))
    assert "Schreiben Sie Hoch." in german(finding)


def test_the_choices_of_a_template_are_told_as_the_template_has_them(api, delivery_stop):
    CustomFieldFactory(template=delivery_stop, key="speed", type="choice", choices=["Low", "High"])
    sent = {"externalId": "A", "title": "A", "templateKey": "delivery_stop", "customFields": {"speed": "Urgent"}}
    (finding,) = findings(api.post(sent))
    assert "Erlaubt: Low, High." in german(finding)


def test_operations_are_told_by_their_labels(api):
    (finding,) = findings(api.post({"externalId": "A", "title": "A", "operation": "remove"}))
    assert "Accepted: create, update, create or update, cancel." in finding_text(finding)
