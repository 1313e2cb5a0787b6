"""Staff come back to the list with the filters that they had chosen, whatever they did in between."""

import re
from html import unescape

import pytest
from django.urls import reverse

from targets.models import Target
from tests.factories import TargetFactory
from tests.forms import unchanged_form_data

pytestmark = pytest.mark.django_db
FILTERED = "/admin/targets/target/?city=Dortmund&o=4"


@pytest.fixture
def target(erp):
    return TargetFactory(source_system=erp, city="Dortmund")


def page_of(staff, path):
    return unescape(staff.get(path).content.decode())


def link_to(page, start):
    """Return the first address in a page that begins so."""
    return re.search(rf'href="({re.escape(start)}[^"]*)"', page)[1]


@pytest.fixture
def opened(staff, target):
    """Return the address of the target's page, as the filtered list links to it."""
    return link_to(page_of(staff, FILTERED), reverse("admin:targets_target_change", args=[target.pk]))


def test_the_page_of_a_target_leads_back_to_the_filtered_list(staff, opened):
    assert FILTERED in page_of(staff, opened)


def test_saving_leads_back_to_the_filtered_list(staff, opened):
    answer = staff.post(opened, unchanged_form_data(staff, opened) | {"city": "Herne", "_save": ""})
    assert answer["Location"] == FILTERED


@pytest.mark.parametrize(("status", "action"), [("Active", "cancel"), ("Cancelled", "reopen")])
def test_cancelling_and_reopening_lead_back_to_the_filtered_list(staff, target, opened, status, action):
    Target.objects.update(status=status)
    asked = link_to(page_of(staff, opened), f"/admin/targets/target/{target.pk}/{action}/")
    assert opened in page_of(staff, asked)
    answer = staff.post(asked, {"reason": "Storm"})
    assert answer["Location"] == FILTERED
    assert f"The target {target} was " in page_of(staff, FILTERED)


def test_without_filters_cancelling_leads_to_the_page_of_the_target(staff, target):
    answer = staff.post(reverse("admin:targets_target_cancel_this", args=[target.pk]), {"reason": "Storm"})
    assert answer["Location"] == reverse("admin:targets_target_change", args=[target.pk])


def test_the_history_leads_back_to_the_target_with_the_filters(staff, target, opened):
    history = link_to(page_of(staff, opened), f"/admin/targets/target/{target.pk}/history/?")
    assert opened in page_of(staff, history)


def test_the_city_is_filtered_in_upper_or_lower_case(staff, target, erp):
    TargetFactory(source_system=erp, city="Herne", title="Delivery from Dortmund")
    found = staff.get("/admin/targets/target/?city=dortmund").context["cl"].result_list
    assert list(found) == [target]
