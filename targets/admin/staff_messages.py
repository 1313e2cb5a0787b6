"""Errors and warnings of the rules between fields, worded for staff. The rules' own messages are for the API."""

from django.utils.translation import gettext as _

from ordinavo.common.codes import Code
from ordinavo.common.findings import Finding
from targets.admin.local_times import moment_text
from targets.models import Target


def staff_message(finding: Finding, target: Target) -> str:
    """Return the message of an error or a warning of `targets.rules` about a target, with local times.

    A finding that names neither a moment nor a path keeps its message.
    """
    match finding.code:
        case Code.INVALID_TIME_WINDOW if target.time_window_start and target.time_window_end:
            text = _("The time window must end after it starts; it starts %(start)s and ends %(end)s.")
            start, end = moment_text(target.time_window_start), moment_text(target.time_window_end)
            return text % {"start": start, "end": end}
        case Code.INCOMPLETE_COORDINATES:
            return _("Latitude and longitude go together. Enter both, or empty both.")
        case Code.DUE_OUTSIDE_TIME_WINDOW if target.due_at:
            return _("The due time (%(time)s) lies outside the time window.") % {"time": moment_text(target.due_at)}
    return finding.message
