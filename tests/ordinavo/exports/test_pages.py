"""An export has a page that says how far it is and offers the file. Only its owner sees it."""

from datetime import timedelta
from urllib.parse import quote

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone
from procrastinate.contrib.django import app

from ordinavo.common.exports.models import Export
from ordinavo.common.files.models import FilePart, StoredFile
from tests.exports import download, request_export
from tests.factories import StaffFactory, TargetFactory
from tests.workers import work

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/admin/exports/export/"


@pytest.fixture
def page(staff):
    TargetFactory(title="Delivery")
    return request_export(staff, "targets/target")


@pytest.fixture
def written(page):
    work()
    return page


def browser_of(**values):
    client = Client()
    client.force_login(StaffFactory(**values))
    return client


def text(staff, address, language="en"):
    return staff.get(address, headers={"Accept-Language": language}).content.decode()


def test_an_export_waits_for_a_worker(staff, page):
    assert "No worker is running, so the export has to wait." in text(staff, page)
    assert download(staff, page).status_code == 404


def test_the_page_offers_the_file_when_it_is_written(staff, written):
    shown = text(staff, written)
    assert f'href="{written}download/"' in shown
    assert "The file has 1 row" in shown


def test_a_script_asks_how_far_an_export_is(staff, page):
    before = staff.get(f"{page}progress/").json()
    work()
    after = staff.get(f"{page}progress/").json()
    assert (before["hasEnded"], before["percent"]) == (False, None)
    assert (after["hasEnded"], after["percent"]) == (True, 100)


def test_a_page_without_javascript_has_a_link_that_loads_it_again(staff, page):
    assert f'href="{page}"' in text(staff, page)


def test_the_file_is_downloaded_as_an_attachment_of_known_length(staff, written):
    response = download(staff, written)
    name = f"Target-{timezone.localdate()}.csv"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert int(response["Content-Length"]) == len(response.getvalue())
    assert response["Content-Type"] == "text/csv; charset=utf-8"


def test_a_file_name_with_other_letters_is_kept(staff, written):
    StoredFile.objects.update(name="Aufträge.csv")
    assert quote("Aufträge.csv") in download(staff, written)["Content-Disposition"]


def test_the_list_has_the_own_exports_only(staff, written):
    other = browser_of()
    request_export(other, "targets/target", query="q=another")
    assert (text(staff, LIST).count(written), text(other, LIST).count(written)) == (2, 0)  # its page and its file


@pytest.mark.parametrize("part", ["", "progress/", "download/", "abort/", "delete/"])
def test_nobody_else_finds_an_export(written, part):
    method = "post" if part in ("abort/", "delete/") else "get"
    assert getattr(browser_of(), method)(written + part).status_code == 404
    assert Export.objects.get().status == "Completed"


@pytest.mark.parametrize("part", ["", "progress/", "download/"])
def test_an_owner_who_may_no_longer_see_the_list_does_not_get_the_file(staff, written, part):
    User.objects.filter(username="dora").update(is_superuser=False)
    assert staff.get(written + part).status_code == 404


@pytest.mark.parametrize("loss", [{"is_superuser": False}, {"is_active": False}, {"is_staff": False}])
def test_an_owner_who_has_lost_the_right_gets_no_rows(page, loss):
    User.objects.filter(username="dora").update(**loss)
    work()
    assert [*Export.objects.values_list("status", "failure", "file")] == [("Failed", "not_allowed", None)]


def test_the_failure_is_explained(staff, page):
    user = User.objects.get(username="dora")
    User.objects.update(is_superuser=False)
    work()
    user.groups.add(Group.objects.get(name="Viewer"))
    assert "You may no longer see this list. Ask an administrator" in text(staff, page)


def test_an_aborted_export_is_not_written(staff, page):
    staff.post(f"{page}abort/")
    work()
    assert "The export was aborted." in text(staff, page)
    assert not StoredFile.objects.exists()


def test_a_finished_export_cannot_be_aborted(staff, written):
    shown = staff.post(f"{written}abort/", follow=True).content.decode()
    assert "The export has ended already." in shown
    assert Export.objects.get().status == "Completed"


def test_the_button_deletes_the_export_with_its_file(staff, written):
    assert staff.post(f"{written}delete/")["Location"] == LIST
    assert [model.objects.count() for model in (Export, StoredFile, FilePart)] == [0, 0, 0]


def test_exports_are_deleted_after_seven_days(staff, written):
    Export.objects.update(finished_at=timezone.now() - timedelta(days=7, minutes=-1))
    assert delete_expired() == 1
    Export.objects.update(finished_at=timezone.now() - timedelta(days=7, minutes=1))
    assert delete_expired() == 0
    assert not StoredFile.objects.exists()


def test_the_export_of_a_deleted_user_is_deleted_as_well(staff, written):
    User.objects.get(username="dora").delete()
    Export.objects.update(finished_at=timezone.now() - timedelta(days=8))
    assert delete_expired() == 0
    assert not StoredFile.objects.exists()


def delete_expired():
    """Run the task of every hour, and return the number of exports that are left."""
    app.configure_task("delete_expired_exports").defer(timestamp=0)
    work()
    return Export.objects.count()


@pytest.mark.parametrize("method", ["get", "put"])
@pytest.mark.parametrize("part", ["abort/", "delete/"])
def test_only_a_post_changes_an_export(staff, page, method, part):
    assert getattr(staff, method)(page + part).status_code == 405


def test_the_log_says_who_exported_what(staff, page, caplog):
    work()
    [line] = [record.msg for record in caplog.records if record.msg["event"] == "export_completed"]
    assert (line["user"], line["model"], line["format"], line["rows"]) == ("dora", "targets.Target", "csv", 1)
    assert "Delivery" not in str(line)


@pytest.mark.parametrize("number", ["0", "99999999999999999999999"])
def test_an_unknown_export_is_not_found(staff, number):
    assert staff.get(f"{LIST}{number}/").status_code == 404
