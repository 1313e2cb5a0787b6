"""The admin pages of templates: custom fields, defaults, and the page with example payloads."""

import html
import json
import re

import pytest
from django.urls import reverse

from templates.models import CustomField, TargetTemplate
from tests.factories import CustomFieldFactory, TargetTemplateFactory
from tests.forms import unchanged_form_data


@pytest.fixture
def save(staff, delivery_stop):
    def post(defaults=None, fields=()):
        """Save the template with these fields added to its own."""
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
        (
            {"key": "bay", "label": "Bay", "type": "choice", "choices": ""},
            "must have choices; other types have none.",
        ),
        (
            {"key": "bay", "label": "Bay", "type": "text", "choices": "A"},
            "must have choices; other types have none.",
        ),
        ({"key": "a bay", "label": "Bay", "type": "text", "choices": ""}, "A key starts with"),
        ({"key": "package_count", "label": "Again", "type": "text", "choices": ""}, "duplicate"),
    ],
)
def test_an_invalid_field_is_refused(save, delivery_stop, row, message):
    assert message in save(fields=[row]).content.decode()
    assert delivery_stop.fields.count() == 4


def test_valid_defaults_are_stored(save, delivery_stop):
    defaults = {"planning": {"priority": "Low"}, "customFields": {"package_count": "1"}}
    assert save(defaults).status_code == 302
    assert TargetTemplate.objects.get().defaults == defaults


@pytest.mark.parametrize(
    ("defaults", "message"),
    [
        ({"planning": {"priority": "low"}}, "planning.priority must be one of"),
        ({"planing": {}}, "planing is not known"),
        ({"externalId": "DEL-1"}, "externalId differs with each import"),
        ({"customFields": {"package_count": "many"}}, "customFields.package_count must be a whole number"),
        ({"customFields": {"pakages": "1"}}, "customFields.pakages is not a field"),
        ({"customFields": [1]}, "customFields must be an object"),
        ({"customFields": "x"}, "customFields must be an object"),
        ([1], "must be an object"),
    ],
)
def test_defaults_that_no_import_could_send_are_refused(save, defaults, message):
    assert message in save(defaults).content.decode()
    assert TargetTemplate.objects.get().defaults == {}


class TestACustomFieldInUse:
    @pytest.fixture(autouse=True)
    def _in_use(self, api, delivery_stop):
        for number, count in enumerate(["8", "8", "9"]):
            api.send(f"DEL-{number}", templateKey="delivery_stop", customFields={"package_count": count})
            api.send(f"DEL-{number}", customFields={"delivery_note": f"{count} parcels"})

    def change(self, staff, template, field, save_anyway=None, **changed):
        url = reverse("admin:templates_targettemplate_change", args=[template.pk])
        posted = filled_in_with_inlines(staff, url) | ({"save_anyway": "yes"} if save_anyway else {})
        (row,) = {name.removesuffix("key") for name, value in posted.items() if (name[-4:], value) == ("-key", field)}
        return staff.post(url, posted | {row + name: value for name, value in changed.items()})

    @pytest.mark.parametrize("changed", [{"key": "packages"}, {"DELETE": "on"}])
    def test_cannot_be_renamed_or_deleted(self, staff, delivery_stop, changed):
        response = self.change(staff, delivery_stop, "package_count", **changed)
        assert "cannot be renamed or deleted. Deactivate the field instead." in html.unescape(response.content.decode())
        assert delivery_stop.fields.filter(key="package_count").exists()

    def test_can_be_deactivated(self, staff, delivery_stop):
        assert self.change(staff, delivery_stop, "package_count", active="").status_code == 302
        assert not delivery_stop.fields.get(key="package_count").active

    @pytest.mark.parametrize("changed", [{"key": "weight"}, {"DELETE": "on"}])
    def test_differs_from_an_unused_field_which_can_be_renamed_and_deleted(self, staff, delivery_stop, changed):
        assert self.change(staff, delivery_stop, "delivery_weight_kg", **changed).status_code == 302
        assert not delivery_stop.fields.filter(key="delivery_weight_kg").exists()

    def test_asks_before_a_change_of_type_that_stored_values_do_not_fit(self, staff, delivery_stop):
        response = self.change(staff, delivery_stop, "delivery_note", type="choice", choices="9 parcels")
        message = '2 of 3 stored values of "delivery_note" do not fit the type Choice, such as "8 parcels".'
        assert message in html.unescape(response.content.decode())
        assert delivery_stop.fields.get(key="delivery_note").type == "text"

    def test_changes_its_type_if_staff_confirm(self, staff, delivery_stop, api):
        self.change(staff, delivery_stop, "delivery_note", True, type="choice", choices="9 parcels")
        assert delivery_stop.fields.get(key="delivery_note").type == "choice"
        assert api.target("DEL-0")["customFields"]["delivery_note"] == "8 parcels"

    def test_changes_to_a_type_that_all_values_fit_without_asking(self, staff, delivery_stop):
        assert self.change(staff, delivery_stop, "package_count", type="text").status_code == 302


