"""A declared field is everywhere: in the API's answers and schemas, in the example payload and in the admin."""

import json

import pytest
from django.contrib.admin.utils import flatten_fieldsets
from django.test import Client
from django.urls import reverse

from targets.models import Target
from targets.paths import PATH_BY_COLUMN

VERSION = {"sourceVersion": 1, "sourceUpdatedAtUtc": "2026-06-25T08:00:00Z"}
ADDED_BY_THE_SERVICE = {"id", "status", "createdAt", "updatedAt"}
NEVER_ANSWERED = {
    "operation", "contact.displayName", "contact.phone", "contact.email",
    "location.street", "location.postalCode", "location.city", "location.country",
    "location.latitude", "location.longitude", "location.defaultEstimatedWorkMinutes", "location.defaultPriority",
    "planning.preferredTimeWindowStart", "planning.preferredTimeWindowEnd",
}  # fmt: skip


def flat(values):
    """Return values by dotted path; custom fields stay one value."""
    paths = {}
    for name, value in values.items():
        if isinstance(value, dict) and name != "customFields":
            paths |= {f"{name}.{below}": part for below, part in value.items()}
        else:
            paths[name] = value
    return paths


def schema_paths(properties):
    return set(flat({name: schema.get("properties", schema["type"]) if "type" in schema else None
                     for name, schema in properties.items()}))  # fmt: skip


@pytest.fixture
def payload(staff, delivery_stop, erp):
    """Return the example of a complete payload, as the admin shows it."""
    page = reverse("admin:templates_targettemplate_change", args=[delivery_stop.pk]).replace("change", "payload")
    return json.loads(staff.get(page).context["complete"])


@pytest.fixture
def answer(api, payload):
    api.post(payload | VERSION)
    return api.target(payload["externalId"])


def test_every_editable_column_of_a_target_is_declared():
    editable = {column.name for column in Target._meta.concrete_fields if column.editable and not column.primary_key}
    assert set(PATH_BY_COLUMN) == editable - {"source_system", "external_id", "template"}


def test_the_template_schema_has_the_fields_that_a_target_is_answered_with(api, answer):
    schema = api.get("/templates/delivery_stop").json()["jsonSchema"]
    properties = schema["properties"] | schema["allOf"][0]["else"]["properties"]
    assert schema_paths(properties) == set(flat(answer)) - ADDED_BY_THE_SERVICE | NEVER_ANSWERED


def test_the_openapi_document_has_the_fields_that_a_target_is_answered_with(answer):
    target = Client().get("/openapi.json").json()["components"]["schemas"]["Target"]
    assert schema_paths(target["properties"]) == set(flat(answer))


def test_the_example_payload_has_every_field_and_is_imported_as_it_is(answer, payload):
    sent = flat(payload)
    assert set(sent) == set(flat(answer)) - ADDED_BY_THE_SERVICE - set(VERSION) | {"operation"}
    without_types = {path: value for path, value in sent.items() if path not in ("operation", "customFields")}
    assert without_types.items() <= flat(answer).items()


def test_the_admin_form_shows_every_column(staff, answer):
    page = reverse("admin:targets_target_change", args=[answer["id"]])
    shown = flatten_fieldsets(staff.get(page).context["adminform"].fieldsets)
    window = {"time_window_start", "time_window_end"}  # one control
    assert set(PATH_BY_COLUMN) - window | {"time_window"} <= set(shown)
    assert len(shown) == len(set(shown))
