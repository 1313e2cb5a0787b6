"""Tell in words how far an export is."""

from datetime import timedelta

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ordinavo.common import workers
from ordinavo.common.admin.progress import Progress, grouped
from ordinavo.common.exports.models import Export


def of(export: Export) -> Progress:
    """Return how far an export is, or how it has ended, translated. No percents before the list was read."""
    percent = 100 * export.written_rows // export.total_rows if export.total_rows else None
    is_stuck = export.status == Export.Status.PENDING and not workers.has_worker()
    warning = _("No worker is running, so the export has to wait. Tell an administrator.") if is_stuck else ""
    return Progress(percent, _state_text(export), warning, export.has_ended)


def _state_text(export: Export) -> str:
    """Return one or two translated sentences: how far an export is, or how it ended and why."""
    match export.status:
        case Export.Status.PENDING:
            return _("The export waits for a worker. It begins as soon as one is free.")
        case Export.Status.PROCESSING:
            return _written(export)
        case Export.Status.COMPLETED:
            return _completed(export)
        case Export.Status.FAILED:
            return str(export.get_failure_display())
        case _:
            return _("The export was aborted. No file was made.")


def _written(export: Export) -> str:
    """Return how many rows are written."""
    if export.total_rows is None:
        return _("The list is being read.")
    if export.file_id:
        return _("The file is being stored.")
    counts = {"written": grouped(export.written_rows), "total": grouped(export.total_rows)}
    return _("%(written)s of %(total)s rows are written.") % counts


def _completed(export: Export) -> str:
    """Return how large the file is and when it is deleted."""
    rows, size = export.total_rows or 0, export.file.size if export.file else 0
    day = localtime(export.finished_at) + timedelta(days=settings.EXPORT_DAYS)
    values = {"rows": grouped(rows), "size": filesizeformat(size), "day": date_format(day, "SHORT_DATE_FORMAT")}
    text = ngettext(
        "The file has %(rows)s row (%(size)s). It is deleted on %(day)s.",
        "The file has %(rows)s rows (%(size)s). It is deleted on %(day)s.",
        rows,
    )
    return text % values
