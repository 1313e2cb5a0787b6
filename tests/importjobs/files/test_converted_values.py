"""A cell becomes the value that the API reads, by the type of its field. What is not certain stays as it is."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest

from targets.api.target_document import TargetDocumentSerializer
from tests.importjobs.files.converters import converted, converted_cell

REVENUE, MINUTES = "businessValue.expectedRevenue", "planning.estimatedWorkMinutes"
LATITUDE, FIXED, DAY = "address.latitude", "planning.fixedTime", "planning.routeDate"


@pytest.mark.parametrize(
    ("numbers", "cell", "value"),
    [
        ("german", "1.234,56", "1234.56"),
        ("german", "1.234", "1234"),
        ("german", "1.234.567,8", "1234567.8"),
        ("german", "12.50", "12.50"),
        ("german", "0.500", "0.500"),
        ("german", "0,1", "0.1"),
        ("german", " 1 234,5 ", "1234.5"),
        ("german", "1\u202f234,5", "1234.5"),
        ("german", "1'234.50", "1234.50"),
        ("german", "1.234,56 €", "1234.56"),
        ("german", "EUR 99,90", "99.90"),
        ("german", "99,90 EUR", "99.90"),
        ("german", "5,00-", "-5.00"),
        ("german", "1,234.56", "1,234.56"),
        ("german", "1.23,4", "1.23,4"),
        ("german", "ca. 100", "ca. 100"),
        ("english", "1,234.56", "1234.56"),
        ("english", "1,234", "1234"),
        ("english", "1.234", "1.234"),
        ("english", "1.234,56", "1.234,56"),
        ("english", "1,5", "1,5"),
        ("english", "€12.50", "12.50"),
        ("german", 0.1, "0.1"),
        ("german", 0.1 + 0.2, "0.3"),
        ("german", 2500.0, "2500"),
        ("german", 1e15, "1000000000000000"),
        ("german", 7, 7),
    ],
)
def test_amounts_are_exact_and_follow_the_number_style_of_the_file(numbers, cell, value):
    assert converted_cell(REVENUE, cell, numbers=numbers) == value


@pytest.mark.parametrize(
    ("path", "cell", "value"),
    [
        ("sourceVersion", 8.0, 8),
        ("sourceVersion", "8.0", "8"),
        ("sourceVersion", "8,0", "8"),
        ("sourceVersion", "1.234", "1234"),
        ("sourceVersion", "8,5", "8.5"),
        ("businessValue.closeProbability", "80 %", "80"),
        ("businessValue.closeProbability", "80%", "80"),
        ("businessValue.closeProbability", 0.8, "0.8"),
        (MINUTES, "45 min", "45"),
        (MINUTES, "45 Minuten", "45"),
        (MINUTES, "45,0", "45"),
        (MINUTES, "0:45", 45),
        (MINUTES, "01:30:00", 90),
        (MINUTES, "1,5 h", 90),
        (MINUTES, "1 Std. 15 Min.", 75),
        (MINUTES, time(0, 45), 45),
        (MINUTES, timedelta(hours=2), 120),
        (MINUTES, datetime.fromisoformat("1899-12-31 00:20"), 20),
        (MINUTES, 30.0, 30),
        (MINUTES, "30-40", "30-40"),
        (LATITUDE, "51,4508", "51.4508"),
        (LATITUDE, "51.451", "51.451"),
        (LATITUDE, "51,4508° N", "51.4508"),
        ("address.longitude", "7.0131 W", "-7.0131"),
        (LATITUDE, 51.4508, "51.4508"),
        (LATITUDE, "51.450.800", "51.450.800"),
    ],
)
def test_whole_numbers_durations_and_degrees_are_read(path, cell, value):
    assert converted_cell(path, cell) == value


@pytest.mark.parametrize(
    ("path", "cell", "value"),
    [
        ("externalId", 4711.0, "4711"),
        ("externalId", 1.5e11, "150000000000"),
        ("externalId", "0815", "0815"),
        ("externalId", "4,00639E+12", Decimal("4.00639E+12")),
        ("externalId", 3.40123456789012e17, Decimal("3.40123456789012e17")),
        ("customer.phone", 4920155501.0, "4920155501"),
        ("customer.phone", "+49 201 555010", "+49 201 555010"),
        ("title", 12.5, "12.5"),
        ("title", 2026, "2026"),
        ("title", date(2026, 12, 31), "2026-12-31"),
        ("title", True, "true"),
    ],
)
def test_ids_and_texts_keep_their_digits(path, cell, value):
    assert converted_cell(path, cell) == value


@pytest.mark.parametrize("cell", ["4,00639E+12", 3.40123456789012e17])
def test_an_id_whose_digits_excel_lost_is_rejected_by_the_import(cell):
    [error] = TargetDocumentSerializer.read(converted({"externalId": cell})).errors
    assert (error.field, error.code) == ("externalId", "invalid_external_id")


@pytest.mark.parametrize("cell", [True, "WAHR", "wahr", "ja", "Ja", "x", "X", "J", "1", 1, 1.0, "true"])
def test_words_for_yes_are_true(cell):
    assert converted_cell(FIXED, cell) is True


@pytest.mark.parametrize("cell", [False, "FALSCH", "nein", "N", "0", 0, 0.0, "false"])
def test_words_for_no_are_false(cell):
    assert converted_cell(FIXED, cell) is False


def test_another_word_is_left_to_the_import_to_reject():
    assert converted_cell(FIXED, "vielleicht") == "vielleicht"


@pytest.mark.parametrize(
    ("path", "cell", "value"),
    [
        ("planning.priority", "niedrig", "Low"),
        ("planning.priority", "Normal", "Medium"),
        ("planning.priority", "HOCH", "High"),
        ("planning.priority", " dringend ", "Urgent"),
        ("planning.priority", "sehr  hoch", "Urgent"),
        ("planning.priority", "medium", "Medium"),
        ("planning.priority", 1, "1"),
        ("location.defaultPriority", "hoch", "High"),
        ("operation", "anlegen", "create"),
        ("operation", "Ändern", "update"),
        ("operation", "Storno", "cancel"),
        ("operation", "UPSERT", "upsert"),
        ("operation", "löschen", "löschen"),
        ("address.country", "Deutschland", "DE"),
        ("address.country", "D", "DE"),
        ("address.country", "A", "AT"),
        ("address.country", "CH", "CH"),
        ("address.country", "de", "DE"),
        ("address.country", "AUT", "AT"),
        ("address.country", "Österreich", "AT"),
        ("address.country", "Atlantis", "Atlantis"),
    ],
)
def test_words_of_german_offices_become_those_of_the_api(path, cell, value):
    assert converted_cell(path, cell) == value


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"address.postalCode": 1067.0, "address.country": "D"}, "01067"),
        ({"address.postalCode": "1067"}, "01067"),
        ({"address.postalCode": 45127}, "45127"),
        ({"address.postalCode": 1010, "address.country": "Österreich"}, "1010"),
        ({"address.postalCode": 8000.0, "address.country": "CH"}, "8000"),
        ({"address.postalCode": 1234, "address.country": "Atlantis"}, "1234"),
        ({"address.postalCode": "1234 AB", "address.country": "NL"}, "1234 AB"),
        ({"address.postalCode": 123}, "123"),
    ],
)
def test_postal_codes_get_back_the_zero_that_their_country_asks_for(cells, code):
    assert converted(cells)["address"]["postalCode"] == code


def test_a_source_system_outside_germany_restores_no_zero_without_a_country():
    assert converted_cell("address.postalCode", 1010, time_zone="Europe/Vienna") == "1010"


def test_the_country_of_the_templates_defaults_counts_for_rows_without_one(delivery_stop):
    delivery_stop.defaults = {"address": {"country": "AT"}}
    assert converted_cell("address.postalCode", 1010, template=delivery_stop) == "1010"


def test_empty_cells_are_left_out_so_that_they_clear_nothing():
    cells = {"externalId": "A-1", "title": None, "description": "", "address.city": "  ", DAY: None}
    assert converted(cells) == {"externalId": "A-1"}


def test_a_row_with_fewer_cells_than_headings_lacks_the_last_fields():
    assert converted({"externalId": "A-1"}) == {"externalId": "A-1"}


@pytest.mark.parametrize(
    ("street", "number", "joined"),
    [
        ("Domstr.", "12a", "Domstr. 12a"),
        ("Domstr.", 12, "Domstr. 12"),
        ("Domstr. 12", "12", "Domstr. 12"),
        ("Domstr. 12", None, "Domstr. 12"),
        (None, "12", "12"),
    ],
)
def test_a_house_number_of_its_own_column_is_added_to_the_street(street, number, joined):
    assert converted({"address.street": street, "address.houseNumber": number})["address"] == {"street": joined}


def test_a_faulty_house_number_is_not_lost():
    assert converted({"address.street": "Domstr.", "address.houseNumber": "#NV"})["address"] == {"street": ["#NV"]}
