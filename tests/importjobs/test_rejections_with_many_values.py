"""Items whose values differ, but are wrong in the same way, are one cause. Each value is corrected by its own."""

import re

import pytest
from django.urls import reverse

from importjobs.admin import cause_forms
from importjobs.models import ImportItem
from targets.models import Target
from tests.factories import CustomFieldFactory

CAUSES = "/admin/importjobs/importitem/causes/"
MANY = "/admin/importjobs/importitem/replay-many/"
WEIGHTS = ["12,5", "12,5", "30 kg", "1.234", "heavy"]


@pytest.fixture
def weight(delivery_stop):
    return CustomFieldFactory(template=delivery_stop, key="weight", label="Weight", type="decimal", unit="kg")


@pytest.fixture
def weights(api, weight):
    """Import stops with texts for a number. "1.234" is accepted, the others are rejected."""
    targets = [
        {"externalId": f"W-{n}", "title": "A", "templateKey": "delivery_stop", "customFields": {"weight": text}}
        for n, text in enumerate(WEIGHTS)
    ]
    api.post({"targets": targets}, "/inbound/targets/batch")


def only_cause(staff):
    (row,) = staff.get(CAUSES).context["causes"]
    return row


def url_of(staff):
    return reverse("admin:importjobs_importitem_cause", args=[only_cause(staff).cause.key])


def shown(staff):
    """Return what the input of each sent value is filled with, and the name of the input."""
    rows = staff.get(url_of(staff)).context["each_form"].rows()
    return {row.text: (row.input.value(), row.input.html_name) for row in rows}


def correct(staff, **values):
    names = {text: name for text, (_filled, name) in shown(staff).items()}
    return staff.post(url_of(staff), {"_each": ""} | {names[text]: new for text, new in values.items()})


def replay(staff, check):
    form = check.context["form"]
    names = ("items", "changes", "changes_of_items", "back")
    return staff.post(MANY, {name: form[name].value() for name in names}, follow=True)


def stored():
    return {t.external_id: float(t.custom_fields["weight"]) for t in Target.objects.order_by("external_id")}


def test_texts_for_a_number_are_one_cause_whatever_they_are(staff, weights):
    cause = only_cause(staff).cause
    assert (cause.field, cause.items, cause.values) == ("customFields.weight", 4, 3)


def test_the_cause_is_told_with_examples_and_what_is_accepted(staff, weights):
    page = " ".join(staff.get(CAUSES).content.decode().split())
    assert "Weight: Value of a custom field not usable</a>" in page
    assert "3 different values, such as “12,5”, “30 kg”, “heavy”. Accepted: a number" in page


def test_each_value_has_an_input_that_is_filled_where_it_can_mean_only_one_number(staff, weights):
    assert {text: filled for text, (filled, _name) in shown(staff).items()} == {
        "12,5": "12.5",
        "30 kg": "30",
        "heavy": "",
    }


def test_no_input_for_one_value_of_all_is_shown(staff, weights):
    page = staff.get(url_of(staff)).content.decode()
    assert "Correct each value" in page
    assert "Correct the value of all" not in page


def test_each_value_is_replaced_by_its_own_in_one_replay(staff, weights):
    check = correct(staff, **{"12,5": "12.5", "30 kg": "30", "heavy": "99"})
    assert "Weight (kg): &quot;heavy&quot; becomes &quot;99&quot; in 1 item." in check.content.decode()
    assert "Replayed: Created: 4." in replay(staff, check).content.decode()
    assert stored() == {"W-0": 12.5, "W-1": 12.5, "W-2": 30, "W-3": 1.234, "W-4": 99}


def test_a_typed_value_is_kept_if_more_frequent_values_arrive_meanwhile(staff, api, weights):
    names = {text: name for text, (_filled, name) in shown(staff).items()}
    later = [
        {"externalId": f"L-{n}", "title": "A", "templateKey": "delivery_stop", "customFields": {"weight": f"m{n // 5}"}}
        for n in range(5 * cause_forms.MAX_VALUES)
    ]
    api.post({"targets": later}, "/inbound/targets/batch")
    check = staff.post(url_of(staff), {"_each": "", names["heavy"]: "99"})
    assert "&quot;heavy&quot; becomes &quot;99&quot; in 1 item." in check.content.decode()


def test_a_value_whose_input_is_empty_stays_open(staff, weights):
    replay(staff, correct(staff, **{"12,5": "12.5", "30 kg": "", "heavy": ""}))
    assert stored() == {"W-0": 12.5, "W-1": 12.5, "W-3": 1.234}
    assert only_cause(staff).cause.items == 2


def test_nothing_is_checked_if_every_input_is_empty(staff, weights):
    answer = correct(staff, **{"12,5": "", "heavy": "heavy"})
    assert "Enter a new value for at least one of the sent values." in answer.content.decode()


def test_a_value_that_is_refused_again_offers_no_replay_of_its_items(staff, weights):
    check = correct(staff, **{"12,5": "12.5", "heavy": "very"})
    assert "1 item would be rejected again." in check.content.decode()
    assert re.search(r">\s*Replay 2 items", check.content.decode())


@pytest.mark.parametrize(("language", "filled"), [("de", "12,5"), ("en", "12.5")])
def test_one_repeated_value_is_corrected_for_all_from_its_reading(staff, api, weight, language, filled):
    for number in range(2):
        api.post(
            {
                "externalId": f"A-{number}",
                "title": "A",
                "templateKey": "delivery_stop",
                "customFields": {"weight": "12,5"},
            }
        )
    staff.cookies["django_language"] = language
    form = staff.get(url_of(staff)).context["correct_form"]
    assert form["value"].value() == filled
    check = staff.post(url_of(staff), {"_correct": "", "value": filled})
    assert check.context["accepted"] == 2


def test_dates_in_other_spellings_are_filled_in(staff, api):
    for day in ("31.12.2026", "30.12.26", "05/06/2026"):
        api.post({"externalId": day, "title": "A", "planning": {"routeDate": day}})
    assert {text: filled for text, (filled, _name) in shown(staff).items()} == {
        "31.12.2026": "2026-12-31", "30.12.26": "2026-12-30", "05/06/2026": "",
    }  # fmt: skip


def test_country_names_are_filled_in_by_their_codes(staff, api):
    for country in ("Deutschland", "Austria", "Nowhere"):
        api.post({"externalId": country, "title": "A", "address": {"country": country}})
    assert {text: filled for text, (filled, _name) in shown(staff).items()} == {
        "Deutschland": "DE", "Austria": "AT", "Nowhere": "",
    }  # fmt: skip


def test_more_values_than_the_table_has_follow_later(staff, weights, monkeypatch):
    monkeypatch.setattr(cause_forms, "MAX_VALUES", 1)
    assert list(shown(staff)) == ["12,5"]
    assert "2 further values follow" in staff.get(url_of(staff)).content.decode()


def test_items_of_all_values_are_dismissed_together(staff, weights):
    staff.post(url_of(staff), {"_dismiss": "", "note": "Test data"})
    assert ImportItem.objects.filter(handling="Dismissed").count() == 4


@pytest.mark.parametrize(
    "forged", ["[1]", '[{"items":["x"],"changes":{}}]', '[{"items":[1],"changes":{"externalId":"B"}}]']
)
def test_forged_changes_of_items_replay_nothing(staff, weights, forged):
    item = ImportItem.objects.filter(status="Rejected").first()
    answer = staff.post(MANY, {"items": item.pk, "changes_of_items": forged}, follow=True)
    assert "Choose the items again." in answer.content.decode()
    assert ImportItem.objects.filter(handled_at=None, status="Rejected").count() == 4
