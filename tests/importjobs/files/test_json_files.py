"""Reading JSON and NDJSON files."""

from decimal import Decimal

import pytest

from importjobs.files.layout import UnreadableFile
from tests.importjobs.files.file_builders import read_documents

A, B = {"externalId": "A"}, {"externalId": "B"}


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b'[{"externalId": "A"}, {"externalId": "B"}]', "a.json"),
        (b'\xef\xbb\xbf [{"externalId": "A"}, {"externalId": "B"}]', "a.json"),
        (b'{"targets": [{"externalId": "A"}, {"externalId": "B"}]}', "a.json"),
        (b'{"items": [{"externalId": "A"}, {"externalId": "B"}]}', "a.txt.json"),
        (b'{"externalId": "A"}\n{"externalId": "B"}\n', "a.json"),
        (b'{"externalId": "A"}\r\n{"externalId": "B"}', "a.ndjson"),
        (b'\xef\xbb\xbf{"externalId": "A"}\n{"externalId": "B"}', "a.jsonl"),
    ],
)
def test_the_documents_of_each_form_are_read(content, name):
    assert read_documents(content, name) == [(1, A), (2, B)]


def test_one_target_is_a_file_of_one_document():
    assert read_documents(b'{"externalId": "A", "customer": {"name": "B"}}') == [
        (1, {"externalId": "A", "customer": {"name": "B"}})
    ]


def test_fields_of_a_batch_fill_what_its_targets_do_not_send():
    content = b'{"operation": "create", "templateKey": "t", "targets": [{"operation": "cancel"}]}'
    assert read_documents(content) == [(1, {"operation": "cancel", "templateKey": "t"})]


def test_numbers_keep_their_digits():
    assert read_documents(b'[{"a": 0.10, "b": 12345678901234567890.5}]')[0][1] == {
        "a": Decimal("0.10"),
        "b": Decimal("12345678901234567890.5"),
    }


def test_lines_are_numbered_with_the_empty_ones():
    assert read_documents(b'{"externalId": "A"}\n\n{"externalId": "B"}\n', "a.ndjson") == [(1, A), (3, B)]


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [
        (b'[{"a": 1}, {"a": }]', "a.json", "The file is not valid JSON"),
        (b'[{"a": 1}, {"a": 1, "a": 2}]', "a.json", "Document 2 is not valid JSON"),
        (b'[{"a": 1}', "a.json", "The file is not valid JSON"),
        (b"[" * 100_000, "a.json", "The file is not valid JSON"),
        (b'[{"a": "\xfc"}]', "a.json", "Document 1 is not valid JSON"),
        (b'{"a": 1}\n{"a": \n', "a.ndjson", "Document 2 is not valid JSON"),
        (b'{"targets": [], "items": []}', "a.json", "has the lists “targets” and “items”"),
        (b"ID;Name", "a.json", "The file is not JSON."),
        (b'{"a": "' + b"x" * 2_000_000 + b'"}', "a.ndjson", "Line 1 has more than"),
    ],
)
def test_faulty_json_is_refused_with_a_sentence(content, name, message):
    with pytest.raises(UnreadableFile) as error:
        read_documents(content, name)
    assert message in str(error.value)


def test_a_larger_file_than_the_limit_is_refused(settings):
    settings.MAX_BACKGROUND_BODY_BYTES = 20
    with pytest.raises(UnreadableFile, match="more than 20 bytes"):
        read_documents(b'[{"externalId": "A"}, {"externalId": "B"}]')


def test_json_in_utf_16_is_refused_with_what_to_do():
    with pytest.raises(UnreadableFile, match="JSON in UTF-16. Save it in UTF-8"):
        read_documents('[{"externalId": "1"}]'.encode("utf-16"))
