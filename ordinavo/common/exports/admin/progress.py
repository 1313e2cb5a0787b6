"""Tell in words how far an export is."""

from datetime import timedelta
from typing import TypedDict

from django.conf import settings
from django.db.models.functions import Now
from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format, number_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from procrastinate.contrib.django.models import ProcrastinateWorker

from ordinavo.common.exports.models import Export

_SILENT_SECONDS = 30
"""A worker that has announced nothing for so long is not running."""


class Progress(TypedDict):
    """What the page of an export shows, and its script asks for."""

    hasEnded: bool
    status: str
    percent: int
    """Of the rows that are written. 0 until the list has been read."""
    text: str


def of(export: Export) -> Progress:
    """Return how far an export is, translated."""
    percent = 100 * export.written_rows // export.total_rows if export.total_rows else 0
    return {"hasEnded": export.has_ended, "status": export.status, "percent": percent, "text": _text(export)}


def _text(export: Export) -> str:
    """Return one or two sentences that say how far an export is."""
    match export.status:
        case Export.Status.PENDING:
            return _waiting()
        case Export.Status.PROCESSING:
            return _written(export)
        case Export.Status.COMPLETED:
            return _completed(export)
        case Export.Status.FAILED:
            return str(export.get_failure_display())
        case _:
            return _("The export was aborted. No file was made.")


def _waiting() -> str:
    """Return what an export waits for."""
    alive = ProcrastinateWorker.objects.filter(last_heartbeat__gt=Now() - timedelta(seconds=_SILENT_SECONDS))
    if alive.exists():
        return _("The export waits for a worker. It begins as soon as one is free.")
    return _("No worker is running, so the export has to wait. Tell an administrator.")


def _written(export: Export) -> str:
    """Return how many rows are written."""
    if export.total_rows is None:
        return _("The list is being read.")
    if export.file_id:
        return _("The file is being stored.")
    counts = {"written": _number(export.written_rows), "total": _number(export.total_rows)}
    return _("%(written)s of %(total)s rows are written.") % counts


def _completed(export: Export) -> str:
    """Return how large the file is and when it is deleted."""
    rows, size = export.total_rows or 0, export.file.size if export.file else 0
    day = localtime(export.finished_at) + timedelta(days=settings.EXPORT_DAYS)
    values = {"rows": _number(rows), "size": filesizeformat(size), "day": date_format(day, "SHORT_DATE_FORMAT")}
    text = ngettext(
        "The file has %(rows)s row (%(size)s). It is deleted on %(day)s.",
        "The file has %(rows)s rows (%(size)s). It is deleted on %(day)s.",
        rows,
    )
    return text % values


def _number(number: int) -> str:
    """Return a number with separators of thousands, such as "10,000"."""
    return number_format(number, use_l10n=True, force_grouping=True)
