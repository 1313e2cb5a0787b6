"""A body may have a limited number of JSON values, which are counted before they are built."""

import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from importjobs.models import ImportJob
from ordinavo.common.json_values import has_more_values
from ordinavo.common.limits import MAX_ITEM_VALUES, MAX_JSON_VALUES, MAX_MEMBERS
from tests.api import error_codes

REHEARSAL = "/inbound/targets/batch?validateOnly=true"

tricky_text = st.text('",\\[]{}: é\n', max_size=6)
values = st.recursive(
    st.none() | st.just(2.5) | tricky_text,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(tricky_text, inner, max_size=4),
)


def target_of(number_of_values):
    """Return the JSON of a target with so many values: 4 and the zeros, the first of which is one of the 4."""
    return b'{"externalId":"DEL,[1","extra":[0' + b",0" * (number_of_values - 4) + b"]}"


def batch_of(number_of_values):
    """Return the JSON of a batch with so many values: 2 for the body and the list, and the targets."""
    full, rest = divmod(number_of_values - 2, MAX_ITEM_VALUES // 2)
    return b'{"targets":[' + b",".join([target_of(MAX_ITEM_VALUES // 2)] * full + [target_of(rest)]) + b"]}"


def count(value):
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return 1 + sum(count(child) for child in children)


def refusal(response):
    return response.status_code, response.json()["error"]["code"], response.json()["error"]["message"]


@pytest.mark.django_db
def test_a_batch_may_have_a_million_and_a_quarter_values_and_no_more(api):
    assert (
        api.post(batch_of(MAX_JSON_VALUES), REHEARSAL).json()["status"] == "Failed"
    )  # read: the targets have no title
    message = "The body may have at most 1,250,000 JSON values. "
    message += "Send it with the header Prefer: respond-async, or split it."
    assert refusal(api.post(batch_of(MAX_JSON_VALUES + 1), REHEARSAL)) == (413, "payload_too_large", message)


@pytest.mark.django_db
def test_a_target_of_a_batch_may_have_a_hundred_thousand_values_and_no_more(api):
    batch = b'{"targets":[{"externalId":"DEL-1","title":"A"},%s]}'
    assert api.post(batch % target_of(MAX_ITEM_VALUES), REHEARSAL).json()["rejectedItems"] == 1
    message = "targets[1] may have at most 100,000 JSON values. Send less with this target."
    refused = api.post(batch % target_of(MAX_ITEM_VALUES + 1), REHEARSAL)
    assert refusal(refused) == (422, "invalid_batch", message)


@pytest.mark.django_db
def test_a_target_of_a_batch_may_be_as_large_as_a_single_import_and_no_larger(api, settings):
    settings.MAX_BODY_BYTES = 1_000
    target = b'{"externalId":"1","extra":"%s"}'
    assert api.post(b'{"items":[' + target % (b"x" * 971) + b"]}", REHEARSAL).json()["rejectedItems"] == 1
    message = "items[0] may have at most 1,000 bytes. Send less with this target."
    refused = api.post(b'{"items":[' + target % (b"x" * 972) + b"]}", REHEARSAL)
    assert refusal(refused) == (422, "invalid_batch", message)


@pytest.mark.django_db
def test_a_single_target_may_have_a_hundred_thousand_values_and_no_more(api):
    assert api.post(target_of(MAX_ITEM_VALUES), "/inbound/targets").json()["status"] == "Failed"
    message = "The body may have at most 100,000 JSON values. Split it into several requests."
    assert refusal(api.post(target_of(MAX_ITEM_VALUES + 1), "/inbound/targets")) == (413, "payload_too_large", message)


@pytest.mark.django_db
def test_what_a_batch_has_beside_its_targets_is_limited_too(api):
    extra = b'{"targets":[],"extra":[0%s]}'
    assert api.post(extra % (b",0" * (MAX_ITEM_VALUES - 2)), REHEARSAL).json()["error"]["code"] == "empty_batch"
    message = "Outside of its targets, the body may have at most 100,000 JSON values in one member."
    refused = api.post(extra % (b",0" * (MAX_ITEM_VALUES - 1)), REHEARSAL)
    assert refusal(refused) == (413, "payload_too_large", message)


@pytest.mark.django_db
def test_a_key_of_a_batch_is_limited_in_bytes_and_not_in_characters(api, settings):
    settings.MAX_BODY_BYTES = 1_000
    key = "é" * 500
    assert api.post({"targets": [], key: 1}, REHEARSAL).json()["error"]["code"] == "empty_batch"
    message = "Outside of its targets, the body may have at most 1,000 bytes."
    refused = api.post({"targets": [], key + "x": 1}, REHEARSAL)
    assert refusal(refused) == (413, "payload_too_large", message)


@pytest.mark.django_db
def test_a_batch_may_have_a_thousand_members_and_no_more(api):
    batch = {"targets": [{"externalId": "DEL-1", "title": "A"}]} | {
        f"k{number}": 1 for number in range(MAX_MEMBERS - 1)
    }
    assert api.post(batch, REHEARSAL).json()["status"] == "Completed"
    refused = api.post(batch | {"one": "more"}, REHEARSAL)
    assert refusal(refused) == (413, "payload_too_large", "The body may have at most 1,000 members.")


@pytest.mark.django_db
@pytest.mark.parametrize("section", ["", "address"])
def test_a_target_and_its_sections_may_have_a_thousand_members_and_no_more(api, section):
    target = {"externalId": "DEL-1", "title": "A"}
    members = {f"k{number}": 1 for number in range(MAX_MEMBERS - (0 if section else len(target)))}
    assert api.post(target | ({section: members} if section else members), "/inbound/targets").status_code == 201
    members["one"] = "more"
    [item] = api.post(target | ({section: members} if section else members), "/inbound/targets").json()["items"]
    assert error_codes(item) == [("invalid_field", section)]
    assert "may have at most 1,000 members; 1,001 were sent. Leave out what is not known." in item["errorMessage"]


@pytest.mark.django_db
def test_commas_and_brackets_in_texts_are_not_counted(api):
    target = {"externalId": "DEL-1", "extra": '",[{' * (MAX_ITEM_VALUES + 1)}
    assert api.post({"targets": [target]}, REHEARSAL).json()["status"] == "Failed"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [
        b'{"targets":[' + b"[]," * MAX_JSON_VALUES + b"[]]}",
        b"{" + b",".join(b'"k%d":1' % number for number in range(1_000_000)) + b"}",
    ],
    ids=["too many values", "too many members"],
)
def test_a_body_of_junk_takes_at_most_five_times_its_size_and_a_hundred_mebibytes(api, body):
    api.post({"targets": []}, REHEARSAL)  # loads what is imported late
    tracemalloc.start()
    try:
        assert api.post(body, REHEARSAL).status_code in (413, 422)
        assert tracemalloc.get_traced_memory()[1] < 5 * len(body) + 100 * 1024 * 1024
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
