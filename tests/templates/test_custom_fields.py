"""Which values each type of custom field accepts, and how they are stored."""

import json

import pytest

from tests.api import error_codes, warning_codes
from tests.factories import CustomFieldFactory


@pytest.fixture
def fields(delivery_stop):
    for kind in ("date", "datetime"):
        CustomFieldFactory(template=delivery_stop, key=kind, type=kind)
    CustomFieldFactory(template=delivery_stop, key="bay", type="choice", choices=["A", "B", "7"])


READ = [
    ("package_count", '"8"', "8"),
    ("package_count", "8", "8"),
    ("package_count", "8.0", "8"),
    ("package_count", '" -12 "', "-12"),
    ("delivery_weight_kg", '"120"', "120"),
    ("delivery_weight_kg", '"12345678901234567.89"', "12345678901234567.89"),
    ("delivery_weight_kg", "0.1", "0.1"),
    ("delivery_weight_kg", '"1e2"', "100"),
    *(("temperature_sensitive", sent, "true") for sent in ("true", "1", '"true"', '"1"', '"YES"', '"ja"')),
    *(("temperature_sensitive", sent, "false") for sent in ("false", "0", '"False"', '"0"', '"no"', '"Nein"')),
    ("delivery_note", '"Use rear entrance."', '"Use rear entrance."'),
    ("delivery_note", "7.50", '"7.50"'),
    ("delivery_note", "true", '"true"'),
    ("date", '"2026-06-25"', '"2026-06-25"'),
    ("datetime", '"2026-06-25T10:00:00+02:00"', '"2026-06-25T08:00:00Z"'),
    ("bay", '"B"', '"B"'),
    ("bay", "7", '"7"'),
]


@pytest.mark.parametrize(("key", "sent", "stored"), READ)
def test_a_value_is_stored_with_the_type_of_its_field(api, fields, key, sent, stored):
    api.post(
        f'{{"externalId": "DEL-1", "title": "Delivery", "templateKey": "delivery_stop",'
        f' "customFields": {{"{key}": {sent}}}}}'
    )
    assert f'"customFields":{{"{key}":{stored}}}' in api.get("/targets").content.decode()


REFUSED = [
    ("package_count", "eight", "a whole number"),
    ("package_count", "8.5", "a whole number"),
    ("package_count", True, "a whole number"),
    ("package_count", "9" * 19, "a whole number"),
    ("delivery_weight_kg", "12,5", "a number without a comma"),
    ("delivery_weight_kg", "NaN", "a number with a point"),
    ("delivery_weight_kg", "1" * 21, "at most 20 digits before"),
    ("temperature_sensitive", "maybe", "true or false"),
    ("temperature_sensitive", 2, "true or false"),
    ("delivery_note", ["rear"], "a text"),
    ("delivery_note", "x" * 10_001, "a text"),
    ("date", "25.06.2026", "a date as YYYY-MM-DD"),
    ("datetime", "2026-06-25", "a date and time by RFC 3339"),
    ("bay", "C", "one of A, B, 7"),
    ("bay", {"A": 1}, "one of A, B, 7"),
]


@pytest.mark.parametrize(("key", "sent", "accepts"), REFUSED)
def test_a_value_of_another_type_is_refused_with_what_is_accepted(api, fields, key, sent, accepts):
    item = api.send(templateKey="delivery_stop", customFields={key: sent})
    assert error_codes(item) == [("invalid_custom_field", f"customFields.{key}")]
    assert item["errorMessage"].startswith(f"customFields.{key} must ")
    assert accepts in item["errorMessage"]
    assert item["errorMessage"].endswith("was sent.")


@pytest.mark.parametrize("value", ["x", 7, 1.5, True, ["a", {"b": None}], {"deep": {"er": 1}}])
def test_an_unknown_key_is_stored_as_sent_with_a_warning(api, delivery_stop, value):
    item = api.send(templateKey="delivery_stop", customFields={"extra": value})
    assert warning_codes(item) == [("unknown_custom_field", "customFields.extra")]
    assert api.target()["customFields"] == {"extra": value}


def test_without_a_template_every_key_is_unknown(api):
    item = api.send(customFields={"package_count": "8"})
    assert warning_codes(item) == [("unknown_custom_field", "customFields.package_count")]
    assert api.target()["customFields"] == {"package_count": "8"}


def test_the_key_of_an_inactive_field_is_unknown(api, delivery_stop):
    delivery_stop.fields.filter(key="package_count").update(active=False)
    item = api.send(templateKey="delivery_stop", customFields={"package_count": "eight"})
    assert warning_codes(item) == [("unknown_custom_field", "customFields.package_count")]


def test_a_long_number_of_an_unknown_key_keeps_all_its_digits(api):
    digits = "123456789012345678901234567890.123456789"
    api.post(f'{{"externalId": "DEL-1", "title": "D", "customFields": {{"n": {digits}}}}}')
    assert f'"n":{digits}' in api.get("/targets").content.decode()
    json.loads(api.get("/targets").content)
