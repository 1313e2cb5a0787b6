"""Warnings about values that are possible but probably wrong. An order is imported all the same."""

import pytest

from targets import corrections
from targets.models import Target
from tests.api import error_codes, warning_codes
from tests.targets.places import PLACES, POSTAL_CODES

COORDINATES = ("implausible_coordinates", "address.latitude")
POSTAL_CODE = ("implausible_postal_code", "address.postalCode")
EMAIL = ("implausible_email", "customer.email")
WINDOW = ("window_not_on_route_date", "planning.routeDate")
ESSEN = {"country": "DE", "latitude": 51.4513, "longitude": 7.0116}


def message(item, code):
    (text,) = [warning["message"] for warning in item["warnings"] if warning["code"] == code]
    return text


def window(day, start=None, end=None):
    return {"routeDate": day, "timeWindowStartUtc": start, "timeWindowEndUtc": end}


@pytest.mark.parametrize(("country", "latitude", "longitude"), PLACES)
def test_a_place_in_its_country_has_no_warning(api, country, latitude, longitude):
    assert warning_codes(api.send(address={"country": country, "latitude": latitude, "longitude": longitude})) == []


def test_swapped_coordinates_of_nearly_every_place_have_a_warning(api):
    swapped = [
        {"externalId": f"{number}", "title": "x", "address": {"country": code, "latitude": east, "longitude": north}}
        for number, (code, north, east) in enumerate(PLACES)
        if abs(east) <= 90 and abs(north - east) > 20
    ]
    items = api.post({"targets": swapped}, "/inbound/targets/batch").json()["items"]
    assert len(items) > 40
    assert [warning_codes(item) for item in items] == [[COORDINATES]] * len(items)
    assert all("If they are swapped, they lie inside." in message(item, COORDINATES[0]) for item in items)


@pytest.mark.parametrize("sent", [(48.8566, 2.3522), (-51.4513, 7.0116), (40.7128, -74.006)])
def test_a_place_outside_of_its_country_has_a_warning(api, sent):
    item = api.send(address={"country": "DE", "latitude": sent[0], "longitude": sent[1]})
    assert warning_codes(item) == [COORDINATES]
    assert message(item, COORDINATES[0]) == f"Latitude {sent[0]:g} and longitude {sent[1]:g} lie outside DE."


@pytest.mark.parametrize("country", ["DE", "GH", None])
def test_zero_and_zero_has_a_warning_in_every_country(api, country):
    item = api.send(address={"country": country, "latitude": 0, "longitude": 0})
    assert warning_codes(item) == [COORDINATES]
    assert "both 0" in message(item, COORDINATES[0])


@pytest.mark.parametrize("address", [{"latitude": 7.0116, "longitude": 51.4513}, {"country": "BV"}])
def test_coordinates_without_a_known_country_have_no_warning(api, address):
    assert warning_codes(api.send(address={"latitude": 7.0116, "longitude": 51.4513} | address)) == []


@pytest.mark.parametrize(("country", "postal_code"), POSTAL_CODES)
def test_a_postal_code_as_senders_write_it_has_no_warning(api, country, postal_code):
    item = api.send(address={"country": country, "postalCode": postal_code})
    assert POSTAL_CODE not in warning_codes(item)
    assert api.target()["address"]["postalCode"] == postal_code


@pytest.mark.parametrize(
    ("country", "postal_code", "expected"),
    [
        ("DE", "4512", 'address.postalCode is "4512"; a postal code of DE has 5 digits. A leading zero may be lost.'),
        ("DE", "451277", 'address.postalCode is "451277"; a postal code of DE has 5 digits.'),
        ("DE", "4512O", 'address.postalCode is "4512O"; a postal code of DE has 5 digits.'),
        (
            "US",
            "2116",
            'address.postalCode is "2116"; a postal code of US has 5 or 9 digits. A leading zero may be lost.',
        ),
        ("CZ", "100 0", 'address.postalCode is "100 0"; a postal code of CZ has 5 digits. A leading zero may be lost.'),
        ("NL", "12345", 'address.postalCode is "12345"; a postal code of NL looks like 1234 AB.'),
        ("GB", "10115", 'address.postalCode is "10115"; a postal code of GB looks like EC1Y 8SY.'),
        ("AT", "45127", 'address.postalCode is "45127"; a postal code of AT has 4 digits.'),
        ("CH", "-", 'address.postalCode is "-"; a postal code of CH has 4 digits.'),
    ],
)
def test_a_postal_code_of_another_format_has_a_warning(api, country, postal_code, expected):
    item = api.send(address={"country": country, "postalCode": postal_code})
    assert POSTAL_CODE in warning_codes(item)
    assert message(item, POSTAL_CODE[0]) == expected


@pytest.mark.parametrize("address", [{"postalCode": "4512"}, {"country": "HK", "postalCode": "0000"}])
def test_a_postal_code_without_a_known_format_has_no_warning(api, address):
    assert POSTAL_CODE not in warning_codes(api.send(address=address))


@pytest.mark.parametrize(
    "email",
    [
        "anna.weber@example.com",
        "A_b+c@mail.example.co.uk",
        " anna@example.com ",
        '"a.b"@example.com',
        "a@bücher.example",
        "o'neil@example.ie",
        "",
    ],
)
def test_an_email_address_has_no_warning(api, email):
    assert warning_codes(api.send(customer={"email": email})) == []


