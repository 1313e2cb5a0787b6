"""The JSON Schema of a template accepts the same documents as the API."""

import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tests.api import example
from tests.factories import CustomFieldFactory, TargetTemplateFactory
from tests.queries import count_queries

FIELDS = {
    "a_text": ("text", True), "an_integer": ("integer", False), "a_decimal": ("decimal", False),
    "a_boolean": ("boolean", False), "a_date": ("date", False), "a_moment": ("datetime", False),
    "a_choice": ("choice", False), "a_count": ("integer", True),
}  # fmt: skip
UNSAID_CODES = {"invalid_time_window", "incomplete_coordinates", "conflicting_fields"}
anything = [None, "", " ", "x", "8", 8, 8.0, 1, 0, 8.5, -1, 10**18, True, [], {}, "2026-06-25", "2026-06-25T10:00:00Z"]
special = {
    "title": ["Delivery", "\u200b", "\u200b\ufeff", "\u00adx", "x" * 255, "x" * 256],
    "description": ["x" * 10_000, "x" * 10_001],
    "externalType": ["x" * 64, "x" * 65],
    "customer.phone": [" 1 "],
    "address.country": ["DE", " DE ", "DE AT", "XK", "de", "XX"],
    "address.latitude": [90, -90.5, "90", "90.0", "90.1", "-89.999", "51.4513", "091", "51,4"],
    "address.longitude": [180, 180.1, "180", "-180.00", "179.99", "181", "7", " 7.5 "],
    "planning.routeDate": ["2026-6-25", "20260625", "0001-01-01", "9999-12-31"],
    "planning.dueAtUtc": [
        "2026-06-25T10:00:00.123456789+02:00",
        "2026-06-25 10:00:00",
        "2026-06-25T24:00:00Z",
        "2026-06-25T10:00:00-23:59",
        *(f"2026-06-25T10:00:00{offset}" for offset in ("+2400", "+02:60", "+0260", "+24", "-2300")),
        "0001-01-01T00:00:00Z",
    ],
    "planning.dueDate": ["1970-01-01", "1969-12-31", "2200-12-31", "2201-01-01", " 2026-06-25 "],
    "planning.preferredTimeWindowStart": ["2026-06-25T08:00:00.1234567+0200", "2026-06-25T08:00:00+02", "1969-12-31"],
    "planning.estimatedWorkMinutes": [
        10_080,
        10_081,
        "10080",
        "10081",
        "8.0",
        " 8 ",
        "+08",
        "-1",
        "-0",
        "8.5",
        "9999",
        "19999",
        "0.0",
        "1,5",
    ],
    "planning.priority": ["High", "high", "Normal"],
    "planning.fixedTime": [False, "WAHR", "falsch", " ja ", "NO", "1", "maybe", 2, 0.5],
    "customer.externalId": ["\u00a0C-1\ufeff", "C\u200b1", "x" * 255, "x" * 256, " " + "x" * 255 + "\u3000", "a\tb"],
    "contact.externalId": ["\tP", "P\x1f", "\x1fP"],
    "contact.email": ["nobody"],
    "location.name": ["x" * 256],
    "location.country": ["DE", "XX"],
    "location.defaultEstimatedWorkMinutes": [45, "45", 10_081],
    "location.defaultPriority": ["Low", "low"],
    "externalId": ["ID\x1f", "\tID", "ID\n", "\u2003", "\ufeffID", "I\u00adD", "x" * 128, "x" * 129, "\u0085x" * 64],
    "businessValue.expectedRevenue": ["2500.00", "-1", 0, 10**20, "1,5", "-0", " -0.0 ", "-00", "-0.1"],
    "businessValue.customerTier": ["x" * 16, "x" * 17],
    "businessValue.closeProbability": [100, 101],
    "sourceVersion": [0, 2**63 - 1, 2**63, str(2**63 - 1), str(2**63), "1" * 20],
    "sourceUpdatedAtUtc": [],
    "operation": ["create", "update", "delete"],
    "customFields.a_text": ["x" * 10_000, "x" * 10_001],
    "customFields.an_integer": ["+08", " 8 ", "8.0", "9" * 18, "9" * 19, "0" * 90 + "8"],
    "customFields.a_decimal": ["12.50", "1.12345678901", "1" * 21],
    "customFields.a_boolean": ["JA", " nein ", "1", " 0", "maybe", 2, 1.0, "WAHR", "Falsch"],
    "customFields.a_date": ["2026-06-25 ", "1969-12-31"],
    "customFields.a_moment": [
        "2026-06-25T10:00:00+24:00",
        "2026-06-25T10:00:00+02:60",
        "2026-06-25",
        "2026-06-25T10:00:00+0200",
    ],
    "customFields.a_choice": ["A", "a"],
    "customFields.a_count": ["  "],
    "customFields.free": [],
}
# UNSAID also excepts choices that look like numbers; none of these does.
changes = st.lists(
    st.sampled_from(sorted(special)).flatmap(
        lambda path: st.tuples(st.just(path), st.sampled_from([*anything, *special[path]]))
    ),
    max_size=3,
)


