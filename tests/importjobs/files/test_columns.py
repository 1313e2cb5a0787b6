"""The columns of a table are matched with fields by their headings."""

import pytest
from django.utils import translation

from importjobs.files import columns
from importjobs.models import ColumnMatch
from targets.api.target_document import column_by_path, field_descriptions
from tests.factories import CustomFieldFactory, SourceSystemFactory, TargetTemplateFactory

pytestmark = pytest.mark.django_db


def proposed(*headings, erp=None, template=None):
    return columns.propose(headings, source_system=erp or SourceSystemFactory(), template=template)


@pytest.mark.parametrize(
    ("heading", "path"),
    [
        ("address.postalCode", "address.postalCode"),
        ("location.postalCode", "address.postalCode"),
        ("postalCode", "address.postalCode"),
        ("postal_code", "address.postalCode"),
        ("Postal Code", "address.postalCode"),
        ("PLZ", "address.postalCode"),
        ("Postleitzahl", "address.postalCode"),
        ("planning.preferredTimeWindowStart", "planning.timeWindowStartUtc"),
        ("location.defaultPriority", "location.defaultPriority"),
        ("sourceUpdatedAtUtc", "sourceUpdatedAtUtc"),
        ("sourceVersion", "sourceVersion"),
        ("templateKey", "templateKey"),
        ("operation", "operation"),
        ("externalType", "externalType"),
        ("Auftragsnummer", "externalId"),
        ("Auftrags-Nr.", "externalId"),
        ("AUFTRAGSNR", "externalId"),
        ("Belegnummer", "externalId"),
        ("Lieferschein", "externalId"),
        ("Lieferschein-Nr.", "externalId"),
        ("Kunde", "customer.name"),
        ("Kundenname", "customer.name"),
        ("Kd.-Nr.", "customer.customerNumber"),
        ("Ansprechpartner", "customer.contactName"),
        ("Tel.", "customer.phone"),
        ("Mobil", "customer.phone"),
        ("Straße", "address.street"),
        ("Strasse", "address.street"),
        ("STR.", "address.street"),
        ("Straße u. Hausnr.", "address.street"),
        ("Ort", "address.city"),
        ("Stadt", "address.city"),
        ("Land", "address.country"),
        ("Breitengrad", "address.latitude"),
        ("Laengengrad", "address.longitude"),
        ("Längengrad", "address.longitude"),
        ("Lon", "address.longitude"),
        ("Tourdatum", "planning.routeDate"),
        ("Liefertag", "planning.routeDate"),
        ("Fälligkeit", "planning.dueDate"),
        ("Zeitfenster von", "planning.timeWindowStartUtc"),
        ("Zeitfenster (bis)", "planning.timeWindowEndUtc"),
        ("Dauer (Min.)", "planning.estimatedWorkMinutes"),
        ("Dauer [min]", "planning.estimatedWorkMinutes"),
        ("Priorität", "planning.priority"),
        ("Umsatz (€)", "businessValue.expectedRevenue"),
        ("Betreff", "title"),
        ("Bemerkung", "description"),
        ("time window start", "planning.timeWindowStartUtc"),
        ("Beginn des Zeitfensters", "planning.timeWindowStartUtc"),
    ],
)
def test_a_heading_names_its_field(heading, path):
    assert proposed(heading) == {heading: path}


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("path", sorted(column_by_path()))
def test_the_label_of_the_admin_names_its_field_in_every_language(language, path):
    with translation.override(language):
        label = str(column_by_path()[path].verbose_name)
    assert proposed(label) == {label: path}


@pytest.mark.parametrize("path", [field.path for field in field_descriptions()])
def test_every_field_is_named_by_its_path_in_any_writing(path):
    spaced = path.replace(".", " ")
    assert proposed(path) == {path: path}
    assert proposed(spaced.upper()) == {spaced.upper(): path}


@pytest.mark.parametrize("heading", ["Farbe", "Nr.", "€", "name2", "Vorgang", "Fehler", "Error"])
def test_a_heading_that_names_no_field_is_ignored(heading):
    assert proposed(heading) == {heading: None}


@pytest.mark.parametrize("heading", ["Updated at", "updated_at", "Geändert am", "Letzte Änderung"])
def test_a_time_of_a_change_is_no_version_unless_somebody_says_so(heading):
    assert proposed(heading) == {heading: None}


def test_the_better_match_gets_the_field_and_the_other_column_stays_free():
    assert proposed("Name", "Kunde", "Mobil", "Telefon") == {
        "Name": None,
        "Kunde": "customer.name",
        "Mobil": None,
        "Telefon": "customer.phone",
    }


def test_a_path_is_better_than_a_common_heading():
    assert proposed("PLZ", "address.postalCode") == {"PLZ": None, "address.postalCode": "address.postalCode"}


@pytest.mark.parametrize("heading", ["Gewicht (kg)", "weight_kg", "customFields.weight_kg", "GEWICHT"])
def test_custom_fields_are_named_by_label_key_and_path(heading):
    field = CustomFieldFactory(key="weight_kg", label="Gewicht")
    assert proposed(heading, template=field.template) == {heading: "customFields.weight_kg"}


def test_a_label_of_the_template_is_better_than_a_declared_name():
    field = CustomFieldFactory(key="note", label="Bemerkung")
    assert proposed("Bemerkung", template=field.template) == {"Bemerkung": "customFields.note"}


