"""Corrections by staff: imports do not overwrite them, the source's value stays visible, and can be used again."""

import pytest
from django.urls import reverse

from targets.models import Target
from tests.api import example, warning_codes
from tests.forms import unchanged_form_data

NUMBER = "DEL-2026-000918"


@pytest.fixture
def target(api, delivery_stop):
    api.post(example("upsert"))
    return Target.objects.get()


def url(target, name="change"):
    return reverse("admin:targets_target_change", args=[target.pk]).replace("change", name)


def correct(staff, target, **values):
    posted = (
        unchanged_form_data(staff, url(target))
        | {"coordinates": "keep"}
        | {name.replace("__", "."): value for name, value in values.items()}
    )
    response = staff.post(url(target), posted)
    target.refresh_from_db()
    return response


def update(api, **fields):
    return api.item({"externalId": NUMBER, "operation": "update"} | fields)


def text(response):
    return response.content.decode()


def test_the_page_shows_the_value_of_the_source_beside_a_corrected_field(staff, api, target):
    correct(staff, target, city="Bochum")
    update(api, address={"city": "Herne"})
    content = text(staff.get(url(target)))
    assert "Corrected by dora" in content
    assert "Value of the source system: <strong>Herne</strong>" in content


def test_a_field_that_follows_the_source_again_takes_its_value(staff, api, target):
    correct(staff, target, city="Bochum", priority="Low")
    update(api, address={"city": "Herne"})
    correct(staff, target, follow="address.city")
    assert (target.city, set(target.corrections)) == ("Herne", {"planning.priority"})
    assert warning_codes(update(api, address={"city": "Unna"})) == []
    target.refresh_from_db()
    assert target.city == "Unna"


@pytest.mark.parametrize(
    ("field", "path", "value", "before"),
    [
        ("route_date", "planning.routeDate", "2026-07-01", "2026-06-25"),
        ("expected_revenue", "businessValue.expectedRevenue", "1.5", "2500"),
        ("template", "templateKey", "", "delivery_stop"),
        ("customFields.package_count", "customFields.package_count", "9", "8"),
        ("fixed_time", "planning.fixedTime", "true", "False"),
    ],
)
def test_a_field_of_any_type_can_be_corrected_and_followed_again(staff, api, target, field, path, value, before):
    correct(staff, target, **{field: value})
    assert set(target.corrections) == {path}
    correct(staff, target, follow=path)
    section, _, name = path.rpartition(".")
    shown = api.target(NUMBER)
    assert str((shown[section] if section else shown)[name]).removesuffix(".0") == before
    assert target.corrections == {}


def test_the_ends_of_a_window_are_followed_together(staff, api, target):
    correct(staff, target, time_window_1="11:30:00")
    update(api, planning={"timeWindowStartUtc": "2026-06-26T08:00:00Z", "timeWindowEndUtc": "2026-06-26T09:00:00Z"})
    correct(staff, target, follow="planning.timeWindowStartUtc")
    assert (target.time_window_start.day, target.time_window_end.day) == (26, 26)


def test_a_source_value_that_conflicts_cannot_be_followed(staff, api, target):
    correct(staff, target, time_window_1="11:30:00")
    update(api, planning={"timeWindowStartUtc": "2026-06-27T08:00:00Z"})
    response = correct(staff, target, follow="planning.timeWindowStartUtc")
    assert response.status_code == 200
    assert "must end after it starts" in text(response)


def test_line_breaks_sent_by_a_browser_are_not_a_correction(staff, api, target):
    update(api, title="two\nlines", description="one\ntwo", customer={"phone": " 1 "})
    correct(staff, target, city="Bochum")
    assert set(target.corrections) == {"address.city"}


def test_fields_that_the_template_does_not_define_have_their_own_section(staff, api, target):
    update(api, customFields={"gate": "B", "codes": [1, "2"]})
    content = text(staff.get(url(target)))
    assert "The template does not define these fields." in content
    correct(staff, target, customFields__gate="C", customFields__codes="[3]")
    assert (target.custom_fields["gate"], target.custom_fields["codes"]) == ("C", [3])


