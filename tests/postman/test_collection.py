"""The committed Postman collection is the generated one."""

from tests.postman import collection


def test_the_committed_collection_is_up_to_date():
    assert collection.FILE.read_text() == collection.text(), "Run: make docs"
