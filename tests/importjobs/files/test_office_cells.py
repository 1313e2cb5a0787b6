"""Converting cells that are no values, and numbers that may be several."""

import pytest

from tests.importjobs.files.converters import converted, converted_cell


@pytest.mark.parametrize("text", ["#N/A", "#NV", " #BEZUG! ", "#DIV/0!", "#NAME?", "########", "Err:502"])
@pytest.mark.django_db
@pytest.mark.parametrize("path", ["externalId", "customer.phone", "address.city", "customFields.box"])
def test_the_error_of_a_formula_is_no_text(path, text):
    assert converted_cell(path, text) == [text]


@pytest.mark.parametrize("text", ["Summe", "Gesamt:", " Zwischensumme ", "Grand Total", "* Summe"])
def test_the_heading_of_a_total_is_no_external_id(text):
    assert converted({"externalId": text, "title": text}) == {"externalId": [text], "title": text}


@pytest.mark.parametrize("text", ["Summe-1", "Total 2026", "S"])
def test_an_id_with_the_word_of_a_total_is_one(text):
    assert converted_cell("externalId", text) == text


@pytest.mark.parametrize("text", ["#12", "# 5", "#NV 3", "Nr. #1", "#Hashtag", "##"])
def test_other_text_with_a_hash_is_text(text):
    assert converted_cell("title", text) == text


@pytest.mark.parametrize("cell", [101226, "101226", 51226, "51226", "051226", 41226, 31226.0])
def test_a_number_that_may_be_a_day_without_points_is_no_serial_date(cell):
    assert converted_cell("planning.routeDate", cell) == str(cell).removesuffix(".0")


@pytest.mark.parametrize(("serial", "day"), [(41275, "2013-01-01"), ("46387", "2026-12-31"), (50040.0, "2036-12-31")])
def test_a_number_of_a_near_year_is_a_serial_date(serial, day):
    assert converted_cell("planning.routeDate", serial) == day


@pytest.mark.parametrize("text", ["00.00.0000", "00000000", "0000-00-00", " 00.00.0000 "])
def test_the_day_that_sap_writes_for_none_is_empty(text):
    row = {"externalId": "1", "planning.routeDate": text, "planning.dueAtUtc": text}
    assert converted(row) == {"externalId": "1"}


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("address.postalCode", "1067.0", "01067"),
        ("address.postalCode", "80331.0", "80331"),
        ("customer.phone", "301234567.0", "301234567"),
        ("externalId", "4711.0", "4711.0"),
    ],
)
def test_whole_numbers_with_a_decimal_point_are_digits_where_no_point_can_be(path, text, expected):
    assert converted_cell(path, text, time_zone="Europe/Berlin") == expected


def test_a_number_that_was_shortened_to_powers_of_ten_is_no_id():
    assert str(converted_cell("customer.customerNumber", "4.01235e+12")) == "4.01235E+12"