def test_an_import_that_changed_nothing_does_not_hold_up_a_save(staff, api, target):
    posted = unchanged_form_data(staff, url(target)) | {"title": "Corrected"}
    api.post(example("upsert"))
    assert staff.post(url(target), posted).status_code == 302


class TestCancelledByStaff:
    @pytest.fixture(autouse=True)
    def _cancelled(self, staff, target):
        assert staff.post(url(target, "cancel"), {"reason": "Customer moved"}).status_code == 302

    def test_stays_cancelled_whatever_the_source_updates(self, api):
        item = update(api, address={"city": "Herne"})
        after = api.target(NUMBER)
        assert warning_codes(item) == [("kept_correction", "status")]
        assert (after["status"], after["address"]["city"]) == ("Cancelled", "Herne")

    def test_is_active_again_when_staff_reopen_it(self, staff, api, target):
        staff.post(url(target, "reopen"), {"reason": "They did not"})
        assert api.target(NUMBER)["status"] == "Active"
        assert warning_codes(update(api, address={"city": "Herne"})) == []

    def test_may_be_cancelled_by_the_source_too(self, api):
        assert warning_codes(api.item(example("cancel"))) == [("already_cancelled", "externalId")]

    def test_is_not_cancelled_twice(self, staff, target):
        response = staff.post(url(target, "cancel"), {"reason": "Again"}, follow=True)
        assert "already has this status" in text(response)
        target.refresh_from_db()
        assert target.cancellation_note == "Customer moved"

    def test_offers_to_reopen_it_and_nothing_else(self, staff, target):
        content = text(staff.get(url(target)))
        assert url(target, "reopen") in content
        assert url(target, "cancel") not in content


def test_a_target_that_staff_reopened_may_be_cancelled_by_the_source(staff, api, target):
    api.item(example("cancel"))
    staff.post(url(target, "reopen"), {"reason": "Still wanted"})
    assert api.target(NUMBER)["status"] == "Active"
    assert api.item(example("cancel"))["warnings"] == []
    assert api.target(NUMBER)["status"] == "Cancelled"


def test_a_cancel_needs_a_reason(staff, api, target):
    assert staff.post(url(target, "cancel"), {"reason": " "}).status_code == 200
    assert api.target(NUMBER)["status"] == "Active"


def test_the_history_lists_imports_and_edits_newest_first(staff, api, target):
    correct(staff, target, city="Bochum")
    update(api, planning={"routeDate": "2026-06-30"}, address={"city": "Herne"})
    staff.post(url(target, "cancel"), {"reason": "Customer moved"})
    entries = staff.get(url(target, "history")).context["entries"]
    assert [(entry.label, entry.who) for entry in entries] == [
        ("Cancelled", "dora"), ("Updated", "ERP nightly push"), ("Corrected", "dora"), ("Created", "ERP nightly push"),
    ]  # fmt: skip
    assert entries[0].reason == "Customer moved"
    assert [change[0] for change in entries[1].changes] == ["Route date"]
    assert entries[1].warnings[0]["code"] == "kept_correction"
    assert entries[2].changes == [("City", "Essen", "Bochum")]


def test_a_long_history_has_pages_and_loses_nothing(staff, api, target):
    for day in range(1, 61):
        update(api, description=f"Visit {day}")
    first = staff.get(url(target, "history")).context
    rest = staff.get(url(target, "history"), {"before": first["older"]}).context
    assert (len(first["entries"]), len(rest["entries"]), rest["older"]) == (50, 11, None)


def test_what_one_batch_did_to_a_target_is_on_all_pages_of_its_history(staff, api, target):
    visits = [{"externalId": NUMBER, "description": f"Visit {day}"} for day in range(1, 61)]
    api.post({"targets": visits, "operation": "update"}, "/inbound/targets/batch")
    first = staff.get(url(target, "history")).context
    rest = staff.get(url(target, "history"), {"before": first["older"]}).context
    seen = [entry.changes[0][2] for entry in [*first["entries"], *rest["entries"][:-1]]]
    assert seen == [f"Visit {day}" for day in range(60, 0, -1)]


