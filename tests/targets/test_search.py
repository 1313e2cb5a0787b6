"""The search of the list of targets finds them by what identifies them, in any spelling of a phone number."""

import pytest
from django.db import connection

from targets import search
from targets.models import Target
from tests.factories import TargetFactory

LIST = "/admin/targets/target/"


def found(staff, text):
    """Return the titles of the targets that the list shows for a search."""
    return sorted(target.title for target in staff.get(LIST, {"q": text}).context["cl"].result_list)


@pytest.mark.parametrize(
    "text",
    [
        "DEL-7", "Grünwald", "gruenwald", "Ines Krüger", "krueger ines", "0731 555", "i.krueger@example.de",
        "I.Krueger", "Königstraße 5", "koenigstrasse", "89077", "ulm", "CT-9",
    ],
)  # fmt: skip
def test_a_target_is_found_by_any_field_that_identifies_it(staff, text):
    TargetFactory(
        title="Delivery", external_id="DEL-7", customer_name="Grünwald KG", customer_contact_name="Ines Krüger",
        customer_phone="0731 5550", customer_email="i.krueger@example.de", street="Königstraße 5", postal_code="89077",
        city="Ulm", contact_external_id="CT-9",
    )  # fmt: skip
    TargetFactory(
        title="Another",
        external_id="OTHER-1",
        customer_phone="0731 4440",
        customer_email="info@example.org",
        city="Köln",
    )
    assert found(staff, text) == ["Delivery"]


@pytest.mark.parametrize("stored", ["0170 1234567", "+49 170 1234567", "0049170/1234567", "+49 (0)170 123-45-67"])
@pytest.mark.parametrize(
    "typed", ["0170 123", "0170/1234567", "+49170123", "0049 170 12", "+49 (0) 170 1234567", "01701234567"]
)
def test_a_phone_number_is_found_in_any_form(staff, stored, typed):
    TargetFactory(title="Sought", customer_phone=stored)
    TargetFactory(title="Another", customer_phone="0171 1234567")
    assert found(staff, typed) == ["Sought"]


@pytest.mark.parametrize(("stored", "typed"), [("1701234567", "0170 1234567"), ("491701234567", "+49 170 1234567")])
def test_a_phone_number_is_found_whose_first_signs_a_spreadsheet_took_away(staff, stored, typed):
    TargetFactory(title="Sought", customer_phone=stored)
    assert found(staff, typed) == ["Sought"]


@pytest.mark.parametrize(
    ("stored", "typed"), [("0660 123456", "+43 660 1234"), ("+41 44 6681800", "044 668"), ("+1 212 555 0100", "001212")]
)
def test_a_phone_number_of_another_country_is_found(staff, stored, typed):
    TargetFactory(title="Sought", customer_phone=stored)
    assert found(staff, typed) == ["Sought"]


def test_a_phone_number_is_searched_together_with_words(staff):
    TargetFactory(title="Sought", customer_name="Weber", customer_phone="+49 170 1234567")
    TargetFactory(title="Another", customer_name="Klein", customer_phone="+49 170 1234567")
    assert found(staff, "weber 0170 123") == found(staff, "0170 123 weber") == ["Sought"]


def test_numbers_beside_each_other_are_words_as_well(staff):
    TargetFactory(title="Sought", street="Hauptstraße 0012", postal_code="01067")
    assert found(staff, "0012 01067") == ["Sought"]


@pytest.mark.parametrize("typed", ["30123", "170", "00", "+49", "0" * 300])
def test_digits_that_are_rather_no_number_find_none(staff, typed):
    TargetFactory(title="Delivery", customer_phone="030 1234567")
    assert found(staff, typed) == []


@pytest.mark.parametrize("typed", ["", "+", "( ) +"])
def test_a_search_without_words_finds_all(staff, typed):
    TargetFactory(title="Delivery")
    assert found(staff, typed) == ["Delivery"]


def test_many_targets_are_found_as_few_are(staff, monkeypatch):
    monkeypatch.setattr(search, "MAX_FEW", 1)
    for title in ("first", "second"):
        TargetFactory(title=title, city="Essen")
    TargetFactory(title="third", city="Ulm")
    assert (found(staff, "essen"), found(staff, "ulm")) == (["first", "second"], ["third"])


def test_the_words_of_targets_are_read_from_an_index(db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    rows = Target.objects.annotate(words=search.searched_words()).filter(words="weber")
    assert "targets_target_found_by" in rows.order_by().explain()


def test_a_search_leaves_the_settings_of_the_session_alone(db):
    search.search(Target.objects.all(), "weber")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('enable_seqscan'), current_setting('enable_indexscan')")
        assert cursor.fetchone() == ("on", "on")
