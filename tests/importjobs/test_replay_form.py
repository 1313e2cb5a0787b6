"""Staff mend a rejected item in a form. What they do not touch stays as it was sent."""

import html
import json
import re

import pytest
from django.db import connection
from django.urls import reverse

from importjobs.models import ImportItem
from targets.models import Target
from tests.factories import CustomFieldFactory

SENT = (
    '{"title": "Delivery", "externalId": "DEL-1", "templateKey": "delivery_stop", "x-unknown": {"b": 1, "a": 1.50}, '
    '"businessValue": {"expectedRevenue": 12345678901234567.890}, "location": {"country": "XX", "city": "Essen"}, '
    '"planning": {"timeWindowStartUtc": "2026-06-25T08:00:00Z", "fixedTime": "ja", "priority": "soon"}, '
    '"customFields": {"unloading": "crane", "package_count": 8}}'
)


@pytest.fixture
def item(api, delivery_stop):
    CustomFieldFactory(
        template=delivery_stop, key="unloading", label="Unloading", type="choice", choices=["ramp"], help="How?"
    )
    delivery_stop.fields.filter(key="package_count").update(label="Packages", unit="pcs")
    api.post(SENT)
    return ImportItem.objects.get()


def url(item):
    return reverse("admin:importjobs_importitem_replay_this", args=[item.pk])


def page(staff, item):
    return staff.get(url(item)).context["form"]


def inputs(form):
    """Return what a browser would send without any change."""
    posted = {bound.html_name: bound.value() for bound in form if bound.html_name != "over_newer"}
    posted["payload"] = form.fields["payload"].prepare_value(posted["payload"])
    return {name: "" if value is None else value for name, value in posted.items()}


def send(staff, item, button="_check", form=None, **values):
    changed = {f"value:{path.replace('__', '.')}": value for path, value in values.items()}
    return staff.post(url(item), inputs(form or page(staff, item)) | changed | {button: ""})


def sent_payload(response):
    """Return the payload in the page of a check, as JSON text."""
    return response.context["form"]["shown"].value()


def stored_text(item):
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload::text FROM importjobs_importitem WHERE id = %s", [item.pk])
        return cursor.fetchone()[0]


def labels(shown):
    return [one.field.label for one in shown]


def test_the_faulty_fields_come_first_with_their_labels_and_errors(staff, item):
    form = page(staff, item)
    assert labels(form.faulty_inputs()) == ["Address: Country", "Planning: Priority", "Unloading"]
    assert [len(one.errors) for one in form.faulty_inputs()] == [1, 1, 1]
    assert labels(form.other_inputs()) == [
        "Title", "External id", "Template", "Business value: Expected revenue", "Address: City",
        "Planning: Time window start", "Planning: Fixed time", "Packages (pcs)",
    ]  # fmt: skip


def test_a_choice_is_a_list_with_labels_and_the_sent_value_at_its_end(staff, item):
    shown = staff.get(url(item)).content.decode()
    options = re.findall(r'<option value="([^"]*)"', shown.partition('name="value:customFields.unloading"')[2])[:3]
    assert options == ["", "ramp", "crane"]
    assert "How?" in shown
    assert "“" not in options


def test_each_error_is_referred_to_by_its_input(staff, item):
    shown = staff.get(url(item)).content.decode()
    referred = set(re.findall(r'aria-describedby="(fault-\d+)"', shown))
    assert len(referred) == 3
    assert referred == set(re.findall(r'id="(fault-\d+)"', shown))


def test_a_check_without_a_change_leaves_the_payload_as_it_was_sent(staff, item):
    assert sent_payload(send(staff, item)) == stored_text(item)


def test_a_changed_input_replaces_only_its_value_by_the_name_of_the_sender(staff, item):
    before = stored_text(item)
    after = sent_payload(send(staff, item, location__country="DE", customFields__unloading="ramp"))
    assert after == before.replace('"XX"', '"DE"').replace('"crane"', '"ramp"')


