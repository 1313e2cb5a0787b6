"""The second dialect: location, contact and preferred time windows are other names of the fields of the first."""

import json
from pathlib import Path

import pytest
from django.urls import reverse

from importjobs.models import ImportItem
from targets import corrections
from targets.models import Target
from tests.api import error_codes, example, warning_codes
from tests.factories import TargetTemplateFactory

WINDOW = {"preferredTimeWindowStart": "2026-07-01T07:00:00Z", "preferredTimeWindowEnd": "2026-07-01T10:00:00Z"}
PAIRS = [
    ("location.street", "address.street", "Lagerweg 4", "Hafenweg 1"),
    ("location.postalCode", "address.postalCode", "45127", "45128"),
    ("location.city", "address.city", "Essen", "Bochum"),
    ("location.country", "address.country", "DE", "AT"),
    ("contact.displayName", "customer.contactName", "Kim Beispiel", "Anna Weber"),
    ("contact.phone", "customer.phone", "+49 201 1", "+49 201 2"),
    (
        "planning.preferredTimeWindowStart", "planning.timeWindowStartUtc",
        "2026-07-01T07:00:00Z", "2026-07-01T08:00:00Z",
    ),
    ("planning.preferredTimeWindowEnd", "planning.timeWindowEndUtc", "2026-07-01T07:00:00Z", "2026-07-01T08:00:00Z"),
]  # fmt: skip


@pytest.fixture
def customer_aware(delivery_stop):
    """Return the vendor's example of a request in the second dialect."""
    return json.loads((Path(__file__).parent.parent / "data" / "customer-aware.json").read_text())


def sections(*values):
    """Return a document with these paths and values."""
    document = {}
    for path, value in values:
        section, name = path.split(".")
        document.setdefault(section, {})[name] = value
    return document


def stored(api, path):
    section, name = path.split(".")
    return api.target()[section][name]


def test_the_customer_aware_example_is_stored_in_the_first_dialect(api, customer_aware):
    response = api.post(customer_aware)
    target = api.target(customer_aware["externalId"])
    place = {"street": "Lagerweg 4", "postalCode": "45127", "city": "Essen", "country": "DE"}
    assert response.status_code == 201
    assert target["address"] == place | {"latitude": 51.4562, "longitude": 7.0123}
    assert target["location"] == {"externalId": "L-7001-2", "name": "Halle 3"}
    assert target["contact"] == {"externalId": "P-12", "role": "Facility manager"}
    assert (target["customer"]["contactName"], target["customer"]["phone"]) == ("Kim Beispiel", "+49 201 000000")
    assert (target["customer"]["externalId"], target["customer"]["customerNumber"]) == ("C-7001", "10077001")
    assert (target["customer"]["type"], target["customer"]["industry"]) == ("Business", "Gastronomy")
    planning = {name: value for name, value in target["planning"].items() if value is not None}
    assert planning == {
        "dueDate": "2026-07-01",
        "timeWindowStartUtc": "2026-07-01T07:00:00Z",
        "timeWindowEndUtc": "2026-07-01T10:00:00Z",
        "estimatedWorkMinutes": 45,
        "priority": "Medium",
    }


def test_of_two_emails_that_of_the_contact_is_stored_with_a_warning(api, customer_aware):
    item = api.item(customer_aware)
    assert warning_codes(item) == [("contact_email_used", "customer.email")]
    assert "dispo@example.com" in item["warnings"][0]["message"]
    assert api.target(customer_aware["externalId"])["customer"]["email"] == "kim@example.com"
    assert api.item(customer_aware)["warnings"] == []


def test_the_use_of_the_contacts_email_is_no_warning_of_a_rejected_target(api, customer_aware):
    assert api.item(customer_aware | {"title": None})["warnings"] == []


@pytest.mark.parametrize("name", ["targets", "items"])
def test_a_batch_in_the_second_dialect_equals_its_items_sent_one_by_one(api, customer_aware, name):
    faulty = customer_aware | {"externalId": "SRV-2", "address": {"city": "Bochum"}}
    batch = api.post({"sourceSystem": "logistics_erp", name: [customer_aware, faulty]}, "/inbound/targets/batch").json()
    single = [api.item(one | {"externalId": one["externalId"] + "-S"}) for one in (customer_aware, faulty)]
    names = ("status", "errors", "warnings")
    assert [[item.get(n) for n in names] for item in batch["items"]] == [
        [item.get(n) for n in names] for item in single
    ]
    in_batch, alone = (api.target(customer_aware["externalId"] + suffix) for suffix in ("", "-S"))
    sections = ("customer", "contact", "location", "address", "planning", "customFields")
    assert [in_batch[section] for section in sections] == [alone[section] for section in sections]


