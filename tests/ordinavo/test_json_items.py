"""The list of targets in a batch is split into texts, and each is parsed by itself, with the same result."""

import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ordinavo.common import json_codec
from ordinavo.common.json_items import parse_object

REHEARSAL = "/inbound/targets/batch?validateOnly=true"

texts = st.text('",\\[]{}: é\U0001f600\n', max_size=6)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**25), 10**25) | st.just(2.5) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
)
objects = st.dictionaries(st.sampled_from(["targets", "items", "other"]) | texts, values, max_size=4)


def outcome(parse, text):
    """Return the value in a text, with lists in place of other sequences, or the message of its refusal."""
    try:
        parsed = parse(text)
        return {k: list(v) if hasattr(v, "size") else v for k, v in parsed.items()} if type(parsed) is dict else "list"
    except json_codec.MalformedJSON:
        return "malformed"


@settings(max_examples=300, deadline=None, derandomize=True)
@given(value=objects, indent=st.none() | st.just(1), ascii_only=st.booleans(), mark=st.sampled_from(["", "\ufeff"]))
def test_an_object_is_read_as_if_it_were_parsed_whole(value, indent, ascii_only, mark):
    text = (mark + json.dumps(value, indent=indent, ensure_ascii=ascii_only)).encode()
    assert outcome(lambda data: parse_object(data, lists=["targets", "items"]), text) == json_codec.parse(text)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(
    value=objects,
    position=st.integers(0, 200),
    junk=st.sampled_from([b"", b",", b'"', b"]", b"\xff", b"\\u0000", b"0"]),
)
def test_a_damaged_object_is_refused_exactly_if_it_is_refused_whole(value, position, junk):
    text = json.dumps(value).encode()
    damaged = text[:position] + junk + text[position + 1 :]
    split = outcome(lambda data: parse_object(data, lists=["targets", "items"]), damaged)
    assert split == outcome(json_codec.parse, damaged)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"targets":[{},{"a":1,"a":2}]}', 'The JSON has the key "a" twice in one object. It is in targets[1].'),
        (b'{"targets":[],"targets":[]}', 'The JSON has the key "targets" twice in one object.'),
        (
            b'{"items":[{"a":"\\u0000"}]}',
            "The JSON has a null character (\\u0000), which no field can hold. It is in items[0].",
        ),
        (b'{"targets":[],"\\u0000":1}', "The JSON has a null character (\\u0000), which no field can hold."),
        (b'{"targets":[{"a":"\xff"}]}', "The JSON is not UTF-8 at byte 6. It is in targets[0]."),
        (
            b'{"targets":' + b"[" * 32 + b"]" * 32 + b"}",
            "The JSON is nested deeper than 32 levels. It is in targets[0].",
        ),
        (b'{"targets":' + b"[" * 600_000 + b"]" * 600_000 + b"}", "The JSON is nested deeper than 32 levels."),
        (b'{"targets":["' + b"x" * 2_000_000 + b'",}', "This is not JSON: invalid character (byte 2000015)."),
        (b"[{}]", "The body must be one JSON object."),
    ],
)
@pytest.mark.django_db
def test_a_malformed_batch_is_refused_with_its_place(api, body, message):
    error = api.post(body, REHEARSAL)
    assert (error.status_code, error.json()["error"]["message"]) == (400, message)


def test_only_one_target_at_a_time_is_in_memory():
    body = b'{"targets":[' + b",".join([b"[" + b",".join([b'{"a":1}'] * 10_000) + b"]"] * 10) + b"]}"
    tracemalloc.start()
    try:
        assert sum(len(target) for target in parse_object(body, lists=["targets"])["targets"]) == 100_000
        assert tracemalloc.get_traced_memory()[1] < 8 * len(body)  # 24 times, if all were kept
    finally:
        tracemalloc.stop()
