"""The admin pages of import jobs and import items."""

import html
import re

import pytest
from django.urls import reverse
from django.utils.html import strip_tags

from importjobs.models import ImportItem, ImportJob

REJECTED = {"title": "<b>Ohne Nummer</b>", "address": {"country": "XX"}}


@pytest.fixture
def item(api):
    api.send()
    api.post(REJECTED)
    return ImportItem.objects.get(status="Rejected")


def test_jobs_are_listed_and_filtered(staff, item):
    url = reverse("admin:importjobs_importjob_changelist")
    assert staff.get(url).context["cl"].queryset.count() == 2
    assert list(staff.get(url, {"status__exact": "Failed"}).context["cl"].queryset) == [item.job]
    assert staff.get(url, {"q": "DEL-1"}).context["cl"].queryset.get().status == "Completed"


def test_a_job_shows_its_errors_and_links_to_the_item(staff, item):
    content = staff.get(reverse("admin:importjobs_importjob_change", args=[item.job_id])).content.decode()
    assert "<p>The external id is missing.</p>" in content
    country = "Country: “XX” is not accepted. Accepted: a country code of two capital letters, such as DE."
    assert f"<p>{country}</p>" in content
    assert reverse("admin:importjobs_importitem_change", args=[item.pk]) in content


def test_an_item_shows_its_errors_and_escapes_its_payload(staff, item):
    content = staff.get(reverse("admin:importjobs_importitem_change", args=[item.pk])).content.decode()
    assert "The external id is missing." in content
    assert "&lt;b&gt;Ohne Nummer&lt;/b&gt;" in content
    assert "<b>Ohne Nummer</b>" not in content


def test_what_was_sent_is_shown_as_text_everywhere(staff, api):
    evil = "<img src=x onerror=alert(1)>"
    api.send()
    api.send(externalType=evil, customer={"name": evil, "email": evil}, customFields={evil: evil})
    api.send(title="", planning={"priority": evil})
    urls = [reverse("admin:importjobs_importitem_change", args=[item.pk]) for item in ImportItem.objects.all()]
    pages = [staff.get(url).content.decode() for url in urls]
    assert not any("<img src=x" in page for page in pages)
    assert sum("&lt;img src=x" in page for page in pages) == 2


def test_an_item_shows_its_changes(staff, api):
    api.send()
    api.send(planning={"priority": "High"})
    item = ImportItem.objects.get(status="Updated")
    content = staff.get(reverse("admin:importjobs_importitem_change", args=[item.pk])).content.decode()
    assert '<th scope="row">Priority</th><td>–</td><td>High</td>' in content


def test_items_are_found_by_external_id_and_listed_by_job(staff, item):
    url = reverse("admin:importjobs_importitem_changelist")
    assert staff.get(url, {"q": "DEL-1"}).context["cl"].queryset.get().status == "Created"
    assert list(staff.get(url, {"job__id__exact": item.job_id}).context["cl"].queryset) == [item]
    assert list(staff.get(url, {"status__exact": "Rejected"}).context["cl"].queryset) == [item]


@pytest.mark.parametrize("model", ["importjob", "importitem"])
def test_records_cannot_be_changed(staff, item, model):
    pk = item.pk if model == "importitem" else item.job_id
    before = list(ImportJob.objects.values()) + list(ImportItem.objects.values())
    assert staff.get(reverse(f"admin:importjobs_{model}_add")).status_code == 403
    assert staff.post(reverse(f"admin:importjobs_{model}_delete", args=[pk]), {"post": "yes"}).status_code == 403
    assert (
        staff.post(reverse(f"admin:importjobs_{model}_change", args=[pk]), {"status": "Completed"}).status_code == 403
    )
    assert list(ImportJob.objects.values()) + list(ImportItem.objects.values()) == before


def test_a_skipped_item_is_shown_as_skipped_on_every_page(staff, api):
    api.send(sourceVersion=2)
    api.send(sourceVersion=1, title="Older")
    item = ImportItem.objects.get(status="Skipped")
    pages = ["importjobs_importitem_changelist", "importjobs_importjob_changelist"]
    urls = [reverse(f"admin:{page}") for page in pages]
    urls += [reverse("admin:importjobs_importitem_change", args=[item.pk])]
    urls += [reverse("admin:importjobs_importjob_change", args=[item.job_id])]
    target = reverse("admin:targets_target_change", args=[item.target_id])
    for url in [*urls, target, target.replace("change", "history")]:
        assert "skipped" in staff.get(url).content.decode().lower()


def test_a_job_is_found_by_its_batch_id_and_counts_skipped_items(staff, api):
    stops = [{"externalId": "DEL-1", "title": "Stop", "sourceVersion": version} for version in (2, 1)]
    api.post({"targets": stops, "batchId": "NIGHT-7"}, "/inbound/targets/batch")
    job = staff.get(reverse("admin:importjobs_importjob_changelist"), {"q": "NIGHT-7"}).context["cl"].queryset.get()
    content = staff.get(reverse("admin:importjobs_importjob_change", args=[job.pk])).content.decode()
    assert job.skipped_items == 1
    assert "NIGHT-7" in content


def test_replaying_a_job_that_does_not_exist_finds_no_items(staff, item):
    assert staff.get("/admin/importjobs/importjob/\u00b2/replay/").context["total"] == 0


def test_the_list_of_jobs_shows_counters_that_are_not_zero_and_leads_to_the_rejected_items(staff, api):
    api.post(
        {"targets": [{"externalId": "A", "title": "x"}, {"externalId": "B"}, {"externalId": "C"}]},
        "/inbound/targets/batch",
    )
    page = staff.get(reverse("admin:importjobs_importjob_changelist"))
    (job,) = page.context["cl"].result_list
    shown = page.content.decode()
    (counts,) = re.findall(r'class="counts-cell">(.*?)</span></td>', shown.replace("\n", ""))
    assert strip_tags(counts) == "1 created"
    (link,) = re.findall(rf'href="([^"]*job__id__exact={job.pk}[^"]*)"', shown)
    assert staff.get(html.unescape(link)).context["cl"].result_count == 2


@pytest.mark.parametrize(("language", "told"), [("de", "Anlegen oder ändern"), ("en", "Create or update")])
def test_the_operation_of_a_job_is_told_in_the_language(staff, item, language, told):
    list_page = staff.get(reverse("admin:importjobs_importjob_changelist"), headers={"Accept-Language": language})
    job_page = staff.get(
        reverse("admin:importjobs_importjob_change", args=[item.job_id]), headers={"Accept-Language": language}
    )
    assert told.lower() in strip_tags(list_page.content.decode()).lower()
    assert told.lower() in strip_tags(job_page.content.decode()).lower()
