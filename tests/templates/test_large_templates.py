"""Templates with many custom fields, whose form has pages."""

import pytest

from templates.models import CustomField
from tests.factories import CustomFieldFactory, TargetTemplateFactory

ON_PAGE = 30


@pytest.fixture
def template(db):
    """Return a template with 32 custom fields, so that its form has a second page with two."""
    template = TargetTemplateFactory(key="visit", name="Visit")
    for number in range(ON_PAGE + 2):
        CustomFieldFactory(template=template, key=f"k{number:02}", type="text", position=number)
    return template


@pytest.fixture
def save(staff, template):
    opened = list(template.fields.all()[ON_PAGE:])

    def save(*changes, defaults="{}", **new):
        """Save the second page of the form as it was opened. Each of `changes` changes a row of it; `new` adds one."""
        rows = [
            {"id": field.pk, "key": field.key, "label": field.label, "type": "text", "position": field.position}
            | change
            for field, change in zip(opened, changes or ({}, {}), strict=True)
        ]
        added = [{"label": "New", "type": "text", "position": 0} | new] if new else []
        data = {"name": "Visit", "active": "on", "defaults": defaults, "fields-page": 2}
        data |= {"fields-TOTAL_FORMS": len(rows + added), "fields-INITIAL_FORMS": len(rows)}
        for number, row in enumerate(rows + added):
            row |= {"active": "on", "template": template.pk, "choices": ""}
            data |= {f"fields-{number}-{name}": value for name, value in row.items()}
        return staff.post(f"/admin/templates/targettemplate/{template.pk}/change/?fields-page=2", data)

    return save


def test_the_second_page_has_the_other_fields(staff, template):
    content = staff.get(f"/admin/templates/targettemplate/{template.pk}/change/?fields-page=2").content.decode()
    assert ('value="k29"' in content, 'value="k30"' in content, 'value="k31"' in content) == (False, True, True)
    assert "31 to 32 of 32" in content


def test_saving_a_page_keeps_the_fields_of_the_others(save, template):
    assert save({"label": "Renamed"}, {}).status_code == 302
    assert template.fields.count() == ON_PAGE + 2
    assert CustomField.objects.get(key="k30").label == "Renamed"


def test_fields_that_are_dragged_stay_behind_those_of_the_page_before(save, template):
    save({"position": 1}, {"position": 0})
    assert [field.key for field in template.fields.all()[ON_PAGE - 1 :]] == ["k29", "k31", "k30"]


def test_dragging_counts_from_the_fields_of_the_page_before_whatever_is_stored(save, template):
    template.fields.update(position=0)
    save({"position": 1}, {"position": 0})
    assert [field.key for field in template.fields.all()[ON_PAGE - 1 :]] == ["k29", "k31", "k30"]


def test_a_new_field_comes_last_unless_it_is_dragged(save, template):
    save(key="new")
    assert [field.key for field in template.fields.all()][-2:] == ["k31", "new"]


def test_a_new_field_is_where_it_was_dragged(save, template):
    save({"position": 0}, {"position": 2}, key="new", position=1)
    assert [field.key for field in template.fields.all()][-3:] == ["k30", "new", "k31"]


def test_defaults_may_name_a_field_of_another_page(save, template):
    assert save(defaults='{"customFields": {"k00": "a text"}}').status_code == 302
    template.refresh_from_db()
    assert template.defaults == {"customFields": {"k00": "a text"}}


def test_a_key_of_another_page_is_refused(save, template):
    answer = save(key="k00")
    assert "Another field of the template has this key." in answer.content.decode()
    assert template.fields.count() == ON_PAGE + 2


def test_what_was_typed_is_stored_if_a_colleague_deletes_a_field_of_the_page_before(save, template):
    template.fields.get(key="k00").delete()
    assert save({"label": "First"}, {"label": "Second"}).status_code == 302
    assert CustomField.objects.get(key="k30").label == "First"
    assert CustomField.objects.get(key="k31").label == "Second"


def test_a_field_that_a_colleague_deleted_is_not_stored_in_silence(save, template):
    template.fields.get(key="k30").delete()
    answer = save({"label": "First"}, {"label": "Second"})
    assert "Some of these fields were deleted meanwhile." in answer.content.decode()
    assert CustomField.objects.get(key="k31").label == "K31"


@pytest.mark.parametrize(("page", "key"), [("x", "k00"), ("²", "k00"), ("", "k00"), ("-1", "k30"), ("999", "k30")])
def test_a_page_that_there_is_not_shows_one_that_there_is(staff, template, page, key):
    answer = staff.get(f"/admin/templates/targettemplate/{template.pk}/change/", {"fields-page": page})
    assert f'value="{key}"' in answer.content.decode()