def test_a_remembered_match_wins_over_every_name(erp):
    columns.remember(erp, {"PLZ": "address.city", "Kunde": None, "Fach": "title"})
    found = proposed("plz", "KUNDE", "Fach", "Ort", erp=erp)
    assert found == {"plz": "address.city", "KUNDE": None, "Fach": "title", "Ort": None}


def test_a_remembered_match_of_another_source_system_does_not_count(erp):
    columns.remember(SourceSystemFactory(), {"PLZ": "title"})
    assert proposed("PLZ", erp=erp) == {"PLZ": "address.postalCode"}


def test_a_remembered_field_that_the_template_lacks_is_proposed_anew(erp):
    columns.remember(erp, {"PLZ": "customFields.gone"})
    assert proposed("PLZ", erp=erp, template=TargetTemplateFactory()) == {"PLZ": "address.postalCode"}


def test_remembering_again_replaces_the_field_of_a_heading_only(erp):
    columns.remember(erp, {"Fach": "title", "Etage": "description"})
    columns.remember(erp, {"FACH": "externalId", "€": "title"})
    stored = dict(ColumnMatch.objects.values_list("heading", "path"))
    assert stored == {"fach": "externalId", "etage": "description"}


def test_the_choices_are_grouped_and_in_the_users_language():
    field = CustomFieldFactory(key="weight_kg", label="Gewicht", template__name="Lieferung")
    with translation.override("de"):
        groups = dict(columns.grouped_choices(field.template))
        flat = dict(columns.choices(field.template))
    assert ("address.city", "Ort") in groups["Adresse"]
    assert groups["Lieferung"] == [("customFields.weight_kg", "Gewicht")]
    assert flat["customer.phone"] == "Kunde: Telefon"


def test_every_proposed_path_can_be_chosen():
    choices = dict(columns.choices(None))
    assert set(choices) == {field.path for field in field_descriptions()} | {"address.houseNumber"}
    assert "address.city" in choices


def test_columns_without_problems_have_none():
    assert columns.problems({"Auftrag": "externalId", "Ort": "address.city", "Farbe": None}) == []


def test_a_missing_external_id_is_a_problem():
    [problem] = columns.problems({"Ort": "address.city"})
    assert problem == "No column holds the external id. Choose the column with the number of the order."


def test_a_field_with_two_columns_is_a_problem_that_names_both():
    [problem] = columns.problems({"Auftrag": "externalId", "Ort": "address.city", "Stadt": "address.city"})
    assert "“Ort”, “Stadt”" in problem


@pytest.mark.parametrize(
    ("heading", "path"),
    [
        ("Dauer (Minuten)", "planning.estimatedWorkMinutes"),
        ("Dauer (h)", None),
        ("Dauer [Std.]", None),
        ("Gewicht (KG)", "customFields.weight"),
        ("Gewicht (g)", None),
        ("Gewicht (t)", None),
        ("Betrag (EUR)", "businessValue.expectedRevenue"),
    ],
)
def test_a_heading_with_another_unit_than_the_field_names_no_field(erp, heading, path):
    field = CustomFieldFactory(key="weight", label="Gewicht", type="decimal", unit="kg")
    assert columns.propose([heading], source_system=erp, template=field.template) == {heading: path}


def test_a_remembered_heading_is_not_used_for_another_unit(erp):
    columns.remember(erp, {"Dauer (min)": "planning.estimatedWorkMinutes"})
    assert columns.propose(["Dauer (h)"], source_system=erp, template=None) == {"Dauer (h)": None}


def test_the_address_of_the_delivery_wins_over_that_of_the_invoice():
    found = proposed("Kunde", "Straße", "PLZ", "Ort", "Lieferadresse", "Liefer-PLZ", "Lieferort")
    assert (found["Lieferadresse"], found["Liefer-PLZ"]) == ("address.street", "address.postalCode")
    assert (found["Lieferort"], found["Straße"], found["PLZ"], found["Ort"]) == ("address.city", None, None, None)


def test_no_address_is_put_together_of_two():
    found = proposed("Straße", "PLZ", "Ort", "Lieferadresse", "Lieferort")
    assert (found["PLZ"], found["Lieferadresse"], found["Lieferort"]) == (None, "address.street", "address.city")
    assert proposed("Straße", "PLZ", "Liefer-Ort") == {
        "Straße": "address.street", "PLZ": "address.postalCode", "Liefer-Ort": "address.city"
    }  # fmt: skip


@pytest.mark.parametrize(
    ("headings", "paths"),
    [
        (
            ["Warenempfänger", "Name des Warenempfängers", "Ort des Warenempfängers"],
            [None, "customer.name", "address.city"],
        ),
        (["Sell-to Customer No.", "Ship-to Post Code"], ["customer.customerNumber", "address.postalCode"]),
        (
            ["shippingStreet", "shippingZipcode", "billingStreet"],
            ["address.street", "address.postalCode", None],
        ),
        (["Order No.", "Requested Delivery Date"], ["externalId", "planning.routeDate"]),
    ],
)
def test_the_headings_of_known_programs_are_recognised(headings, paths):
    assert list(proposed(*headings).values()) == paths


def test_a_custom_field_of_another_template_is_found_by_its_path_and_converted_by_its_type(erp):
    field = CustomFieldFactory(template=TargetTemplateFactory(key="visit"), key="floor", type="integer", label="Floor")
    found = columns.propose(["externalId", field.path, "Floor"], source_system=erp, template=None)
    assert found == {"externalId": "externalId", field.path: field.path, "Floor": None}
    assert (field.path, f"Custom fields of other templates: Floor ({field.template.name})") in columns.choices(None)
