"""Open the stored file of a file import."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import IO

import structlog
from django.utils.translation import gettext as _

from importjobs.files.layout import UnreadableFile
from ordinavo.common.files import storage
from ordinavo.common.files.models import StoredFile

log = structlog.get_logger(__name__)


@contextmanager
def opened(file: StoredFile) -> Iterator[IO[bytes]]:
    """Open a copy of a stored file on disk for reading, as `storage.opened` does.

    Raises UnreadableFile if bytes of the file are missing, so that nobody takes a part for the whole.
    """
    with ExitStack() as stack:
        try:
            copy = stack.enter_context(storage.opened(file))
        except StoredFile.DoesNotExist as error:
            log.error("stored_file_incomplete", file=file.pk, exc_info=error)
            raise UnreadableFile(_("The stored file is not complete any more. Upload it again.")) from error
        yield copy
