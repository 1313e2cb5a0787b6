"""Files in the database, which web processes and workers share."""

import hashlib
from pathlib import Path

import pytest

from ordinavo.common.files import storage
from ordinavo.common.files.models import StoredFile

CONTENT = bytes(range(256)) * 10_000  # more than two parts


@pytest.mark.django_db
@pytest.mark.parametrize("piece", [7_001, len(CONTENT)])
def test_a_file_is_read_as_it_was_stored(piece):
    pieces = (CONTENT[start : start + piece] for start in range(0, len(CONTENT), piece))
    file = storage.store(pieces, name="orders.csv")
    assert (file.size, file.sha256) == (len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    assert b"".join(storage.read(file)) == CONTENT


@pytest.mark.django_db
def test_a_file_that_is_deleted_while_it_is_read_does_not_look_whole():
    file = storage.store([CONTENT], name="orders.csv")
    pieces = storage.read(file)
    next(pieces)
    StoredFile.objects.filter(pk=file.pk).delete()
    with pytest.raises(StoredFile.DoesNotExist):
        list(pieces)


@pytest.mark.django_db
@pytest.mark.parametrize(("name", "own"), [("C:\\Export\\a.csv", "a.csv"), ("../../b.csv", "b.csv"), ("", "file")])
def test_a_file_keeps_its_own_name_only(name, own):
    assert storage.store([b"x"], name=name).name == own


@pytest.mark.django_db
def test_a_file_is_opened_as_a_copy_on_disk():
    with storage.opened(storage.store([b"a;b\n"], name="orders.csv")) as copy:
        assert (copy.read(), Path(copy.name).read_bytes()) == (b"a;b\n", b"a;b\n")
    assert not Path(copy.name).exists()


@pytest.mark.django_db
def test_nothing_is_stored_if_the_content_cannot_be_read():
    def broken():
        yield b"x"
        raise OSError

    with pytest.raises(OSError):  # noqa: PT011  any
        storage.store(broken(), name="orders.csv")
    assert not StoredFile.objects.exists()
