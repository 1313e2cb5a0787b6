"""Store files in the database and read them back, in parts, so that no file has to fit into the memory."""

import hashlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import PurePath
from typing import IO

from django.db import transaction

from ordinavo.common.files.models import FilePart, StoredFile
from ordinavo.common.sql import execute

PART_BYTES = 1024 * 1024
# Not by the ORM: its statements contain the bytes, and psycopg keeps the text of the last 100 statements.
_INSERT_PART = "INSERT INTO files_filepart (file_id, number, content) VALUES (%(file)s, %(number)s, %(content)s)"


def store(content: Iterable[bytes], *, name: str, content_type: str = "") -> StoredFile:
    """Store a file in one transaction and return it. `content` are its bytes, in pieces of any size.

    Of `name`, a folder before the file's own name is dropped. Raises what reading `content` raises; nothing is stored
    then.
    """
    with transaction.atomic():
        file = create(name=name, content_type=content_type)
        fill(file, content)
    return file


def create(*, name: str, content_type: str = "") -> StoredFile:
    """Store a file without its bytes, and return it. Of `name`, a folder before the file's own name is dropped."""
    own_name = PurePath(name.replace("\\", "/")).name[-255:] or "file"
    return StoredFile.objects.create(name=own_name, content_type=content_type)


def fill(file: StoredFile, content: Iterable[bytes]) -> None:
    """Store the bytes of a file, then its size and hash.

    For a large file that `store` would write in one long transaction: outside of a transaction, each part is committed
    by itself. The caller must not use the file before this has returned.
    """
    digest = hashlib.sha256()
    size = 0
    for number, part in enumerate(_parts(content)):
        digest.update(part)
        size += len(part)
        execute(_INSERT_PART, {"file": file.pk, "number": number, "content": part})
    file.size, file.sha256 = size, digest.hexdigest()
    file.save(update_fields=["size", "sha256"])


def read(file: StoredFile) -> Iterator[bytes]:
    """Yield the bytes of a stored file, a part at a time. Each part is a query of its own.

    Raises StoredFile.DoesNotExist at its end if bytes are missing, as after the file was deleted meanwhile.
    """
    number = size = 0
    parts = FilePart.objects.filter(file=file).values_list("content", flat=True)
    while (part := parts.filter(number=number).first()) is not None:
        yield bytes(part)
        number, size = number + 1, size + len(part)
    if size != file.size:
        raise StoredFile.DoesNotExist(f"Of {file.size} bytes of the stored file {file.pk}, {size} are there.")


@contextmanager
def opened(file: StoredFile) -> Iterator[IO[bytes]]:
    """Open a copy of a stored file on disk for reading, which is deleted at the end of the block.

    The name of the copy has nothing of the file's name, which may be too long for the disk.
    """
    with tempfile.NamedTemporaryFile(prefix="ordinavo-") as copy:
        for part in read(file):
            copy.write(part)
        copy.flush()
        copy.seek(0)
        yield copy


def _parts(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes in parts of PART_BYTES; the last one may be shorter."""
    rest = b""
    for piece in content:
        rest += piece
        while len(rest) >= PART_BYTES:
            yield rest[:PART_BYTES]
            rest = rest[PART_BYTES:]
    if rest:
        yield rest