def test_the_smallest_body_of_the_vendor_is_imported(api):
    assert api.post({"externalId": "X", "title": "T"}).status_code == 201
    assert api.target("X")["title"] == "T"


def test_the_example_of_the_first_dialect_has_no_warning(api, delivery_stop):
    assert api.item(example("upsert"))["warnings"] == []


@pytest.mark.parametrize(("second", "first", "value", "other"), PAIRS)
def test_either_name_of_a_field_is_stored(api, second, first, value, other):
    assert api.send(**sections((second, value)))["status"] == "Created"
    assert stored(api, first) == value
    (change,) = api.send(**sections((second, other)))["changes"]
    assert change == {"field": first, "from": value, "to": other}


@pytest.mark.parametrize(("second", "first", "value", "other"), PAIRS)
def test_two_names_with_different_values_are_rejected(api, second, first, value, other):
    item = api.send(**sections((second, value), (first, other)))
    assert error_codes(item) == [("conflicting_fields", second)]
    assert second in item["errorMessage"]
    assert first in item["errorMessage"]


@pytest.mark.parametrize(("second", "first", "value", "other"), PAIRS)
@pytest.mark.parametrize("empty", [None, ""])
def test_an_empty_value_beside_the_other_name_is_no_conflict(api, second, first, value, other, empty):
    api.send("DEL-2", **sections((first, other)))
    for document in (sections((second, empty), (first, value)), sections((first, empty), (second, value))):
        assert api.send(**document)["status"] in ("Created", "Updated")
        assert stored(api, first) == value


def test_equal_values_are_no_conflict_however_they_are_written(api):
    planning = WINDOW | {"timeWindowStartUtc": "2026-07-01T09:00:00+02:00"}
    item = api.send(planning=planning, location={"latitude": "51.4", "longitude": 7}, address={"latitude": 51.40})
    assert item["status"] == "Created"


def test_a_section_that_is_null_clears_only_what_the_other_dialect_does_not_say(api):
    api.send(address={"city": "Essen", "street": "Lagerweg 4"})
    api.send(address=None, location={"city": "Bochum"})
    assert (stored(api, "address.city"), stored(api, "address.street")) == ("Bochum", None)
    api.send(location=None, address={"street": "Hafenweg 1"})
    assert (stored(api, "address.city"), stored(api, "address.street")) == (None, "Hafenweg 1")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"location": {"country": "Germany"}}, ("invalid_field", "location.country")),
        ({"location": {"latitude": 51.4}}, ("incomplete_coordinates", "location.longitude")),
        ({"location": {"latitude": 51.4}, "address": None}, ("incomplete_coordinates", "location.longitude")),
        ({"location": {"latitude": 51.4}, "address": ""}, ("incomplete_coordinates", "location.longitude")),
        ({"location": "Essen"}, ("invalid_field", "location")),
        ({"contact": {"phone": 49}}, ("invalid_field", "contact.phone")),
        (
            {"planning": dict.fromkeys(WINDOW, "2026-07-01T07:00:00Z")},
            ("invalid_time_window", "planning.preferredTimeWindowEnd"),
        ),
    ],
)
def test_an_error_names_the_path_that_was_sent(api, document, expected):
    item = api.send(**document)
    assert error_codes(item) == [expected]
    assert "address." not in item["errorMessage"]


@pytest.mark.parametrize("empty", [None, ""])
def test_an_error_names_no_section_that_was_sent_empty(api, empty):
    item = api.send(address={"latitude": 51.4}, location=empty)
    assert error_codes(item) == [("incomplete_coordinates", "address.longitude")]
    assert "location." not in item["errorMessage"]


def test_a_warning_about_a_section_that_was_sent_empty_names_it_if_it_was_the_only_one(api):
    api.send(location={"city": "Essen"})
    corrections.correct(target=Target.objects.get(), values={"address.city": "Bochum"}, by="dora")
    assert warning_codes(api.send(location=None))[0] == ("kept_correction", "location.city")
    assert warning_codes(api.send(address=None))[0] == ("kept_correction", "address.city")


