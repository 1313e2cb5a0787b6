import json

import pytest
from django.urls import reverse

from templates.models import TargetTemplate


@pytest.fixture
def save(staff, delivery_stop):
    def post(defaults=None, fields=()):
        """Saves the template with these fields beside those it has."""
        stored = list(delivery_stop.fields.all())
        data = {"name": "Delivery stop", "active": "on", "defaults": json.dumps(defaults or {})}
        data |= {"fields-TOTAL_FORMS": len(stored) + len(fields), "fields-INITIAL_FORMS": len(stored)}
        rows = [{"id": f.pk, "key": f.key, "label": f.label, "type": f.type, "choices": ""} for f in stored]
        for number, row in enumerate([*rows, *fields]):
            row = {"position": number, "active": "on", "template": delivery_stop.pk} | row
            data |= {f"fields-{number}-{name}": value for name, value in row.items()}
        return staff.post(reverse("admin:templates_targettemplate_change", args=[delivery_stop.pk]), data)

    return post


def test_fields_are_edited_on_the_page_of_their_template(save, delivery_stop):
    row = {"key": "bay", "label": "Bay", "type": "choice", "choices": "A,B"}
    assert save(fields=[row]).status_code == 302
    assert delivery_stop.fields.get(key="bay").choices == ["A", "B"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"key": "bay", "label": "Bay", "type": "choice", "choices": ""}, "has choices, and no other has"),
        ({"key": "bay", "label": "Bay", "type": "text", "choices": "A"}, "has choices, and no other has"),
        ({"key": "a bay", "label": "Bay", "type": "text", "choices": ""}, "A key starts with"),
        ({"key": "package_count", "label": "Again", "type": "text", "choices": ""}, "duplicate"),
    ],
)
def test_a_field_that_makes_no_sense_is_refused(save, delivery_stop, row, message):
    assert message in save(fields=[row]).content.decode()
    assert delivery_stop.fields.count() == 4


def test_defaults_that_fit_are_stored(save, delivery_stop):
    defaults = {"planning": {"priority": "Low"}, "customFields": {"package_count": "1"}}
    assert save(defaults).status_code == 302
    assert TargetTemplate.objects.get().defaults == defaults


@pytest.mark.parametrize(
    ("defaults", "message"),
    [
        ({"planning": {"priority": "low"}}, "planning.priority must be one of"),
        ({"planing": {}}, "planing is not known"),
        ({"externalId": "DEL-1"}, "externalId is the import"),
        ({"customFields": {"package_count": "many"}}, "customFields.package_count must be a whole number"),
        ({"customFields": {"pakages": "1"}}, "customFields.pakages is not a field"),
        ([1], "must be an object"),
    ],
)
def test_defaults_that_would_spoil_every_new_target_are_refused(save, defaults, message):
    assert message in save(defaults).content.decode()
    assert TargetTemplate.objects.get().defaults == {}
