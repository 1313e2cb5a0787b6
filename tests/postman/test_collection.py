from tests.postman import collection


def test_the_committed_collection_is_what_the_examples_make():
    assert collection.FILE.read_text() == collection.text(), "Write it anew: python -m tests.postman"
