"""The values that each field accepts and refuses, sent and read back over HTTP."""

import pytest

from tests.api import error_codes, warning_codes


def nested(path, value):
    section, _, name = path.rpartition(".")
    return {section: {name: value}} if section else {name: value}


def read(target, path):
    for name in path.split("."):
        target = target[name]
    return target


ACCEPTED = [
    ("externalType", "DeliveryOrder"),
    ("description", "  two\nlines  "),
    ("customer.name", "Rhein-Ruhr Medical Supply"),
    ("customer.contactName", "Anna Weber"),
    ("customer.phone", " +49 (201) 12 34-56 "),
    ("customer.email", "anna.weber@example.com"),
    ("customer.email", " anna.weber "),
    ("customer.externalId", "C-7001"),
    ("customer.customerNumber", "10077001"),
    ("customer.type", "Business"),
    ("customer.industry", "Gastronomy"),
    ("contact.externalId", "P-12"),
    ("contact.role", "Facility manager"),
    ("location.externalId", "L-7001-2"),
    ("location.name", "Halle 3"),
    ("address.street", "Hachestrasse 12"),
    ("address.postalCode", "01067"),
    ("address.city", "Köln 🚚"),
    ("address.country", "DE"),
    ("address.country", "XK"),
    ("planning.routeDate", "2028-02-29"),
    ("planning.dueDate", "2200-12-31"),
    ("planning.dueAtUtc", "2026-06-25T10:00:00Z"),
    ("planning.estimatedWorkMinutes", 0),
    ("planning.estimatedWorkMinutes", 10080),
    ("planning.priority", "Urgent"),
    ("planning.fixedTime", True),
    ("businessValue.expectedRevenue", 0),
    ("businessValue.customerTier", "A" * 16),
    ("businessValue.closeProbability", 100),
]


@pytest.mark.parametrize(("path", "value"), ACCEPTED)
def test_a_field_is_read_back_as_it_was_sent(api, path, value):
    assert api.send(**nested(path, value))["status"] == "Created"
    assert read(api.target(), path) == value


REFUSED = [
    ("externalType", "x" * 65),
    ("title", "x" * 256),
    ("title", 7),
    ("description", "x" * 10_001),
    ("customer", "Anna"),
    ("customer", [1]),
    ("customer.name", ["Anna"]),
    ("customer.name", "x" * 256),
    ("customer.phone", 49201),
    ("customer.email", 7),
    ("customer.email", "x" * 256),
    ("address.country", "Germany"),
    ("address.country", "XX"),
    ("address.country", "de"),
    ("planning", 5),
    ("planning.routeDate", "25.06.2026"),
    ("planning.routeDate", "2026-02-30"),
    ("planning.routeDate", "2026-06-25T00:00:00Z"),
    ("planning.dueAtUtc", "2026-06-25"),
    ("planning.dueAtUtc", "2026-06-25T25:00:00Z"),
    ("planning.dueAtUtc", "0001-01-01T00:00:00+14:00"),
    ("planning.dueAtUtc", "9999-12-31T23:59:59-14:00"),
    ("planning.dueAtUtc", 1782381600),
    ("planning.estimatedWorkMinutes", -1),
    ("planning.estimatedWorkMinutes", 10081),
    ("planning.estimatedWorkMinutes", 2.5),
    ("planning.estimatedWorkMinutes", "2.5"),
    ("planning.estimatedWorkMinutes", True),
    ("planning.priority", ["High"]),
    ("planning.fixedTime", "maybe"),
    ("planning.fixedTime", 2),
    ("businessValue.expectedRevenue", -0.01),
    ("businessValue.expectedRevenue", "much"),
    ("businessValue.expectedRevenue", "1_000"),
    ("businessValue.expectedRevenue", True),
    ("businessValue.expectedRevenue", 10**20),
    ("businessValue.expectedRevenue", 0.12345678901),
    ("businessValue.customerTier", "A" * 17),
    ("businessValue.closeProbability", 101),
    ("businessValue.closeProbability", 75.5),
    ("customFields", "none"),
    ("customFields", []),
]


@pytest.mark.parametrize(("path", "value"), REFUSED)
def test_a_value_that_a_field_cannot_hold_is_refused_with_the_path_of_the_field(api, path, value):
    response = api.post({"externalId": "DEL-1", "title": "Delivery"} | nested(path, value))
    (error,) = response.json()["items"][0]["errors"]
    assert response.status_code == 422
    assert (error["code"], error["field"]) == ("invalid_field", path)
    assert error["message"].startswith(f"{path} must ")
    assert error["message"].endswith("was sent.")


