"""Custom fields that were stored before their template are typed when the template arrives."""

import pytest

from targets import corrections
from targets.models import Target
from tests.api import error_codes, warning_codes
from tests.factories import CustomFieldFactory, TargetTemplateFactory
from tests.queries import count_queries

UNTYPED = {"package_count": "8", "delivery_weight_kg": "12.50", "temperature_sensitive": "ja", "free": "7"}
TYPED = {"package_count": 8, "delivery_weight_kg": 12.5, "temperature_sensitive": True, "free": "7"}
UNREADABLE = ("untyped_custom_field", "customFields.package_count")


@pytest.fixture
def untyped(api):
    """Store a target with custom fields and without a template."""
    api.send(customFields=UNTYPED, sourceVersion=1)


def changes(item):
    return {change["field"]: (change["from"], change["to"]) for change in item["changes"]}


def test_stored_values_are_typed_and_listed_as_changes_when_the_template_arrives(api, untyped, delivery_stop):
    item = api.send(templateKey="delivery_stop")
    assert item["warnings"] == []
    assert changes(item) == {
        "templateKey": (None, "delivery_stop"),
        "customFields.package_count": ("8", 8),
        "customFields.delivery_weight_kg": ("12.50", 12.5),
        "customFields.temperature_sensitive": ("ja", True),
    }
    assert api.target()["customFields"] == TYPED


def test_a_sent_value_takes_precedence_over_the_stored_one(api, untyped, delivery_stop):
    item = api.send(templateKey="delivery_stop", customFields={"package_count": "9"})
    assert changes(item)["customFields.package_count"] == ("8", 9)
    assert api.target()["customFields"] == TYPED | {"package_count": 9}


def test_a_value_that_is_of_its_type_already_is_no_change(api, delivery_stop):
    api.send(customFields={"package_count": 8, "delivery_weight_kg": 12.0})
    assert list(changes(api.send(templateKey="delivery_stop"))) == ["templateKey"]


def test_a_stored_value_that_its_type_cannot_read_stays_with_a_warning(api, delivery_stop):
    api.send(customFields={"package_count": "eight", "delivery_weight_kg": "1"})
    item = api.send(templateKey="delivery_stop")
    assert (item["status"], warning_codes(item)) == ("Updated", [UNREADABLE])
    assert item["warnings"][0]["message"] == (
        "customFields.package_count must be a whole number of at most 18 digits, such as 8; "
        'the stored value "eight" stays as it is.'
    )
    assert api.target()["customFields"] == {"package_count": "eight", "delivery_weight_kg": 1}


def test_a_value_that_replaces_an_unreadable_one_ends_the_warning(api, delivery_stop):
    api.send(customFields={"package_count": "eight"})
    assert warning_codes(api.send(templateKey="delivery_stop", customFields={"package_count": 8})) == []
    assert api.target()["customFields"] == {"package_count": 8}


def test_the_first_20_unreadable_values_are_named_and_the_rest_are_counted(api, delivery_stop):
    for number in range(22):
        CustomFieldFactory(template=delivery_stop, key=f"n{number:02}", type="integer")
    api.send(customFields={f"n{number:02}": "x" for number in range(22)})
    assert api.send(templateKey="delivery_stop")["omittedFindings"] == 1
    job = api.get("/import-jobs").json()["results"][0]["importJobId"]
    warnings = api.get(f"/import-jobs/{job}/items").json()["results"][0]["warnings"]
    assert [warning["field"] for warning in warnings[19:]] == ["customFields.n19", "customFields"]
    assert warnings[-1]["message"].startswith("2 more stored values")


def test_values_are_typed_again_by_the_fields_of_another_template(api, untyped, delivery_stop):
    other = TargetTemplateFactory(key="other")
    CustomFieldFactory(template=other, key="free", type="integer")
    api.send(templateKey="delivery_stop")
    assert changes(api.send(templateKey="other"))["customFields.free"] == ("7", 7)


def test_a_field_that_the_template_got_later_types_its_value_with_the_next_custom_field(api, untyped, delivery_stop):
    api.send(templateKey="delivery_stop")
    CustomFieldFactory(template=delivery_stop, key="free", type="integer")
    assert api.send(title="Other")["changes"] == [{"field": "title", "from": "Delivery", "to": "Other"}]
    item = api.send(title="Other", customFields={"package_count": "8"})
    assert changes(item) == {"customFields.free": ("7", 7)}


def test_a_corrected_value_stays_as_staff_entered_it(api, untyped, delivery_stop):
    corrections.correct(target=Target.objects.get(), values={"customFields.package_count": "about 8"}, by="dora")
    item = api.send(templateKey="delivery_stop")
    assert item["warnings"] == []
    assert api.target()["customFields"]["package_count"] == "about 8"


def test_the_same_version_again_is_no_conflict_if_only_types_differ(api, delivery_stop):
    api.send(customFields=UNTYPED, sourceVersion=1, templateKey="delivery_stop")
    CustomFieldFactory(template=delivery_stop, key="free", type="integer")
    item = api.send(customFields=UNTYPED, sourceVersion=1, templateKey="delivery_stop")
    assert (item["status"], changes(item)) == ("Updated", {"customFields.free": ("7", 7)})


def test_the_same_version_with_another_value_of_an_untyped_field_is_a_conflict(api, delivery_stop):
    api.send(customFields={"free": "7"}, sourceVersion=1, templateKey="delivery_stop")
    CustomFieldFactory(template=delivery_stop, key="free", type="integer")
    for value in ("8", None):
        item = api.send(customFields={"free": value}, sourceVersion=1)
        assert error_codes(item) == [("version_conflict", "sourceVersion")]


def test_a_required_field_that_staff_entered_before_the_create_arrives_counts(api, erp, delivery_stop):
    CustomFieldFactory(template=delivery_stop, key="dock", required=True)
    api.send(operation="cancel", sourceVersion=1)
    corrections.correct(target=Target.objects.get(), values={"customFields.dock": "A4"}, by="dora")
    assert api.send(templateKey="delivery_stop", sourceVersion=2)["status"] == "Updated"


@pytest.mark.parametrize("template", [None, "delivery_stop"])
def test_null_empties_all_custom_fields_without_warnings(api, untyped, delivery_stop, template):
    item = api.send(templateKey=template, customFields=None)
    assert (item["warnings"], api.target()["customFields"]) == ([], {})


@pytest.mark.parametrize("key", ["free", "unheard_of"])
def test_a_null_for_an_unknown_key_has_no_warning_because_nothing_is_kept(api, untyped, key):
    item = api.send(customFields={key: None})
    assert (item["warnings"], key in api.target()["customFields"]) == ([], False)


def test_typing_stored_values_takes_no_query(api, untyped, delivery_stop):
    api.send("DEL-2")
    plain = count_queries(lambda: api.send("DEL-2", templateKey="delivery_stop"))
    assert count_queries(lambda: api.send(templateKey="delivery_stop")) == plain


def test_a_batch_and_a_rehearsal_type_stored_values_too(api, untyped, delivery_stop):
    sent = {"targets": [{"externalId": "DEL-1", "templateKey": "delivery_stop"}] * 2}
    for path in ("/inbound/targets/batch?validateOnly=true", "/inbound/targets/batch"):
        first, second = api.post(sent, path).json()["items"]
        assert (len(first["changes"]), second["changes"]) == (4, [])
    assert api.target()["customFields"] == TYPED
