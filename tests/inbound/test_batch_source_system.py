"""A batch that names no source system, of a token that serves several: its items name it."""

import pytest

from targets.models import Target
from tests.api import Api
from tests.factories import ApiTokenFactory, SourceSystemFactory

BATCH = "/inbound/targets/batch"


@pytest.fixture
def both(erp):
    return Api(ApiTokenFactory(source_systems=[erp, SourceSystemFactory(key="shop")]))


def send(both, *keys):
    """Send a batch of one stop for each key, without a sourceSystem where the key is None."""
    named = [{"sourceSystem": key} if key is not None else {} for key in keys]
    stops = [{"externalId": f"DEL-{number}", "title": "Delivery"} | name for number, name in enumerate(named)]
    return both.post({"targets": stops}, BATCH)


def code(response):
    return response.json()["error"]["code"]


def test_the_one_that_all_items_name_is_used(both):
    response = send(both, "shop", " shop\ufeff")
    assert (response.status_code, response.json()["createdItems"]) == (200, 2)
    assert {target.source_system.key for target in Target.objects.all()} == {"shop"}


def test_items_that_name_none_belong_to_the_one_that_others_name(both):
    response = send(both, None, "shop", "")
    assert (response.status_code, response.json()["createdItems"]) == (200, 3)


def test_the_items_must_not_name_several(both):
    response = send(both, "shop", "logistics_erp")
    assert (response.status_code, code(response)) == (422, "missing_source_system")
    assert "its items name several" in response.json()["error"]["message"]


@pytest.mark.parametrize("keys", [[None], [None, ""], [5], [["shop"]]])
def test_some_item_must_name_one(both, keys):
    assert code(send(both, *keys)) == "missing_source_system"


def test_the_token_must_be_allowed_to_use_it(both):
    assert code(send(both, "unknown")) == "source_system_not_allowed"


def test_what_the_batch_names_wins(both):
    stop = {"externalId": "DEL-1", "title": "Delivery", "sourceSystem": "shop"}
    response = both.post({"sourceSystem": "logistics_erp", "targets": [stop]}, BATCH)
    assert (response.status_code, response.json()["rejectedItems"]) == (422, 1)


def test_an_item_that_is_no_object_is_rejected_alone(both):
    stop = {"externalId": "DEL-1", "title": "Delivery", "sourceSystem": "shop"}
    answer = both.post({"targets": [None, 5, stop]}, BATCH).json()
    assert (answer["createdItems"], answer["rejectedItems"]) == (1, 2)
