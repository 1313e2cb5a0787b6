"""Simultaneous imports, and imports whose targets or templates change between their reading and their writing."""

import json
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.urls import reverse

from importjobs import replays
from importjobs.models import ImportItem, ImportJob
from inbound import tokens
from targets.models import SourceSystem, Target
from templates.choices import add_choice
from templates.models import TargetTemplate
from tests.factories import CustomFieldFactory, TargetFactory, TargetTemplateFactory
from tests.queries import wait_until_another_connection_is_blocked

pytestmark = pytest.mark.django_db(transaction=True)
CLIENTS = 8
ROUNDS = 10


@pytest.fixture
def post(live_server, token):
    raw = tokens.encode(token)

    def send(document, path="/inbound/targets"):
        request = urllib.request.Request(
            live_server.url + path,
            data=json.dumps(document).encode(),
            headers={"Authorization": f"Bearer {raw}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request) as response:
                return response.status
        except urllib.error.HTTPError as error:
            return error.code

    return send


@pytest.fixture
def post_batch(post):
    return lambda targets: post({"targets": targets}, "/inbound/targets/batch")


@pytest.mark.parametrize(("operation", "loser"), [("upsert", 200), ("create", 409)])
def test_simultaneous_imports_of_one_new_id_create_one_target(post, operation, loser):
    with ThreadPoolExecutor(CLIENTS) as pool:
        for number in range(ROUNDS):
            document = {"externalId": f"DEL-{number}", "operation": operation, "title": "Delivery"}
            statuses = Counter(pool.map(post, [document] * CLIENTS))
            assert statuses == {201: 1, loser: CLIENTS - 1}
    assert Target.objects.count() == ROUNDS
    assert ImportJob.objects.count() == ImportItem.objects.count() == ROUNDS * CLIENTS


def test_simultaneous_updates_of_different_fields_lose_none(post):
    names = ["name", "contactName", "phone"]
    post({"externalId": "DEL-1", "title": "Delivery"})
    documents = [{"externalId": "DEL-1", "customer": {name: "sent"}} for name in names]
    with ThreadPoolExecutor(CLIENTS) as pool:
        assert set(pool.map(post, documents)) == {200}
    target = Target.objects.get()
    assert (target.customer_name, target.customer_contact_name, target.customer_phone) == ("sent",) * 3


@contextmanager
def before_the_first_write(act):
    """Call `act`, in its own connection, between the reads and the writes of an import. Yield the SQL of the import."""
    statements, writes = [], []

    def wrapper(execute, sql, params, many, context):
        statements.append(sql)
        if "INSERT INTO targets_target" in sql or "UPDATE targets_target" in sql:
            writes.append(sql)
            if len(writes) == 1:
                with ThreadPoolExecutor() as pool:
                    pool.submit(closing_its_connection, act).result()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield statements


def closing_its_connection(act, *arguments):
    try:
        return act(*arguments)
    finally:
        connection.close()


@pytest.fixture
def doomed():
    """Return a template that staff delete after an import has read it and before the import writes."""
    template = TargetTemplateFactory(key="doomed")

    def delete():
        SourceSystem.objects.update(default_template=None)
        TargetTemplate.objects.filter(key="doomed").delete()

    with before_the_first_write(delete):
        yield template
    assert not TargetTemplate.objects.filter(key="doomed").exists()


@pytest.fixture(params=["single", "single of a named system", "batch"])
def send(request, api):
    """Send one target by each kind of request: they read the stored target at different moments."""
    named = {"sourceSystem": "logistics_erp"} if "named" in request.param else {}
    if request.param == "batch":
        return lambda target, **headers: api.post({"targets": [target]}, "/inbound/targets/batch", **headers)
    return lambda target, **headers: api.post(target | named, **headers)


keyed = pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}], ids=["no key", "key"])


@keyed
def test_a_template_that_is_deleted_meanwhile_is_unknown(send, doomed, headers):
    response = send({"externalId": "DEL-1", "title": "Delivery", "templateKey": "doomed"}, **headers)
    assert (response.status_code, response.json()["items"][0]["errorCode"]) == (422, "unknown_template")


