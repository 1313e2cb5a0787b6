"""Generated hostile input: each answer is documented JSON, and none is a 5xx."""

import json
import string

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from targets.paths import COLUMN_BY_PATH
from tests.api import Api

pytestmark = pytest.mark.django_db

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**40), 10**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.datetimes().map(str)
    | st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "24:00", "1e400", "\u202e"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@st.composite
def documents(draw):
    """Draw a valid document in which some fields have arbitrary values."""
    document = {"externalId": "DEL-1", "title": "Delivery", "templateKey": "delivery_stop"}
    names = [
        "externalId",
        "title",
        "templateKey",
        "operation",
        "sourceSystem",
        "customer",
        "customFields",
        *COLUMN_BY_PATH,
    ]
    for path in draw(st.lists(st.sampled_from(names), max_size=4)):
        section, _, name = path.rpartition(".")
        parent = document.setdefault(section, {}) if section else document
        if isinstance(parent, dict):
            parent[name] = draw(anything)
    custom = draw(st.dictionaries(st.sampled_from(["package_count", "delivery_weight_kg", "x"]), anything))
    return {"customFields": custom} | document


relaxed = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@relaxed
@given(document=documents())
def test_any_document_gets_a_documented_answer(api, delivery_stop, document):
    response = api.post(json.dumps(document))
    assert response.status_code in {200, 201, 400, 403, 404, 409, 422}
    assert ("importJobId" in response.json()) != ("error" in response.json())


@relaxed
@given(body=st.binary(max_size=200))
def test_any_bytes_are_answered_with_a_client_error(api, body):
    assert api.post(body).status_code in {400, 403, 422}


@relaxed
@given(header=st.text(string.printable.replace("\r", "").replace("\n", ""), max_size=80))
def test_any_authorization_header_without_a_valid_token_is_answered_401(header):
    assert Api().get("/targets", Authorization=header).status_code == 401


@relaxed
@given(
    name=st.sampled_from(["status", "externalId", "sourceSystem", "routeDate", "updatedAfter", "cursor", "pageSize"]),
    value=st.text(max_size=30),
)
def test_any_query_parameter_is_answered_200_or_400(api, name, value):
    response = api.client.get("/targets", {name: value}, headers=api.headers)
    assert response.status_code in {200, 400}
