"""How far a job, a rehearsal or the reading of a file is, as the pages of staff show it while it goes on."""

from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from importjobs.background.progress import seconds_left
from importjobs.models import FileImport, JobRecord, Rehearsal
from ordinavo.common import workers
from ordinavo.common.admin.progress import Progress, grouped


def of_job(job: JobRecord) -> Progress:
    """Return how far an import job or a rehearsal is. Makes at most two queries."""
    done, total = grouped(job.recorded_items), grouped(job.total_items)
    if job.status == JobRecord.Status.PENDING:
        text = _("Waiting for a free worker.")
    elif isinstance(job, Rehearsal):
        text = _("%(done)s of %(total)s rows are checked.")
    else:
        text = _("%(done)s of %(total)s items are imported.")
    text = text % {"done": done, "total": total}
    if not job.has_ended and (seconds := seconds_left(job)) is not None:
        text += " " + time_left(seconds)
    percent = job.recorded_items * 100 // job.total_items if job.total_items else 100
    return Progress(percent, text, "" if job.has_ended else _obstacle(job), job.has_ended)


def of_reading(file_import: FileImport) -> Progress:
    """Return how far a worker has read a file. Makes one query."""
    if not file_import.read_rows:
        text = _("The file is being read.")
    else:
        text = _("The file is being read: %(rows)s rows so far.") % {"rows": grouped(file_import.read_rows)}
    return Progress(None, text, _no_worker())


def time_left(seconds: int) -> str:
    """Return a translated sentence such as "About 3 minutes left.".

    In seconds below 60 (0 included), in minutes below 120, else in hours; minutes and hours are rounded up.
    """
    if seconds < 60:
        return ngettext("About %d second left.", "About %d seconds left.", seconds) % seconds
    if (minutes := ceil(seconds / 60)) < 120:
        return ngettext("About %d minute left.", "About %d minutes left.", minutes) % minutes
    hours = ceil(minutes / 60)
    return ngettext("About %d hour left.", "About %d hours left.", hours) % hours


def _obstacle(job: JobRecord) -> str:
    """Return why a job does not go on, or what it waits for, or an empty text."""
    system = job.source_system
    if system.paused_at and not isinstance(job, Rehearsal):
        return _("The source system %(name)s is paused. The import goes on when it is resumed.") % {"name": system.name}
    return _no_worker()


def _no_worker() -> str:
    """Return a sentence that says that no worker is running, or an empty text if one is."""
    if workers.has_worker():
        return ""
    return _("No worker is running, so nothing goes on. Ask an administrator to start one.")
