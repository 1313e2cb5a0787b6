"""Download the rejected rows of a file as a file of the same form."""

import tempfile
from collections.abc import Iterator
from pathlib import PurePath
from typing import IO, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from importjobs.files import imports
from importjobs.files.layout import Layout, UnreadableFile
from importjobs.models import FileImport

_PIECE_BYTES = 256 * 1024
_CONTENT_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
    "ndjson": "application/x-ndjson",
}


def rejected_rows(request: HttpRequest, file_import: FileImport, *, back: str) -> HttpResponseBase:
    """Return the rows that the import job of a file, or else its rehearsal, rejected. Each says why.

    If the stored file cannot be read, a message says so on the page with the address `back`.
    """
    out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  _pieces closes it
    try:
        imports.rejected_file(file_import, out)
    except UnreadableFile as error:
        out.close()
        messages.error(request, str(error))
        return HttpResponseRedirect(back)
    name = PurePath(file_import.file.name)
    headers: dict[str, Any] = {
        "Content-Length": str(out.tell()),
        "Content-Disposition": content_disposition_header(True, f"{name.stem}-{_('rejected rows')}{name.suffix}"),
    }
    kind = _CONTENT_TYPES[Layout.from_json(file_import.layout).format]
    out.seek(0)
    return StreamingHttpResponse(_pieces(out), content_type=kind, headers=headers)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """Yield the content of a file in pieces, and close it at the end."""
    with file:
        while piece := file.read(_PIECE_BYTES):
            yield piece
