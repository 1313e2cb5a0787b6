"""A body may have a limited number of JSON values, which are counted before they are built."""

import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importjobs.models import ImportJob
from ordinavo.common.json_values import has_more_values
from tests.api import error_codes

REHEARSAL = "/inbound/targets/batch?validateOnly=true"
MAX_VALUES = 2_000_000

tricky_text = st.text('",\\[]{}: é\n', max_size=6)
values = st.recursive(
    st.none() | st.just(2.5) | tricky_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(tricky_text, inner, max_size=4),
)


def batch_of(number_of_values):
    """Return the JSON of a batch with so many values: 5 for the body, the list, the target and its fields."""
    zeros = b"0," * (number_of_values - 6) + b"0"
    return b'{"targets":[{"externalId":"DEL,[1","extra":[' + zeros + b"]}]}"


def count(value):
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(count(child) for child in children)


@pytest.mark.django_db
def test_a_body_may_have_two_million_values_and_no_more(api):
    assert api.post(batch_of(MAX_VALUES), REHEARSAL).status_code == 422  # read: the target has no title
    error = api.post(batch_of(MAX_VALUES + 1), REHEARSAL)
    assert (error.status_code, error.json()["error"]["code"]) == (413, "payload_too_large")
    assert "at most 2,000,000 JSON values" in error.json()["error"]["message"]


@pytest.mark.django_db
def test_commas_and_brackets_in_texts_are_not_counted(api):
    target = {"externalId": "DEL-1", "extra": '",[{' * MAX_VALUES}
    assert api.post({"targets": [target]}, REHEARSAL).status_code == 422


@pytest.mark.django_db
def test_too_many_values_are_refused_before_they_are_built(api):
    body = b'{"targets":[' + b"[]," * MAX_VALUES + b"[]]}"
    api.post({"targets": []}, REHEARSAL)  # loads what is imported late
    tracemalloc.start()
    try:
        assert api.post(body, REHEARSAL).status_code == 413
        assert tracemalloc.get_traced_memory()[1] < 5 * len(body)
    finally:
        tracemalloc.stop()
    assert not ImportJob.objects.exists()


@settings(max_examples=300, deadline=None, derandomize=True)
@given(value=values, split=st.integers(0, 60), indent=st.none() | st.just(1), ascii_only=st.booleans())
def test_values_are_counted_exactly_wherever_the_text_is_cut_into_pieces(value, split, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only).encode()
    commas = b'"' + b"," * (64 * 1024 - 3 - split) + b'",'  # one value, whose text forces an exact count
    body, number = b"[" + commas + text + b"]", 2 + count(value)
    assert has_more_values(body, number - 1)
    assert not has_more_values(body, number)


def test_a_target_may_have_a_thousand_custom_fields_and_no_more(api, delivery_stop):
    fields = {f"f{number}": 1 for number in range(1_001)}
    item = api.send(customFields=fields, templateKey="delivery_stop")
    assert error_codes(item) == [("invalid_field", "customFields")]
    assert "at most 1,000 members, not 1,001" in item["errorMessage"]
    del fields["f0"]
    assert api.send(customFields=fields)["status"] == "Created"
