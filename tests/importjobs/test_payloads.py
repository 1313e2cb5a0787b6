"""The payload of an item is kept as it was sent: its keys in their order, its numbers exact."""

import json
from html import unescape

import pytest
from django.core.exceptions import FieldError
from django.db import connection
from django.urls import reverse

from importjobs.models import ImportItem, ImportJob
from tests.exports import export
from tests.factories import TargetFactory, TargetTemplateFactory

SENT = (
    '{"title":"Delivery","zone":{"b":1.0,"a":1.10,"n":1E+3},"externalId":"DEL-1","customer":{"phone":"+49","name":"Ä"},'
    '"extra":[{"z":null,"y":12345678901234567890.12}],"email":7,"customFields":null,"aa":true}'
)
"""The keys are in no order that a database would choose: neither by length nor by the alphabet."""


def stored_text():
    with connection.cursor() as cursor:
        cursor.execute("SELECT payload::text FROM importjobs_importitem ORDER BY job_id, position")
        return [text for (text,) in cursor.fetchall()]


def test_a_single_import_stores_the_text_that_was_sent(api):
    assert api.post(SENT).status_code == 201
    assert stored_text() == [SENT]


def test_a_batch_stores_each_target_as_it_was_sent(api):
    other = SENT.replace("DEL-1", "DEL-0")
    api.post(f'{{"targets":[{SENT},{other},null,7,"x"]}}', "/inbound/targets/batch")
    assert stored_text() == [SENT, other, "null", "7", '"x"']


def test_what_a_batch_adds_comes_after_what_was_sent(api):
    api.post(f'{{"operation":"upsert","templateKey":"t","targets":[{SENT}]}}', "/inbound/targets/batch")
    assert stored_text() == [SENT[:-1] + ',"operation":"upsert","templateKey":"t"}']


def test_the_rejected_payload_is_shown_in_the_order_sent(staff, api):
    api.post(SENT.replace('"email":7', '"operation":"create"'))
    api.post(SENT.replace('"email":7', '"operation":"create"'))
    item = ImportItem.objects.get(status="Rejected")
    for name in ("change", "replay"):
        url = reverse("admin:importjobs_importitem_change", args=[item.pk]).replace("change", name)
        page = unescape(staff.get(url).content.decode())
        shown = json.loads(page[page.index('{\n  "title"') : page.index("\n}") + 2])
        assert list(shown) == ["title", "zone", "externalId", "customer", "extra", "operation", "customFields", "aa"]
        assert list(shown["zone"]) == ["b", "a", "n"]


@pytest.mark.django_db(transaction=True)
def test_the_export_has_the_payload_in_the_order_sent(staff, api):
    api.post(SENT)
    exported = export(staff, "importjobs/importitem")
    assert SENT.replace('"', '""') in exported.decode()


def test_a_replay_of_many_stores_the_payload_in_the_order_sent(staff, api):
    rejected = SENT.replace('"aa":true', '"templateKey":"new"')
    api.post(rejected)
    TargetTemplateFactory(key="new")
    staff.post("/admin/importjobs/importitem/replay-many/", {"items": str(ImportItem.objects.get().pk)})
    assert stored_text() == [rejected, rejected]


def test_the_model_writes_and_reads_the_order_too(api, erp):
    api.post({"externalId": "DEL-1", "title": "Delivery"})
    item = ImportItem.objects.get()
    ImportItem.objects.update(payload={"b": 1, "a": None})
    assert stored_text() == ['{"b":1,"a":null}']
    assert list(ImportItem.objects.values_list("payload", flat=True)[0]) == ["b", "a"]
    item = ImportItem.objects.defer("payload").get()
    assert list(item.payload) == ["b", "a"]
    copy = ImportItem.objects.create(
        job=ImportJob.objects.get(), position=9, external_id="DEL-2", status="Created", payload={"d": [], "c": {}},
        target=TargetFactory(source_system=erp),
    )  # fmt: skip
    copy.refresh_from_db()
    assert list(copy.payload) == ["d", "c"]


@pytest.mark.parametrize("lookup", ["payload", "payload__contains", "payload__title"])
def test_a_payload_cannot_be_looked_into(db, lookup):
    with pytest.raises(FieldError):
        ImportItem.objects.filter(**{lookup: {"a": 1}})