def test_a_mended_item_is_replayed(staff, item):
    send(staff, item, "_replay", location__country="DE", customFields__unloading="ramp", planning__priority="High")
    target = Target.objects.get()
    assert (target.country, target.priority, target.custom_fields["unloading"]) == ("DE", "High", "ramp")
    assert str(target.expected_revenue) == "12345678901234567.8900000000"


def test_after_a_check_the_errors_that_are_left_stand_beside_their_inputs(staff, item):
    response = send(staff, item, location__country="DE", customFields__unloading="ramp")
    assert labels(response.context["form"].faulty_inputs()) == ["Planning: Priority"]
    assert "A replay would be rejected again. The item stays open." in response.content.decode()


def test_what_was_entered_before_a_check_is_kept_for_the_next(staff, item):
    form = send(staff, item, location__country="DE", customFields__unloading="ramp").context["form"]
    send(staff, item, "_replay", form=form, planning__priority="High")
    assert Target.objects.get().country == "DE"


def test_a_field_that_only_a_check_found_missing_is_an_input_whose_value_is_kept(staff, item, delivery_stop):
    delivery_stop.fields.filter(key="delivery_note").update(required=True, label="Note")
    form = send(staff, item, location__country="DE", customFields__unloading="ramp", planning__priority="").context[
        "form"
    ]
    assert labels(form.faulty_inputs()) == ["Note"]
    send(staff, item, "_replay", form=form, customFields__delivery_note="Ring twice.")
    assert Target.objects.get().custom_fields["delivery_note"] == "Ring twice."


def test_the_json_counts_for_what_no_input_changed(staff, item):
    posted = inputs(page(staff, item))
    posted["payload"] = posted["payload"].replace("Essen", "Bochum")
    response = staff.post(url(item), posted | {"value:location.country": "DE", "_check": ""})
    assert json.loads(sent_payload(response))["location"] == {"country": "DE", "city": "Bochum"}


def test_faulty_json_keeps_what_was_entered_in_the_inputs(staff, item):
    posted = inputs(page(staff, item)) | {"payload": "{", "value:location.country": "DE", "_check": ""}
    form = staff.post(url(item), posted).context["form"]
    assert "not JSON" in str(form.errors["payload"])
    assert form["value:location.country"].value() == "DE"


@pytest.mark.parametrize(
    ("path", "entered", "stored"),
    [
        ("planning__fixedTime", "false", False),
        ("planning__timeWindowStartUtc", "2026-06-25T12:30", "2026-06-25T12:30:00+02:00"),
        ("customFields__package_count", "9", 9),
        ("customFields__package_count", "", None),
        ("customFields__package_count", "nine", "nine"),
        ("businessValue__expectedRevenue", "2500.50", 2500.5),
        ("businessValue__expectedRevenue", "2.500,50", 2500.5),
        ("planning__timeWindowStartUtc", "2026-06-25 8.30 Uhr", "2026-06-25T08:30:00+02:00"),
    ],
)
def test_an_input_is_stored_as_the_sender_would_send_it(staff, item, path, entered, stored):
    section, name = path.split("__")
    payload = json.loads(sent_payload(send(staff, item, **{path: entered})))
    assert payload[section][name] == stored


def test_a_german_comma_is_a_decimal_point(staff, item):
    staff.cookies["django_language"] = "de"
    response = send(staff, item, businessValue__expectedRevenue="2500,50")
    assert '"expectedRevenue":2500.50' in sent_payload(response)


def test_a_number_that_can_be_read_in_two_ways_is_asked_for_again(staff, item):
    response = staff.post(url(item), inputs(page(staff, item)) | {"value:businessValue.expectedRevenue": "2.500"})
    assert "2.500 can be 2500 or 2.5." in response.content.decode()


def test_a_time_that_the_clocks_skip_is_refused(staff, item):
    posted = inputs(page(staff, item)) | {"value:planning.timeWindowStartUtc": "2026-03-29T02:30"}
    assert "does not exist, because the clocks go forward." in staff.post(url(item), posted).content.decode()


