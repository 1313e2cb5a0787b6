"""A batch has the same results, item by item, as the same items sent one by one."""

import uuid

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from importjobs import chunks
from targets import corrections
from targets.models import Target
from tests.api import Api
from tests.factories import ApiTokenFactory, SourceSystemFactory

maybe = st.none() | st.just("absent")
values = {
    "operation": st.sampled_from(["absent", "create", "update", "upsert", "cancel", "wrong"]),
    "title": st.sampled_from(["absent", None, "One", "Two", 7, "x" * 256]),
    "templateKey": st.sampled_from(["absent", None, "delivery_stop", "unknown"]),
    "sourceVersion": st.sampled_from(["absent", None, 1, 2, 3, -1]),
    "sourceUpdatedAtUtc": st.sampled_from(["absent", None, "2026-06-25T08:00:00Z", "2026-06-25T08:00:01Z", "x"]),
    "customer": st.sampled_from(["absent", None, {"name": None}, {"name": "A"}, {"name": "B", "phone": "1"}]),
    "customFields": st.sampled_from(["absent", None, {"package_count": "8"}, {"package_count": "x"}, {"free": 1}]),
}
document = st.fixed_dictionaries({"externalId": st.sampled_from(["A", " B", "C", ""])} | values).map(
    lambda d: {name: value for name, value in d.items() if value != "absent"}
)


def state(system):
    hidden = {"id", "source_system_id", "created_at", "updated_at"}
    rows = Target.objects.filter(source_system=system).order_by("external_id").values()
    corrected = [{k: {n: c[n] for n in ("by", "source")} for k, c in row.pop("corrections").items()} for row in rows]
    return [{k: v for k, v in row.items() if k not in hidden} for row in rows], corrected


def outcome(item, ids):
    kept = {name: value for name, value in item.items() if name not in ("index", "targetId")}
    return kept | {"target": ids.setdefault(item.get("targetId"), len(ids))}


@pytest.mark.parametrize("chunk", [1, 2, 1_000])
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(documents=st.lists(document, min_size=1, max_size=12), corrected=st.sampled_from(["", "title", "status"]))
def test_a_batch_has_the_results_of_its_items_sent_one_by_one(delivery_stop, monkeypatch, chunk, documents, corrected):
    monkeypatch.setattr(chunks, "CHUNK", chunk)
    answers, states = [], []
    for together in (True, False):
        system = SourceSystemFactory(key=f"erp_{uuid.uuid4()}")
        api = Api(ApiTokenFactory(source_systems=[system]))
        api.send("A", title="First", sourceVersion=1)
        if corrected == "title":
            corrections.correct(target=Target.objects.get(source_system=system), values={"title": "Mine"}, by="dora")
        if corrected == "status":
            corrections.cancel(target=Target.objects.get(source_system=system), reason="", by="dora")
        ids: dict[int | None, int] = {}
        if together:
            items = api.post({"targets": documents}, "/inbound/targets/batch").json()["items"]
            assert [item["index"] for item in items] == list(range(len(documents)))
        else:
            items = [api.item(one) for one in documents]
        answers.append([outcome(item, ids) for item in items])
        states.append(state(system))
    assert answers[0] == answers[1]
    assert states[0] == states[1]