def test_a_quoted_value_that_looks_like_a_path_stays_as_it_was_sent(api):
    sent = 'see address.street "or" address.city'
    api.send(location={"city": "Essen", "street": "x"})
    corrections.correct(target=Target.objects.get(), values={"address.city": "address.city"}, by="dora")
    item = api.send(location={"city": sent, "street": "x"}, customFields={"address.city": 1})
    unknown, kept = (warning["message"] for warning in item["warnings"] if warning["code"] != "missing_coordinates")
    assert kept == f'Staff corrected location.city to "address.city", so "{sent}" was not stored.'
    assert unknown.startswith("customFields.address.city is not a field of the template.")


def test_a_warning_names_the_path_that_was_sent(api):
    item = api.send(location={"city": "Essen"}, planning={"preferredTimeWindowStart": "2026-07-01T07:00:00"})
    assert warning_codes(item) == [
        ("assumed_utc", "planning.preferredTimeWindowStart"),
        ("missing_coordinates", "location"),
    ]


def test_a_kept_correction_is_reported_under_the_name_that_was_sent(api):
    api.send(location={"city": "Essen"})
    corrections.correct(target=Target.objects.get(), values={"address.city": "Bochum"}, by="dora")
    item = api.send(location={"city": "Herne"})
    assert ("kept_correction", "location.city") in warning_codes(item)
    assert Target.objects.get().corrections["address.city"]["source"] == "Herne"


def test_the_defaults_of_a_location_fill_a_new_target_only(api):
    location = {"defaultEstimatedWorkMinutes": "45", "defaultPriority": "Low"}
    api.send(location=location)
    assert stored(api, "planning.estimatedWorkMinutes") == 45
    item = api.send(location={"defaultEstimatedWorkMinutes": 60, "defaultPriority": "High"})
    assert item["changes"] == []


@pytest.mark.parametrize(
    ("planning", "priority"), [({}, "Low"), ({"priority": None}, None), ({"priority": "High"}, "High")]
)
def test_the_defaults_of_a_location_win_over_those_of_the_template_but_not_over_planning(api, planning, priority):
    TargetTemplateFactory(key="visit", defaults={"planning": {"priority": "Urgent"}, "location": {"city": "Essen"}})
    api.send(templateKey="visit", location={"defaultPriority": "Low"}, planning=planning)
    assert stored(api, "planning.priority") == priority
    assert stored(api, "address.city") == "Essen"


def test_the_defaults_of_a_location_are_checked_on_an_update_too(api):
    api.send()
    item = api.send(location={"defaultPriority": "urgent"})
    assert error_codes(item) == [("invalid_field", "location.defaultPriority")]


def test_a_cancel_ignores_conflicts(api):
    api.send()
    item = api.send(operation="cancel", location={"city": "Essen"}, address={"city": "Bochum"}, contact={"email": 1})
    assert (item["status"], item["warnings"]) == ("Cancelled", [])


@pytest.mark.parametrize("path", ["customer.externalId", "customer.customerNumber", "location.externalId"])
def test_targets_are_filtered_by_the_ids_of_customer_and_location(api, path):
    api.send("DEL-1", **sections((path, "A-1")))
    api.send("DEL-2", **sections((path, "A-10")))
    found = api.get(f"/targets?{path}=%20A-1").json()["results"]
    assert [target["externalId"] for target in found] == ["DEL-1"]


@pytest.mark.parametrize("words", ["C-7001", "10077001", "L-7001-2", "halle", "kim beisp"])
def test_staff_find_a_target_by_the_new_fields(staff, api, customer_aware, words):
    api.post(customer_aware)
    api.send("DEL-2")
    found = staff.get("/admin/targets/target/", {"q": words}).context["cl"].queryset
    assert [target.external_id for target in found] == [customer_aware["externalId"]]


def test_a_rehearsal_reads_both_dialects(api, customer_aware):
    path = "/inbound/targets?validateOnly=true"
    conflict = customer_aware | {"address": {"city": "Bochum"}}
    assert api.post(customer_aware, path).status_code == 201
    assert error_codes(api.post(conflict, path).json()["items"][0]) == [("conflicting_fields", "location.city")]


def test_staff_replay_a_conflict_after_they_removed_one_of_the_names(staff, api, customer_aware):
    api.post(customer_aware | {"address": {"city": "Bochum"}})
    page = reverse("admin:importjobs_importitem_change", args=[ImportItem.objects.get().pk])
    corrected = customer_aware | {"sourceSystem": " logistics_erp", "address": {"city": None}}
    staff.post(page.replace("change", "replay"), {"payload": json.dumps(corrected), "_replay": ""})
    assert api.target(customer_aware["externalId"])["address"]["city"] == "Essen"
