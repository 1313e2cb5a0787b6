"""Dispatchers ask for a choice that a template lacks; integration admins add it or decline."""

import pytest
from django.test import Client

from importjobs.models import ChoiceRequest
from tests.factories import CustomFieldFactory, StaffFactory

CAUSES = "/admin/importjobs/importitem/causes/"


@pytest.fixture
def field(delivery_stop):
    return CustomFieldFactory(
        template=delivery_stop, key="unloading", label="Unloading", type="choice", choices=["ramp"]
    )


@pytest.fixture(autouse=True)
def _rejected(api, field):
    for number in range(2):
        api.post(
            {
                "externalId": f"DEL-{number}", "title": "Delivery", "templateKey": "delivery_stop",
                "customFields": {"unloading": "crane"},
            }
        )  # fmt: skip


def log_in(name, role):
    client = Client()
    client.force_login(StaffFactory(username=name, is_superuser=False, in_group=role))
    return client


@pytest.fixture
def dispatcher(db):
    return log_in("dirk", "Dispatcher")


@pytest.fixture
def admin(db):
    return log_in("ida", "Integration admin")


def cause(browser):
    (row,) = browser.get(CAUSES).context["causes"]
    return row.url


def ask(dispatcher):
    dispatcher.post(cause(dispatcher), {"_ask": ""})
    return f"/admin/importjobs/importitem/choice-requests/{ChoiceRequest.objects.get().pk}/"


def text(response):
    return response.content.decode()


def test_a_dispatcher_asks_and_cannot_add_the_choice(dispatcher, field):
    assert "Ask for the choice" in text(dispatcher.get(cause(dispatcher)))
    assert dispatcher.post(cause(dispatcher), {"_add": ""}).status_code == 403
    ask(dispatcher)
    field.refresh_from_db()
    assert field.choices == ["ramp"]
    assert "Somebody has asked for this choice." in text(dispatcher.get(cause(dispatcher)))


def test_the_same_choice_is_asked_for_once(dispatcher):
    ask(dispatcher)
    ask(dispatcher)
    assert ChoiceRequest.objects.count() == 1


def test_an_integration_admin_sees_the_request_and_how_many_items_wait(dispatcher, admin):
    url = ask(dispatcher)
    assert "Choices that dispatchers ask for" in text(admin.get("/admin/"))
    page = text(admin.get(CAUSES))
    assert "2 items wait for it." in page
    assert url in page
    assert url not in text(dispatcher.get(CAUSES))


def test_an_accepted_request_adds_the_choice_and_leads_to_the_waiting_items(dispatcher, admin, field):
    response = admin.post(ask(dispatcher), {"_accept": ""}, follow=True)
    field.refresh_from_db()
    assert field.choices == ["ramp", "crane"]
    assert "Check all" in text(response)
    check = admin.post(response.request["PATH_INFO"], {"_check": ""})
    assert dict(check.context["outcomes"]) == {"Created": 2}
    assert "Choices that dispatchers ask for" not in text(admin.get("/admin/"))


def test_a_declined_request_shows_the_reason_to_the_user_who_asked(dispatcher, admin, field):
    admin.post(ask(dispatcher), {"_decline": "", "reason": "Cranes are not insured."})
    assert "Cranes are not insured." in text(dispatcher.get(CAUSES))
    assert "Cranes are not insured." not in text(log_in("other", "Dispatcher").get(CAUSES))
    field.refresh_from_db()
    assert field.choices == ["ramp"]


def test_a_request_is_not_declined_without_a_reason(dispatcher, admin):
    assert "This field is required." in text(admin.post(ask(dispatcher), {"_decline": ""}))
    assert ChoiceRequest.objects.get().status == "Waiting"


def test_a_request_is_decided_once(dispatcher, admin, field):
    url = ask(dispatcher)
    admin.post(url, {"_decline": "", "reason": "No."})
    response = admin.post(url, {"_accept": ""}, follow=True)
    assert "The request has already been decided." in text(response)
    field.refresh_from_db()
    assert field.choices == ["ramp"]


def test_a_request_whose_field_has_no_choices_any_more_stays_and_says_why(dispatcher, admin, field):
    url = ask(dispatcher)
    type(field).objects.filter(pk=field.pk).update(type="text", choices=[])
    response = admin.post(url, {"_accept": ""}, follow=True)
    assert "the field has no choices any more" in text(response)
    assert ChoiceRequest.objects.get().status == "Waiting"


def test_adding_the_choice_without_looking_at_the_request_accepts_it(dispatcher, admin):
    ask(dispatcher)
    admin.post(cause(admin), {"_add": ""})
    assert (ChoiceRequest.objects.get().status, ChoiceRequest.objects.get().decided_by) == ("Accepted", "ida")