@pytest.mark.parametrize(("latitude", "longitude"), [(-90, -180), (90, 180), (51.4513, 7.0116), (0, 0)])
def test_coordinates_are_read_back_as_they_were_sent(api, latitude, longitude):
    api.send(address={"latitude": latitude, "longitude": longitude})
    address = api.target()["address"]
    assert (address["latitude"], address["longitude"]) == (latitude, longitude)


@pytest.mark.parametrize(
    ("name", "value"), [("latitude", 90.01), ("longitude", -180.5), ("latitude", "91"), ("latitude", "51°")]
)
def test_coordinates_off_the_globe_are_refused(api, name, value):
    item = api.send(address={"latitude": 51, "longitude": 7} | {name: value})
    assert error_codes(item) == [("invalid_field", f"address.{name}")]


@pytest.mark.parametrize(("sent", "missing"), [("latitude", "longitude"), ("longitude", "latitude")])
def test_a_latitude_without_a_longitude_is_refused_and_the_reverse(api, sent, missing):
    assert error_codes(api.send(address={sent: 7.5})) == [("incomplete_coordinates", f"address.{missing}")]


@pytest.mark.parametrize("number", ["2500", "12345678901234567890.0123456789", "0.1", "2500.10", "1e2", '"99.90"'])
def test_money_is_stored_exactly(api, number):
    api.post(f'{{"externalId": "DEL-1", "title": "Delivery", "businessValue": {{"expectedRevenue": {number}}}}}')
    body = api.get("/targets").content.decode()
    shortest = {"2500.10": "2500.1", "1e2": "100", '"99.90"': "99.9"}.get(number, number)
    assert f'"expectedRevenue":{shortest},' in body


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ("2026-06-25T10:00:00+02:00", "2026-06-25T08:00:00Z"),
        ("2026-06-25T10:00:00", "2026-06-25T10:00:00Z"),
        ("2026-06-25T10:00:00.25-05:30", "2026-06-25T15:30:00.250000Z"),
        ("2026-06-25t10:00:00z", "2026-06-25T10:00:00Z"),
    ],
)
def test_times_are_stored_in_utc(api, sent, stored):
    api.send(planning={"dueAtUtc": sent})
    assert api.target()["planning"]["dueAtUtc"] == stored


@pytest.mark.parametrize("end", ["2026-06-25T08:00:00Z", "2026-06-25T07:59:59Z"])
def test_a_time_window_that_ends_before_it_starts_is_rejected(api, end):
    item = api.send(planning={"timeWindowStartUtc": "2026-06-25T10:00:00+02:00", "timeWindowEndUtc": end})
    assert error_codes(item) == [("invalid_time_window", "planning.timeWindowEndUtc")]


@pytest.mark.parametrize("title", [None, "", "   ", "\u200b", " \u00ad\ufeff\u202e "])
def test_a_new_target_needs_a_title(api, title):
    assert error_codes(api.item({"externalId": "DEL-1", "title": title})) == [("missing_title", "title")]


@pytest.mark.parametrize("title", [None, "", " \u200b"])
def test_a_title_cannot_be_emptied(api, title):
    api.send()
    assert error_codes(api.item({"externalId": "DEL-1", "title": title})) == [("missing_title", "title")]


def test_an_address_without_coordinates_causes_a_warning(api):
    item = api.send(address={"city": "Essen"})
    assert item["status"] == "Created"
    assert warning_codes(item) == [("missing_coordinates", "address")]


def test_missing_coordinates_without_an_address_cause_no_warning(api):
    assert warning_codes(api.send(address={"country": "DE"})) == []


@pytest.mark.parametrize("due", ["2026-06-25T07:59:00Z", "2026-06-25T13:01:00Z"])
def test_a_due_time_outside_the_time_window_causes_a_warning(api, due):
    window = {"timeWindowStartUtc": "2026-06-25T08:00:00Z", "timeWindowEndUtc": "2026-06-25T13:00:00Z"}
    item = api.send(planning=window | {"dueAtUtc": due})
    assert warning_codes(item) == [("due_outside_time_window", "planning.dueAtUtc")]