NO_PLACES = ["x", "2026-06-25T08:00:00Z", "2026-06-25T08:00:00Z/x", "2026-06-25/1", "2026-13-01T00:00:00Z/1"]


@pytest.mark.parametrize("before", NO_PLACES)
def test_a_page_of_a_history_that_cannot_be_is_the_first(staff, target, before):
    assert len(staff.get(url(target, "history"), {"before": before}).context["entries"]) == 1


@pytest.mark.parametrize("page", ["history", "cancel", "reopen"])
@pytest.mark.parametrize("pk", ["0", "abc"])
def test_a_page_of_no_target_is_not_found(staff, db, page, pk):
    assert staff.get(f"/admin/targets/target/{pk}/{page}/").status_code == 404


@pytest.mark.parametrize(
    ("kind", "sent", "shown"),
    [
        ("boolean", "0", {"": "false"}),
        ("boolean", "nein", {"": "false"}),
        ("boolean", "yes", {"": "true"}),
        ("date", " 2026-06-25", {"": "2026-06-25"}),
        ("datetime", "2026-06-25t08:00:00z", {"_0": "2026-06-25", "_1": "10:00:00"}),
        ("datetime", "2026-06-25T08:00:00", {"_0": "2026-06-25", "_1": "10:00:00"}),
    ],
)
def test_what_came_before_its_field_is_shown_as_the_field_reads_it(staff, api, target, kind, sent, shown):
    update(api, customFields={"extra": sent})
    target.template.fields.create(key="extra", label="Extra", type=kind)
    posted = {
        name: value for name, value in unchanged_form_data(staff, url(target)).items() if "customFields.extra" in name
    }
    assert posted == {f"customFields.extra{part}": value for part, value in shown.items()}
    correct(staff, target, title="Corrected")
    assert target.custom_fields["extra"] == sent


@pytest.mark.parametrize("required", [False, True])
def test_a_boolean_without_a_value_is_shown_as_unknown_and_stays_without_one(staff, target, required):
    target.template.fields.create(key="extra", label="Extra", type="boolean")
    target.template.fields.filter(key="extra").update(required=required)
    assert unchanged_form_data(staff, url(target))["customFields.extra"] == "unknown"
    correct(staff, target, title="Corrected")
    assert ("extra" in target.custom_fields, list(target.corrections)) == (False, ["title"])


@pytest.mark.parametrize(("chosen", "stored"), [("true", True), ("false", False)])
def test_a_boolean_without_a_value_is_corrected_to_yes_or_no(staff, target, chosen, stored):
    target.template.fields.create(key="extra", label="Extra", type="boolean")
    correct(staff, target, **{"customFields.extra": chosen})
    assert target.custom_fields["extra"] is stored


def test_a_boolean_is_emptied_unless_it_is_required(staff, target):
    correct(staff, target, **{"customFields.temperature_sensitive": "unknown"})
    assert "temperature_sensitive" not in target.custom_fields


def test_a_required_boolean_with_a_value_has_no_choice_unknown(staff, api, target):
    target.template.fields.create(key="extra", label="Extra", type="boolean", required=True)
    update(api, customFields={"extra": True})
    assert unchanged_form_data(staff, url(target))["customFields.extra"] == "on"


@pytest.mark.parametrize("number", ["1.35", "12345678901234567890123"])
def test_a_number_that_the_template_does_not_know_stays_exact_while_others_are_corrected(staff, api, target, number):
    api.post(f'{{"externalId": "{NUMBER}", "operation": "update", "customFields": {{"height": {number}}}}}'.encode())
    assert correct(staff, target, title="Corrected").status_code == 302
    target.refresh_from_db()
    assert (target.title, str(target.custom_fields["height"])) == ("Corrected", number)
    assert "customFields.height" not in target.corrections


def test_the_help_of_a_field_is_text(staff, target):
    target.template.fields.filter(key="package_count").update(help="<img src=x> < 30")
    content = text(staff.get(url(target)))
    assert "&lt;img src=x&gt; &lt; 30" in content
    assert "<img src=x>" not in content
