"""Ctrl+K finds targets, source systems, import jobs and the import items of an external id."""

import html
import re

import pytest
from django.test import Client

from importjobs.models import ImportJob
from tests.factories import SourceSystemFactory, StaffFactory, TargetFactory


def found(client, text):
    """Return the titles of what the palette finds, and their links."""
    shown = client.get("/admin/search/", {"s": text, "extended": "1"}).content.decode()
    links = re.findall(r'href="([^"]*)"\s+data-title="([^"]*)"', shown)
    return {html.unescape(title): html.unescape(link) for link, title in links}


@pytest.fixture
def target(erp):
    return TargetFactory(
        source_system=erp, external_id="DEL-7", title="Delivery", customer_name="Müller KG", city="Essen",
        street="Hauptstraße 1", customer_number="K-4711",
    )  # fmt: skip


@pytest.mark.parametrize("text", ["DEL-7", "del-7", "mueller", "Müller essen", "hauptstrasse 1", "K-4711"])
def test_a_target_is_found_by_what_identifies_it(staff, target, text):
    assert found(staff, text)["DEL-7 Delivery"] == f"/admin/targets/target/{target.pk}/change/"


def test_more_targets_than_are_shown_lead_to_the_list(staff, erp):
    for _number in range(11):
        TargetFactory(source_system=erp, title="Delivery & return")
    results = found(staff, "delivery return")
    assert len(results) == 11
    assert results["All targets with “delivery return”"] == "/admin/targets/target/?q=delivery+return"


def test_a_job_is_found_by_its_number_and_its_batch_id(staff, api):
    api.post({"batchId": "Night-1", "targets": [{"externalId": "A", "title": "x"}]}, "/inbound/targets/batch")
    job = ImportJob.objects.get()
    for text in (str(job.pk), "Night-1"):
        assert found(staff, text)[f"Import job {job.pk}"] == f"/admin/importjobs/importjob/{job.pk}/change/"


def test_a_source_system_is_found_by_a_part_of_its_name_or_key(staff):
    system = SourceSystemFactory(key="shop_1", name="Web shop")
    for text in ("shop", "HOP_1"):
        assert found(staff, text) == {"Web shop": f"/admin/targets/sourcesystem/{system.pk}/change/"}


def test_the_items_of_an_external_id_are_found(staff, api):
    api.post({"externalId": "Bad-1"})
    assert found(staff, "Bad-1") == {"Import items of Bad-1": "/admin/importjobs/importitem/?q=Bad-1"}


@pytest.mark.parametrize("text", ["nothing", "&", "9" * 30, "\0", "%", "'", "²"])
def test_what_is_not_there_is_not_found(staff, target, text):
    assert found(staff, text) == {}
    assert staff.get("/admin/search/", {"s": text, "extended": "1"}).status_code == 200


def test_users_find_only_what_they_may_view(target):
    client = Client()
    client.force_login(StaffFactory(is_superuser=False))
    assert found(client, "DEL-7") == {}


def test_what_has_changed_since_the_last_search_is_found_as_it_is_now(staff, target):
    assert "DEL-7 Delivery" in found(staff, "mueller")
    TargetFactory(source_system=target.source_system, external_id="DEL-8", title="Pickup", customer_name="Müller KG")
    target.delete()
    assert list(found(staff, "mueller")) == ["DEL-8 Pickup"]


@pytest.mark.parametrize(
    "query", ["s=" + "9" * 5000, "s=del&page=x", "s=del&page=-1", "s=del&page=" + "9" * 5000, "s=%00"]
)
def test_a_search_survives_any_query(staff, target, query):
    assert staff.get(f"/admin/search/?extended=1&{query}").status_code == 200
