"""The form of a list's filters keeps the filters that are chosen by links."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import TargetFactory


def hidden_inputs(page):
    """Return the hidden inputs of the form of the filters, as a browser sends them."""
    (form,) = re.findall(r'id="filter-form".*?</form>', page.content.decode(), re.DOTALL)
    tags = [tag for tag in re.findall(r"<input[^>]*>", form) if 'type="hidden"' in tag]
    return {re.search('name="([^"]*)"', tag)[1]: re.search('value="([^"]*)"', tag)[1] for tag in tags}


def test_a_day_that_was_chosen_is_kept_when_a_city_is_entered(staff, erp):
    tomorrow = timezone.localdate() + timedelta(days=1)
    wanted = TargetFactory(source_system=erp, city="Essen", route_date=tomorrow)
    TargetFactory(source_system=erp, city="Essen", route_date=tomorrow + timedelta(days=1))
    targets = reverse("admin:targets_target_changelist")
    sent = hidden_inputs(staff.get(targets, {"day": "tomorrow", "status__exact": "Active"})) | {"city": "Essen"}
    assert list(staff.get(targets, sent).context["cl"].queryset) == [wanted]
    assert sent["status__exact"] == "Active"


@pytest.mark.parametrize(
    ("model", "chosen"),
    [
        ("targets_target", {"day": "tomorrow", "warning": "any", "corrected": "yes"}),
        ("importjobs_importjob", {"received": "24h", "rejected": "yes", "operation": "cancel"}),
        ("importjobs_importitem", {"handling": "open", "received": "24h"}),
    ],
)
def test_each_filter_that_is_chosen_by_a_link_is_kept(staff, model, chosen):
    page = staff.get(reverse(f"admin:{model}_changelist"), chosen)
    assert page.status_code == 200
    assert hidden_inputs(page).items() >= chosen.items()
