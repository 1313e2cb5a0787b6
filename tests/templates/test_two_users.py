"""Two users who have the page of a template open at once."""

import pytest


def unchanged(staff, url):
    """Return what the form of a template sends if nothing is changed, with the values that it was opened with."""
    context = staff.get(url).context
    formset = context["inline_admin_formsets"][0].formset
    sent = {}
    for form in [context["adminform"].form, formset.management_form, *formset.forms]:
        for field in form:
            value = field.field.prepare_value(field.value())
            values = {field.html_name: "" if value is None else str(value)}
            if field.field.show_hidden_initial:
                values[field.html_initial_name] = values[field.html_name]
            sent |= {name: text for name, text in values.items() if name == field.html_initial_name or text != "False"}
    return sent


@pytest.fixture
def url(delivery_stop):
    return f"/admin/templates/targettemplate/{delivery_stop.pk}/change/"


@pytest.fixture
def opened(staff, url):
    """Return what the form of each of two users sends if they change nothing."""
    return unchanged(staff, url), unchanged(staff, url)


def test_changes_of_different_fields_are_both_stored(staff, url, opened, delivery_stop):
    mine, theirs = opened
    assert staff.post(url, mine | {"name": "Stop", "fields-0-label": "Weight now"}).status_code == 302
    assert staff.post(url, theirs | {"fields-0-unit": "t", "fields-1-label": "Parcels"}).status_code == 302
    delivery_stop.refresh_from_db()
    first, second = delivery_stop.fields.all()[:2]
    assert (delivery_stop.name, first.label, first.unit, second.label) == ("Stop", "Weight now", "t", "Parcels")


def test_a_change_of_the_same_field_is_refused_and_nothing_is_stored(staff, url, opened, delivery_stop):
    mine, theirs = opened
    staff.post(url, mine | {"fields-0-label": "Mine"})
    answer = staff.post(url, theirs | {"fields-0-label": "Theirs", "name": "Stop"})
    assert "A colleague has changed this field meanwhile." in answer.content.decode()
    delivery_stop.refresh_from_db()
    assert (delivery_stop.name, delivery_stop.fields.first().label) == ("Delivery_Stop", "Mine")


@pytest.mark.parametrize("new", [None, "renamed"])
def test_a_key_that_another_field_has_now_is_refused(staff, url, opened, delivery_stop, new):
    before = list(delivery_stop.fields.values_list("pk", "key"))
    (_, first), (_, second) = before[:2]
    answer = staff.post(url, opened[0] | {"fields-0-key": second, "fields-1-key": new or first})
    assert "Another field of the template has this key." in answer.content.decode()
    assert list(delivery_stop.fields.values_list("pk", "key")) == before
