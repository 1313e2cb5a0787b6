"""Imports that meet: over real HTTP, each in a connection of its own."""

import json
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from importjobs.models import ImportItem, ImportJob
from inbound import tokens
from targets.models import SourceSystem, Target
from templates.models import TargetTemplate
from tests.factories import TargetTemplateFactory
from tests.queries import until_somebody_waits

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
def test_simultaneous_imports_of_one_new_id_make_one_target(post, operation, loser):
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


@pytest.fixture
def doomed():
    """A template that staff delete after an import has read it and before the import writes."""
    template = TargetTemplateFactory(key="doomed")
    deleted = []

    def delete():
        SourceSystem.objects.update(default_template=None)
        TargetTemplate.objects.filter(key="doomed").delete()
        connection.close()

    def delete_before_the_first_write(execute, sql, params, many, context):
        if "INSERT INTO targets_target" in sql and not deleted:
            deleted.append(template)
            with ThreadPoolExecutor() as staff:
                staff.submit(delete).result()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(delete_before_the_first_write):
        yield template
    assert deleted


@pytest.fixture(params=["single", "single of a named system", "batch"])
def send(request, api):
    """Sends one target in each way that reads what is stored at another moment."""
    named = {"sourceSystem": "logistics_erp"} if "named" in request.param else {}
    if request.param == "batch":
        return lambda target, **headers: api.post({"targets": [target]}, "/inbound/targets/batch", **headers)
    return lambda target, **headers: api.post(target | named, **headers)


keyed = pytest.mark.parametrize("headers", [{}, {"Idempotency-Key": "k"}], ids=["no key", "key"])


@keyed
def test_a_template_that_is_deleted_meanwhile_is_unknown(send, doomed, headers):
    response = send({"externalId": "DEL-1", "title": "Delivery", "templateKey": "doomed"}, **headers)
    assert (response.status_code, response.json()["items"][0]["errorCode"]) == (422, "unknown_template")


def test_a_target_that_gets_a_new_template_while_its_batch_waits_keeps_it(post_batch):
    first, second = (
        [{"externalId": external_id, "title": title} for external_id in ("DEL-1", "DEL-2")]
        for title in ("Delivery", "Another title")
    )
    post_batch(first)
    with ThreadPoolExecutor() as pool:
        with transaction.atomic():
            Target.objects.select_for_update().get(external_id="DEL-1")
            waiting = pool.submit(post_batch, second)
            until_somebody_waits()
            pool.submit(give_new_template, "DEL-2").result()
        assert waiting.result() == 200
    target = Target.objects.get(external_id="DEL-2")
    assert (target.title, target.template.key) == ("Another title", "brand_new")


def give_new_template(external_id):
    try:
        Target.objects.filter(external_id=external_id).update(template=TargetTemplateFactory(key="brand_new"))
    finally:
        connection.close()


@keyed
def test_a_default_template_that_is_deleted_meanwhile_is_none(send, doomed, headers):
    SourceSystem.objects.update(default_template=doomed)
    assert send({"externalId": "DEL-1", "title": "Delivery"}, **headers).json()["createdItems"] == 1
    assert Target.objects.get().template is None