def test_a_target_keeps_the_new_template_that_it_gets_while_its_batch_waits(post_batch):
    first, second = (
        [{"externalId": external_id, "title": title} for external_id in ("DEL-1", "DEL-2")]
        for title in ("Delivery", "Another title")
    )
    post_batch(first)
    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            Target.objects.select_for_update().get(external_id="DEL-1")
            waiting = pool.submit(post_batch, second)
            wait_until_another_connection_is_blocked()
            pool.submit(closing_its_connection, give_new_template, "DEL-2").result()
        assert waiting.result() == 200
    target = Target.objects.get(external_id="DEL-2")
    assert (target.title, target.template.key) == ("Another title", "brand_new")


def give_new_template(external_id):
    Target.objects.filter(external_id=external_id).update(template=TargetTemplateFactory(key="brand_new"))


@keyed
def test_a_default_template_that_is_deleted_meanwhile_is_not_applied(send, doomed, headers):
    SourceSystem.objects.update(default_template=doomed)
    assert send({"externalId": "DEL-1", "title": "Delivery"}, **headers).json()["createdItems"] == 1
    assert Target.objects.get().template is None


@pytest.mark.parametrize(
    ("operation", "status", "title"), [("upsert", "Updated", "Sent"), ("create", "Rejected", "Delivery to somebody")]
)
@keyed
def test_a_target_that_is_created_meanwhile_is_seen(send, erp, operation, status, title, headers):
    with before_the_first_write(lambda: TargetFactory(source_system=erp, external_id="DEL-1", customer_phone="+49")):
        answer = send({"externalId": "DEL-1", "title": "Sent", "operation": operation}, **headers).json()
    assert answer["items"][0]["status"] == status
    assert list(Target.objects.values_list("title", "customer_phone")) == [(title, "+49")]


@keyed
def test_a_change_of_another_field_meanwhile_is_not_lost_and_the_retry_locks_the_target(api, erp, headers):
    TargetFactory(source_system=erp, external_id="DEL-1")
    with before_the_first_write(lambda: Target.objects.update(customer_phone="+49 201")) as statements:
        assert api.post({"externalId": "DEL-1", "title": "Sent"}, **headers).status_code == 200
    assert list(Target.objects.values_list("title", "customer_phone")) == [("Sent", "+49 201")]
    reads = [sql for sql in statements if "WITH found" in sql]
    assert ["FOR NO KEY UPDATE" in sql for sql in reads] == [False, True]
    assert ImportJob.objects.count() == 1


def test_a_lost_race_leaves_the_transaction_around_it_usable(api, doomed):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # so that the import's own statement fails, not the commit
        item = api.item({"externalId": "DEL-1", "title": "Delivery", "templateKey": "doomed"})
    assert item["errorCode"] == "unknown_template"
    assert ImportItem.objects.get().error_code == "unknown_template"


def test_an_item_that_a_colleague_handles_meanwhile_is_not_reported_as_dismissed(api, staff):
    api.post({"externalId": "DEL-1"})
    item = ImportItem.objects.get()
    page = reverse("admin:importjobs_importitem_change", args=[item.pk]).replace("change", "dismiss")

    def dismiss():
        return staff.post(page, {"note": "Also mine"}, follow=True)

    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            replays.dismiss(items=ImportItem.objects.all(), note="Mine", by="colleague")
            posted = pool.submit(closing_its_connection, dismiss)
            wait_until_another_connection_is_blocked()
        assert "it has already been handled" in posted.result().content.decode()
    item.refresh_from_db()
    assert (item.handled_by, item.handling_note) == ("colleague", "Mine")


def test_two_choices_that_are_added_at_once_are_both_kept():
    field = CustomFieldFactory(type="choice", choices=["ramp"])

    def add():
        return closing_its_connection(lambda: add_choice(field_id=field.pk, choice="crane"))

    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            add_choice(field_id=field.pk, choice="tail_lift")
            added = pool.submit(add)
            wait_until_another_connection_is_blocked()
        assert added.result()
    field.refresh_from_db()
    assert field.choices == ["ramp", "tail_lift", "crane"]
