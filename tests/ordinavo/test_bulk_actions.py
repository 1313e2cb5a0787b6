"""The actions on chosen rows of a list: staff without the permission can do nothing by posting their names."""

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from importjobs.models import ImportItem
from inbound.models import ApiToken
from tests.factories import StaffFactory

ITEMS, TOKENS = "/admin/importjobs/importitem/", "/admin/inbound/apitoken/"


def logged_in(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def item(api):
    api.post({"title": "no id"})
    return ImportItem.objects.get()


@pytest.fixture
def reader(db):
    """Return a browser of a user who may see import items and tokens, and change nothing."""
    user = StaffFactory(is_superuser=False, in_group="Viewer")
    user.user_permissions.add(Permission.objects.get(codename="view_apitoken"))
    return logged_in(user)


def choose(client, path, action, row, **fields):
    posted = {"action": action, "_selected_action": [row.pk]} | fields
    return client.post(path, posted, follow=True)


def test_a_viewer_cannot_check_chosen_items_for_a_replay(reader, item):
    assert "cl" in choose(reader, ITEMS, "replay_selected", item).context  # the list, without a check


def test_a_viewer_cannot_dismiss_chosen_items(reader, item):
    choose(reader, ITEMS, "dismiss_selected", item, note="Not mine")
    item.refresh_from_db()
    assert item.handled_at is None


def test_staff_who_may_only_see_tokens_cannot_revoke_chosen_ones(reader, token):
    choose(reader, TOKENS, "revoke_selected", token, confirmed="yes")
    assert ApiToken.objects.get().revoked_at is None


def test_staff_who_may_only_see_tokens_cannot_rotate_or_revoke_one(reader, token):
    for page in ("rotate", "revoke"):
        assert reader.post(f"{TOKENS}{token.pk}/{page}/", {"days": "7"}).status_code == 403
    assert ApiToken.objects.get().revoked_at is None


@pytest.mark.parametrize(("action", "shown"), [("replay_selected", "Check and replay"), ("dismiss_selected", "Reason")])
def test_a_dispatcher_is_offered_the_actions_on_items(item, action, shown):
    dispatcher = logged_in(StaffFactory(is_superuser=False, in_group="Dispatcher"))
    assert shown in choose(dispatcher, ITEMS, action, item).content.decode()


def test_an_action_on_a_row_and_an_id_that_cannot_be_read_changes_nothing_and_says_so(item):
    dispatcher = logged_in(StaffFactory(is_superuser=False, in_group="Dispatcher"))
    fields = {"_selected_action": [item.pk, "x"], "index": "0", "note": "Sent twice"}
    page = choose(dispatcher, ITEMS, "dismiss_selected", item, **fields)
    assert "The choice of rows could not be read. Nothing was done." in page.content.decode()
    item.refresh_from_db()
    assert item.handled_at is None
