"""The admin speaks the language of the browser. The API speaks English."""

import re
from datetime import timedelta
from pathlib import Path

import polib
import pytest
from django.utils import timezone

from importjobs.models import ImportItem, ImportJob
from targets.models import Target
from tests.api import Api

CATALOGUES = sorted(Path(__file__).parent.parent.parent.glob("ordinavo/locale*/de/LC_MESSAGES/django.po"))
GERMAN = {"Accept-Language": "de-DE,de;q=0.9"}


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.parts[-4])
def test_every_text_is_translated(catalogue):
    texts = polib.pofile(str(catalogue))
    assert texts
    assert [text.msgid for text in texts if not text.translated()] == []


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.parts[-4])
def test_the_compiled_catalogue_is_up_to_date(catalogue):
    written, compiled = (
        {(text.msgctxt or "", text.msgid): (text.msgstr, text.msgstr_plural) for text in texts}
        for texts in (polib.pofile(str(catalogue)), polib.mofile(str(catalogue.with_suffix(".mo"))))
    )
    assert compiled == written


@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.parts[-4])
def test_a_translation_has_the_same_placeholders(catalogue):
    def placeholders(text):
        return sorted(re.findall(r"%(?:\(\w+\))?[ds]", text))

    pairs = [
        (text.msgid, translated)
        for text in polib.pofile(str(catalogue))
        for translated in (text.msgstr_plural.values() if text.msgid_plural else [text.msgstr])
    ]
    assert [text for text, translated in pairs if placeholders(text) != placeholders(translated)] == []


def test_the_admin_is_german_if_the_browser_asks_for_it(staff, db):
    assert "Was zu tun ist" in staff.get("/admin/", headers=GERMAN).content.decode()
    assert "What needs attention" in staff.get("/admin/", headers={"Accept-Language": "fr"}).content.decode()


def read_in_german(staff, url):
    return staff.get(url, headers=GERMAN).content.decode()


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(days=4), "vor 4 Tagen"),
        (timedelta(hours=1), "vor 1 Stunde"),
        (timedelta(minutes=2), "vor 2 Minuten"),
    ],
)
def test_the_start_page_says_in_correct_german_how_long_ago_an_import_was(staff, api, passed, text):
    api.send()
    ImportJob.objects.update(created_at=timezone.now() - passed)
    assert f"{text}\n" in read_in_german(staff, "/admin/")


def test_a_history_shows_statuses_and_choices_in_german(staff, api):
    api.send(planning={"priority": "High"})
    api.send(planning={"priority": "Urgent"})
    api.send(operation="cancel")
    target = Target.objects.get()
    staff.post(f"/admin/targets/target/{target.pk}/reopen/", {"reason": "Called"})
    history = read_in_german(staff, f"/admin/targets/target/{target.pk}/history/")
    assert "<td>Hoch</td><td>Dringend</td>" in history
    assert "<td>Storniert</td><td>Aktiv</td>" in history


def test_the_heading_of_an_import_item_is_german(staff, api):
    api.send("A-1", title=None)
    item = ImportItem.objects.get()
    assert "A-1 Abgelehnt" in read_in_german(staff, f"/admin/importjobs/importitem/{item.pk}/change/")


def test_the_form_of_a_token_explains_its_rights_in_german(staff, db):
    assert "Aufträge lesen (targets.read)" in read_in_german(staff, "/admin/inbound/apitoken/add/")


def test_the_page_of_a_user_explains_passwords_and_the_second_factor_in_german(admin_client, admin_user):
    page = read_in_german(admin_client, f"/admin/auth/user/{admin_user.pk}/change/")
    assert "Passwörter werden nicht im Klartext gespeichert" in page
    assert "Nicht eingerichtet" in page


def test_a_failed_login_is_explained_in_german(client, db):
    page = client.post("/admin/login/", {"username": "dora", "password": "wrong"}, headers=GERMAN).content.decode()
    assert "Benutzername oder Passwort ist falsch." in page


def test_the_button_that_deletes_a_template_has_the_german_order_of_words(staff, delivery_stop):
    page = read_in_german(staff, f"/admin/templates/targettemplate/{delivery_stop.pk}/change/")
    assert "Vorlage löschen" in page
    assert "Löschen Vorlage" not in " ".join(page.split())


def test_the_api_answers_in_english_whatever_the_request_asks_for(api):
    assert api.post({"title": 1}, **GERMAN).json()["items"][0]["errorMessage"] == "ExternalId is required."
    assert Api().get("/nowhere", **GERMAN).json()["error"]["message"].isascii()
    assert "Content-Language" not in api.get("/targets", **GERMAN)


def test_the_api_answers_in_english_after_a_german_page(staff, api):
    assert "Was zu tun ist" in staff.get("/admin/", headers=GERMAN).content.decode()
    assert api.get("/inbound/targets").json()["error"]["message"] == (
        "The path does not support this method. Use one of those in the header Allow."
    )
    assert "valid choice" in api.get("/targets?sourceSystem=nowhere").json()["error"]["message"]


@pytest.mark.parametrize("page", ["/admin/", "/admin/targets/target/"])
def test_staff_choose_the_language_in_the_account_menu(staff, page):
    assert 'action="/admin/language/"' in staff.get(page).content.decode()
    staff.post("/admin/language/", {"language": "de", "next": page})
    assert '<html lang="de"' in staff.get(page, headers={"Accept-Language": "en"}).content.decode()


def test_the_chosen_language_stays_for_the_next_login(staff):
    staff.post("/admin/language/", {"language": "de", "next": "/admin/"})
    staff.post("/admin/logout/")
    assert "Anmelden" in staff.get("/admin/login/").content.decode()
    assert staff.cookies["django_language"]["max-age"] > timedelta(days=300).total_seconds()


def test_the_language_is_chosen_on_the_login_page(client, db):
    assert 'action="/admin/language/"' in client.get("/admin/login/?next=/admin/").content.decode()
    client.post("/admin/language/", {"language": "de", "next": "/admin/login/?next=/admin/"})
    assert "Anmelden" in client.get("/admin/login/").content.decode()


@pytest.mark.parametrize(("next_page", "goes_to"), [("/admin/targets/target/?q=a", 1), ("https://evil.example/", 0)])
def test_the_choice_of_a_language_leads_back_to_the_page(staff, next_page, goes_to):
    answer = staff.post("/admin/language/", {"language": "de", "next": next_page})
    assert answer["Location"] == ["/", next_page][goes_to]


def test_an_unknown_language_changes_nothing(staff):
    staff.post("/admin/language/", {"language": "xx", "next": "/admin/"})
    assert '<html lang="en"' in staff.get("/admin/").content.decode()
