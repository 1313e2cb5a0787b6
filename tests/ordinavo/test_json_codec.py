"""What the strict JSON reader accepts, and with which numbers. test_request_errors.py sends it malformed bodies."""

from decimal import Decimal

import pytest

from ordinavo.common.json_codec import MalformedJSON, dumps, loads, parse

ACCEPTED = [
    (b"123456789012345678", 123456789012345678),
    (b"1234567890123456789", Decimal("1234567890123456789")),
    (b"9" * 100, Decimal("9" * 100)),
    (b"0." + b"1" * 98, Decimal("0." + "1" * 98)),
    (b"0.1", Decimal("0.1")),
    (b"1e300", Decimal("1E+300")),
    (b"1e-300", Decimal("1E-300")),
    (b'"' + b"9" * 200 + b'"', "9" * 200),
    (b'"\\\\u0000"', "\\u0000"),
    (b'"\\ud83d\\ude9a"', "🚚"),
    (b'["' + b"[" * 100 + b'"]', ["[" * 100]),
    (b"[" * 32 + b"]" * 32, loads("[" * 32 + "]" * 32)),
]


@pytest.mark.parametrize(("text", "value"), ACCEPTED)
def test_a_value_is_read_with_all_its_digits(text, value):
    read = parse(text)
    assert read == value
    assert type(read) is type(value)


REFUSED = [
    (b"9" * 101, "more than 100 characters"),
    (b"0." + b"1" * 101, "more than 100 characters"),
    (b"0." + b"0" * 98 + b"1", "more than 100 characters"),
    (b"1." + b"0" * 99, "more than 100 characters"),
    (b"[-0." + b"0" * 300 + b"]", "more than 100 characters"),
    (b"1e99999999999999999999", "an exponent over 300"),
    (b"1e-99999999999999999999", "an exponent over 300"),
    (b"1e400", "an exponent over 300"),
    (b"9" * 5000, "more than 100 characters"),
    (b"1e301", "an exponent over 300"),
    (b"1e-301", "an exponent over 300"),
    (b"[" * 33 + b"]" * 33, "deeper than 32 levels"),
    (b'[{"a":' * 16 + b"[]" + b"}]" * 16, "deeper than 32 levels"),
    (b"[" * 1_000_000, "deeper than 32 levels"),
    (b'{"a": 1, "\\u0061": 2}', 'the key "a" twice'),
    (b'{"": 1, "": 2}', 'the key "" twice'),
    (b'{"\\udc00": 1}', "half of a surrogate pair"),
    (b'"\\ud800\\u0041"', "half of a surrogate pair"),
    ('"\ud800"', "half of a surrogate pair"),
    (b'"\xed\xa0\x80"', "not UTF-8 at byte 1"),
    (b'"\xc0\xaf"', "not UTF-8 at byte 1"),
    (b"[NaN]", "This is not JSON"),
    (b"[Infinity]", "This is not JSON"),
    (b"\xef\xbb\xbf\xef\xbb\xbf{}", "This is not JSON"),
    (b"01", "This is not JSON"),
    (b"{'a': 1}", "This is not JSON"),
    (b"[1,]", "This is not JSON"),
]


@pytest.mark.parametrize(("text", "reason"), REFUSED)
def test_ambiguous_or_unstorable_json_is_refused_with_the_reason(text, reason):
    with pytest.raises(MalformedJSON, match=reason):
        parse(text)


@pytest.mark.parametrize("text", ['{"a":1E+300}', '{"a":0.10}', '{"a":1234567890123456789012345678901234567890}'])
def test_json_is_unchanged_after_it_was_read_and_written_again(text):
    assert dumps(loads(text)).decode() == text


@pytest.mark.parametrize("value", [2**64, Decimal("NaN"), {1: 2}, "\ud800", object()])
def test_writing_a_value_that_json_cannot_express_raises_type_error(value):
    with pytest.raises(TypeError):
        dumps(value)