@pytest.mark.parametrize(("language", "shown"), [("en", "12.5"), ("de", "12,5")])
def test_a_number_is_shown_as_the_language_writes_it_and_stays_as_it_was_sent(staff, api, language, shown):
    api.post({"externalId": "DEL-2", "address": {"latitude": 12.50}})
    item = ImportItem.objects.get()
    staff.cookies["django_language"] = language
    assert page(staff, item)["value:address.latitude"].value() == shown
    assert sent_payload(send(staff, item)) == stored_text(item)


def test_a_faulty_number_that_means_one_number_is_corrected_by_a_check(staff, api):
    api.post({"externalId": "DEL-2", "title": "A", "businessValue": {"expectedRevenue": "2.500,50"}})
    item = ImportItem.objects.get()
    assert json.loads(sent_payload(send(staff, item)))["businessValue"] == {"expectedRevenue": "2500.50"}


def test_a_time_is_shown_in_the_zone_of_the_site(staff, item):
    assert page(staff, item)["value:planning.timeWindowStartUtc"].value() == "2026-06-25T10:00"


def test_a_number_that_must_be_a_text_becomes_one(staff, api):
    api.post({"externalId": "DEL-2", "title": "A", "address": {"postalCode": 1067}})
    item = ImportItem.objects.get()
    assert json.loads(sent_payload(send(staff, item)))["address"] == {"postalCode": "1067"}


def test_a_faulty_date_is_named_and_stays_until_it_is_changed(staff, api):
    api.post({"externalId": "DEL-2", "title": "A", "planning": {"routeDate": "31.02.2026"}})
    item = ImportItem.objects.get()
    assert "Sent: &quot;31.02.2026&quot;" in page(staff, item).faulty_inputs()[0].field.help_text
    assert "31.02.2026" in sent_payload(send(staff, item))
    assert '"routeDate":"2026-02-28"' in sent_payload(send(staff, item, planning__routeDate="2026-02-28"))


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"address": {"latitude": 51}}, ["Address: Longitude", "Address: Latitude"]),
        ({"location": {"latitude": 51}}, ["Address: Longitude", "Address: Latitude"]),
        ({"address": {"city": "A"}, "location": {"city": "B"}}, ["Address: City", "Address: City"]),
        (
            {"planning": {"timeWindowStartUtc": "2026-06-25T08:00:00Z", "timeWindowEndUtc": "2026-06-25T07:00:00Z"}},
            ["Planning: Time window end", "Planning: Time window start"],
        ),
        ({"operation": "update"}, ["External id", "Operation"]),
    ],
)
def test_fields_that_belong_together_are_mended_together(staff, api, sent, expected):
    api.post({"externalId": "DEL-2", "title": "A"} | sent)
    assert labels(page(staff, ImportItem.objects.get()).faulty_inputs()) == expected


def test_two_names_of_one_field_are_settled_by_making_them_equal(staff, api):
    api.post({"externalId": "DEL-2", "title": "A", "address": {"city": "A"}, "location": {"city": "B"}})
    send(staff, ImportItem.objects.get(), "_replay", location__city="A")
    assert Target.objects.get().city == "A"


@pytest.mark.parametrize("payload", ["5", '{"address": 5, "externalId": "DEL-2", "title": "A"}', "null", "[1]"])
def test_a_payload_without_fields_is_shown_as_json(staff, api, payload):
    api.post(f'{{"targets": [{payload}]}}', "/inbound/targets/batch")
    response = staff.get(url(ImportItem.objects.get()))
    assert response.context["form"].other_errors()
    assert html.escape(json.dumps(json.loads(payload))[:4]) in response.content.decode()


def test_values_without_an_input_are_counted(staff, item):
    assert page(staff, item).values_without_input() == 2


def test_a_custom_field_that_was_sent_as_a_number_stays_a_number(staff, api, delivery_stop):
    payload = {"externalId": "DEL-2", "templateKey": "delivery_stop", "customFields": {"delivery_note": 5}}
    api.post(payload)
    item = ImportItem.objects.get()
    assert sent_payload(send(staff, item)) == stored_text(item)
