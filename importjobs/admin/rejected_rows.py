"""Download the rejected rows of a file as a file of the same form."""

import tempfile
from pathlib import PurePath
from typing import IO

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.utils.translation import gettext as _

from importjobs.files import imports
from importjobs.files.layout import Layout, UnreadableFile
from importjobs.models import FileImport

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
    out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  the response closes it
    try:
        imports.rejected_file(file_import, out)
    except UnreadableFile as error:
        out.close()
        messages.error(request, str(error))
        return HttpResponseRedirect(back)
    out.seek(0)
    name = PurePath(file_import.file.name)
    return FileResponse(
        out,
        as_attachment=True,
        filename=f"{name.stem}-{_('rejected rows')}{name.suffix}",
        content_type=_CONTENT_TYPES[Layout.from_json(file_import.layout).format],
    )
