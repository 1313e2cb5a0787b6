"""Numbers at the limits of what JSON and PostgreSQL hold."""

import pytest
from django.urls import reverse

from importjobs.models import ImportItem
from targets.models import Target


@pytest.mark.parametrize("number", ["1e300", "-1e-300", "123456789012345678901234567890", "9223372036854775808"])
def test_a_large_or_small_number_can_be_read_back_and_shown_in_the_admin(staff, api, number):
    api.post(f'{{"externalId": "DEL-1", "title": "D", "customFields": {{"n": {number}}}}}')
    item = ImportItem.objects.get()
    assert api.get("/targets").status_code == 200
    assert api.get(f"/import-jobs/{item.job_id}").status_code == 200
    assert staff.get(reverse("admin:targets_target_change", args=[Target.objects.get().pk])).status_code == 200
    assert staff.get(reverse("admin:importjobs_importitem_change", args=[item.pk])).status_code == 200


def test_the_largest_revenue_is_shown_exactly(staff, api):
    revenue = "12345678901234567890.0123456789"
    api.post(f'{{"externalId": "DEL-1", "title": "D", "businessValue": {{"expectedRevenue": {revenue}}}}}')
    page = staff.get(reverse("admin:targets_target_change", args=[Target.objects.get().pk]))
    assert revenue in page.content.decode()
