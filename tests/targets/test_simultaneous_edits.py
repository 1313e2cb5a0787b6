"""If several users save the same page at the same moment, one succeeds and the others see what changed."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.urls import reverse

from targets.models import Target, TargetEdit
from tests.forms import unchanged_form_data

pytestmark = pytest.mark.django_db(transaction=True)
EDITORS = 6
ROUNDS = 5


def test_only_one_of_several_simultaneous_saves_succeeds(staff, api):
    api.send()
    target = Target.objects.get()
    url = reverse("admin:targets_target_change", args=[target.pk])

    def save(title):
        try:
            return staff.post(url, opened | {"title": title}).status_code, title
        finally:
            connection.close()

    for number in range(ROUNDS):
        opened = unchanged_form_data(staff, url)
        with ThreadPoolExecutor(EDITORS) as pool:
            answers = list(pool.map(save, [f"Round {number}, editor {editor}" for editor in range(EDITORS)]))
        target.refresh_from_db()
        assert [title for status, title in answers if status == 302] == [target.title]
    assert TargetEdit.objects.count() == ROUNDS