@pytest.mark.parametrize(
    "email",
    [
        "anna",
        "anna@",
        "anna@example",
        "anna at example.com",
        "a@b.de; c@d.de",
        "a@-b.de",
        "kim@example.com\u200b",
        "kim@exa\u00admple.com",
        "\ufeffkim@example.com",
        "kim@b\u202eücher.example",
        '"kim b"@example.com',
        "kim@exa\u3000mple.com",
    ],
)
def test_an_email_that_is_no_address_is_stored_with_a_warning(api, email):
    item = api.send(customer={"email": email})
    assert (item["status"], warning_codes(item)) == ("Created", [EMAIL])
    assert message(item, EMAIL[0]) == f'customer.email is "{email}", which is not an email address.'
    assert api.target()["customer"]["email"] == email


@pytest.mark.parametrize(
    "planning",
    [
        window("2026-06-25", "2026-06-25T08:00:00Z", "2026-06-25T13:00:00Z"),
        window("2026-06-25", "2026-06-24T22:00:00Z", "2026-06-25T21:59:00Z"),  # the whole day in Berlin
        window("2026-06-25", "2026-06-24T20:00:00Z", "2026-06-24T23:00:00Z"),  # overnight
        window("2026-06-25", "2026-06-25T20:00:00Z", "2026-06-26T03:00:00Z"),
        window("2026-06-25", "2026-06-20T20:00:00Z", "2026-06-30T03:00:00Z"),
        window("2026-06-25", start="2026-06-24T22:00:00Z"),
        window("2026-06-25", end="2026-06-25T21:59:00Z"),
        window("2026-12-25", start="2026-12-24T23:00:00Z"),  # winter time
        window("2026-06-25"),
        window(None, start="2026-06-24T22:00:00Z"),
    ],
)
def test_a_window_that_touches_the_route_date_has_no_warning(api, planning):
    assert warning_codes(api.send(planning=planning)) == []


@pytest.mark.parametrize(
    ("planning", "days"),
    [
        (window("2026-06-25", "2026-06-25T22:00:00Z", "2026-06-26T03:00:00Z"), "on 2026-06-26"),
        (window("2026-06-25", "2026-06-24T08:00:00Z", "2026-06-24T21:00:00Z"), "on 2026-06-24"),
        (window("2026-06-25", "2026-06-26T08:00:00Z", "2026-06-27T08:00:00Z"), "from 2026-06-26 to 2026-06-27"),
        (window("2026-06-25", start="2026-06-24T21:59:00Z"), "on 2026-06-24"),
        (window("2026-06-25", end="2026-06-25T22:00:00Z"), "on 2026-06-26"),
        (window("2026-12-25", start="2026-12-24T22:59:00Z"), "on 2026-12-24"),
    ],
)
def test_a_window_on_other_days_than_the_route_date_has_a_warning(api, planning, days):
    item = api.send(planning=planning)
    assert warning_codes(item) == [WINDOW]
    day = planning["routeDate"]
    assert message(item, WINDOW[0]) == f"The time window is {days} in Europe/Berlin, and the route date is {day}."


def test_the_days_of_a_source_system_are_in_its_own_time_zone(api, erp):
    planning = window("2026-06-25", "2026-06-26T01:00:00Z", "2026-06-26T05:00:00Z")
    assert warning_codes(api.send(planning=planning)) == [WINDOW]
    erp.time_zone = "America/New_York"
    erp.save()
    assert warning_codes(api.send(planning=planning)) == []


def test_an_import_that_changes_the_external_type_has_a_warning(api):
    api.send(externalType="DeliveryOrder")
    item = api.send(externalType="Return")
    assert warning_codes(item) == [("external_type_changed", "externalType")]
    assert message(item, "external_type_changed").startswith('externalType was "DeliveryOrder" and is now "Return".')
    assert warning_codes(api.send(externalType="Return")) == []


@pytest.mark.parametrize(("before", "after"), [("", "Return"), ("Return", ""), ("Return", "Return")])
def test_an_external_type_that_is_added_or_removed_has_no_warning(api, before, after):
    api.send(externalType=before)
    assert warning_codes(api.send(externalType=after)) == []


SENT = {
    "externalId": "DEL-1",
    "title": "Delivery",
    "customer": {"email": "anna"},
    "address": ESSEN | {"postalCode": "4512", "latitude": 7.0116, "longitude": 51.4513},
    "planning": window("2026-06-25", start="2026-06-26T08:00:00Z"),
}
ALL = [COORDINATES, POSTAL_CODE, EMAIL, WINDOW]


@pytest.mark.parametrize("query", ["", "?validateOnly=true"])
def test_a_batch_and_a_rehearsal_have_the_warnings_of_a_single_import(api, query):
    single = api.post(SENT, f"/inbound/targets{query}").json()["items"][0]
    (item,) = api.post({"targets": [SENT]}, f"/inbound/targets/batch{query}").json()["items"]
    assert warning_codes(single) == ALL
    assert item["warnings"] == single["warnings"]


def test_a_rejected_target_has_only_its_errors(api):
    item = api.item(SENT | {"title": ""})
    assert error_codes(item) == [("missing_title", "title")]
    assert item["warnings"] == []


def test_the_source_gets_no_warning_about_what_staff_corrected(api):
    api.send(address={"country": "DE", "postalCode": "01067", "latitude": 51.05, "longitude": 13.74})
    corrections.correct(target=Target.objects.get(), values={"address.postalCode": "1067"}, by="dora")
    assert api.send(title="Other")["warnings"] == []
    assert Target.objects.get().warnings == ["implausible_postal_code"]