@pytest.fixture
def template(erp):
    template = TargetTemplateFactory(key="delivery_stop")
    for key, (kind, required) in FIELDS.items():
        choices = ["A", "B"] if kind == "choice" else []
        CustomFieldFactory(template=template, key=key, type=kind, required=required, choices=choices)
    return template


def payload(operation, changes):
    sent = example("upsert") | {"externalId": str(uuid.uuid4()), "operation": operation}
    sent["customFields"] = {"a_text": "Ring twice.", "a_count": "8"}
    sent |= {"contact": {}, "location": {}}
    for path, value in changes:
        section, _, name = path.rpartition(".")
        (sent[section] if section else sent)[name] = value
    return sent


def disagreements(api, schema, operation, changes):
    """Return the document and the API's item if the schema and the API judge the document differently, else nothing."""
    sent = payload(operation, changes)
    item = api.post(sent, "/inbound/targets?validateOnly=true").json()["items"][0]
    # A schema cannot know whether a target exists.
    faults = {error["code"] for error in item.get("errors", [])} - UNSAID_CODES - {"external_id_unknown"}
    return [] if Draft202012Validator(schema).is_valid(sent) == (not faults) else [(operation, changes, item)]


@pytest.mark.parametrize("path", sorted(special))
def test_the_schema_and_the_api_accept_the_same_values_of_each_field(api, template, path):
    schema = api.get("/templates/delivery_stop").json()["jsonSchema"]
    for operation in ("create", "cancel"):
        for value in [*anything, *special[path]]:
            assert disagreements(api, schema, operation, [(path, value)]) == []


@pytest.mark.parametrize("others", [999, 1_000])
def test_the_schema_and_the_api_accept_as_many_custom_fields(api, template, others):
    schema = api.get("/templates/delivery_stop").json()["jsonSchema"]
    sent = {"a_text": "Ring twice."} | {f"f{number}": 1 for number in range(others)}
    for operation in ("create", "cancel"):
        assert disagreements(api, schema, operation, [("customFields", sent)]) == []


@pytest.mark.parametrize(
    "key", ["delivery_stop", " delivery_stop", "delivery_stop\ufeff\u0085", "delivery_stopx", "x delivery_stop", 1, []]
)
def test_the_schema_and_the_api_accept_the_same_spellings_of_the_key_of_the_template(api, template, key):
    schema = api.get("/templates/delivery_stop").json()["jsonSchema"]
    assert disagreements(api, schema, "create", [("templateKey", key)]) == []


def test_the_schema_accepts_spaces_and_blank_texts_in_a_validator_that_checks_formats(api, template):
    schema = api.get("/templates/delivery_stop").json()["jsonSchema"]
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    for path in ("planning.routeDate", "planning.dueAtUtc", "customFields.a_date", "customFields.a_moment"):
        assert all(validator.is_valid(payload("create", [(path, value)])) for value in ("", " "))
    assert validator.is_valid(payload("create", [("customFields.a_date", " 2026-06-25 ")]))


@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(operation=st.sampled_from(["create", "upsert", "cancel"]), changes=changes)
def test_the_schema_and_the_api_accept_the_same_documents(api, template, operation, changes):
    schema = api.get("/templates/delivery_stop").json()["jsonSchema"]
    assert disagreements(api, schema, operation, changes) == []


@pytest.mark.parametrize("missing", ["title", "customFields"])
def test_the_schema_of_a_create_requires_the_title_and_required_custom_fields(api, template, missing):
    validator = Draft202012Validator(api.get("/templates/delivery_stop").json()["jsonSchema"])
    sent = payload("create", [])
    assert validator.is_valid(sent)
    del sent[missing]
    assert not validator.is_valid(sent)
    template.defaults = {"title": "Delivery", "customFields": {"a_text": "x", "a_count": 8}}
    template.save()
    assert Draft202012Validator(api.get("/templates/delivery_stop").json()["jsonSchema"]).is_valid(sent)


def test_a_template_is_answered_with_its_fields(api):
    field = CustomFieldFactory(
        template=TargetTemplateFactory(key="t", name="T"), key="weight", label="Weight", type="decimal", unit="kg"
    )
    answer = api.get("/templates/t").json()
    Draft202012Validator.check_schema(answer.pop("jsonSchema"))
    said = {"key": field.key, "label": "Weight", "type": "decimal", "unit": "kg", "required": False, "choices": []}
    assert answer == {"key": "t", "name": "T", "fields": [said]}


def test_only_active_templates_are_listed_with_a_constant_number_of_queries(api):
    TargetTemplateFactory(key="a")
    TargetTemplateFactory(key="gone", active=False)
    one = count_queries(lambda: api.get("/templates"))
    CustomFieldFactory(template=TargetTemplateFactory(key="b"))
    assert [found["key"] for found in api.get("/templates").json()["results"]] == ["b", "a"]
    assert count_queries(lambda: api.get("/templates")) == one == 2
    assert api.get("/templates/gone").status_code == 404
    assert api.get("/templates?x=1").status_code == 400
