"""GET /targets: its answers, filters, and which targets a token sees."""

import pytest

from tests.api import Api, example
from tests.factories import ApiTokenFactory, SourceSystemFactory, TargetFactory


@pytest.fixture
def targets(api, erp, delivery_stop):
    api.post(example("upsert"))
    api.send("DEL-2", planning={"routeDate": "2026-06-27", "priority": "Low"})
    api.item({"externalId": "DEL-2", "operation": "cancel"})
    TargetFactory(source_system=SourceSystemFactory(key="shop"), external_id="DEL-2")


def shape(target):
    """Return the keys of a target, and of each section the keys in it."""
    return {key: set(value) if isinstance(value, dict) else None for key, value in target.items()}


def test_a_target_is_answered_with_every_key_even_without_values(api):
    item = api.send()
    target = api.get(f"/targets/{item['targetId']}").json()
    assert shape(target) == shape(example("target")) | {"customFields": set()}


def test_targets_of_another_source_system_are_not_found(api, targets):
    stranger = Api(ApiTokenFactory(source_systems=[SourceSystemFactory(key="spa")]))
    own = api.target("DEL-2")
    assert own["sourceSystem"] == "logistics_erp"
    assert stranger.get(f"/targets/{own['id']}").status_code == 404
    assert stranger.get("/targets").json()["results"] == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["DEL-2", "DEL-2026-000918"]),
        ("externalId=DEL-2", ["DEL-2"]),
        ("status=Cancelled", ["DEL-2"]),
        ("status=Active", ["DEL-2026-000918"]),
        ("templateKey=delivery_stop", ["DEL-2026-000918"]),
        ("sourceSystem=logistics_erp&priority=Low", ["DEL-2"]),
        ("routeDate=2026-06-25", ["DEL-2026-000918"]),
        ("routeDateFrom=2026-06-26", ["DEL-2"]),
        ("routeDateTo=2026-06-26", ["DEL-2026-000918"]),
        ("routeDateFrom=2026-06-25&routeDateTo=2026-06-27", ["DEL-2", "DEL-2026-000918"]),
        ("updatedAfter=2100-01-01T00:00:00Z", []),
        ("updatedAfter=2020-01-01T00:00:00Z", ["DEL-2", "DEL-2026-000918"]),
    ],
)
def test_targets_are_filtered(api, targets, query, found):
    results = api.get(f"/targets?{query}").json()["results"]
    assert [target["externalId"] for target in results] == found


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("status=Open", "status: must be one of Active, Cancelled"),
        ("priority=high", "priority: must be one of Low, Medium, High, Urgent"),
        ("sourceSystem=shop", "sourceSystem: "),
        ("templateKey=unheard_of", "templateKey: "),
        ("routeDate=25.06.2026", "routeDate: must be a date as YYYY-MM-DD"),
        ("updatedAfter=2026-06-25", "updatedAfter: must be a date and time by RFC 3339"),
        ("city=Essen", "city is not a parameter here; known are: cursor, customer.customerNumber"),
    ],
)
def test_a_filter_value_that_cannot_be_read_is_refused_with_what_is_accepted(api, targets, query, message):
    response = api.get(f"/targets?{query}")
    assert response.status_code == 400
    assert response.json()["error"]["message"].startswith(message)


def test_a_filter_names_no_source_system_that_the_token_does_not_serve(api):
    response = api.get(f"/targets?sourceSystem={SourceSystemFactory().key}")
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_parameter")


@pytest.mark.parametrize("pk", ["0", "999999999999999999999999", "1" * 5000, "-1", "abc", "١"])
def test_an_unknown_target_id_is_not_found(api, pk):
    assert api.get(f"/targets/{pk}").status_code == 404


def test_a_filter_without_a_value_is_refused_instead_of_ignored(api):
    response = api.get("/targets?externalId=")
    assert response.status_code == 400
    assert response.json()["error"]["message"] == "externalId has no value. Send a value, or leave the parameter out."