def filled_in_with_inlines(staff, url):
    """Return what the browser posts if nothing was changed."""
    (formset,) = (inline.formset for inline in staff.get(url).context["inline_admin_formsets"])
    posted = unchanged_form_data(staff, url) | {
        "fields-TOTAL_FORMS": formset.initial_form_count(),
        "fields-INITIAL_FORMS": formset.initial_form_count(),
    }
    for form in formset.initial_forms:
        for bound in form:
            value = bound.value()
            if value is True:
                posted[bound.html_name] = "on"
            elif value is not None and value is not False:
                posted[bound.html_name] = ",".join(value) if isinstance(value, list) else value
    return posted


class TestTheExamplePayloads:
    @pytest.fixture
    def payloads(self, staff, erp):
        template = TargetTemplateFactory(key="every_type")
        for kind in CustomField.Type.values:
            choices = ["A", "B"] if kind == "choice" else []
            CustomFieldFactory(template=template, key=kind, type=kind, choices=choices, required=kind < "d")
        CustomFieldFactory(template=template, key="gone", active=False)
        response = staff.get(
            reverse("admin:templates_targettemplate_change", args=[template.pk]).replace("change", "payload")
        )
        blocks = re.findall(r'<pre id="\w+"[^>]*>(.*?)</pre>', response.content.decode(), re.DOTALL)
        return [json.loads(html.unescape(block)) for block in blocks]

    def test_are_accepted_by_the_api_without_a_warning(self, api, payloads):
        complete, minimal = payloads
        assert set(complete["customFields"]) == set(CustomField.Type.values)
        assert api.item(complete | {"externalId": "A"}) | {"targetId": 0} == {
            "externalId": "A", "status": "Created", "targetId": 0, "warnings": [],
        }  # fmt: skip
        assert set(minimal["customFields"]) == {"boolean", "choice"}
        assert api.item(minimal | {"externalId": "B"})["status"] == "Created"


def test_the_key_of_a_template_cannot_be_changed(staff, delivery_stop):
    page = reverse("admin:templates_targettemplate_change", args=[delivery_stop.pk])
    no_fields = {"fields-TOTAL_FORMS": 0, "fields-INITIAL_FORMS": 0}
    staff.post(page, {"key": "another", "name": "Renamed", "active": "on", "defaults": "{}"} | no_fields)
    delivery_stop.refresh_from_db()
    assert (delivery_stop.key, delivery_stop.name) == ("delivery_stop", "Renamed")


def test_a_template_that_targets_use_cannot_be_deleted(staff, api, delivery_stop):
    api.send(templateKey="delivery_stop")
    staff.post(reverse("admin:templates_targettemplate_delete", args=[delivery_stop.pk]), {"post": "yes"})
    assert TargetTemplate.objects.filter(pk=delivery_stop.pk).exists()
